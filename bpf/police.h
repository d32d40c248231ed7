/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The body of every program: a question in, 1 (go on) or 0 (EPERM) out.
 *
 * The hard idea: an allowed call pays for the look-up alone. Whatever makes a record is collected
 * from the context only after the verdict, in a function of its own (record_NAME of each file),
 * which is told in a struct call what the look-up found.
 */
#pragma once

#include "emit.h"

#define CALL_ALLOWED 1
#define CALL_DENIED  0

/* What a global function returned, for the verifier, which knows nothing of it. */
static __always_inline int as_result(int result)
{
	__asm__("" : "+r"(result));
	return result & 1;
}

/* What the look-up found. */
struct found {
	__u32 image; /* number; not looked at if there is no outcome */
	__u32 ref;   /* where the walk ended; REF_INVALID: there was no image in order */
};

/* A question that was not simply allowed, and its answer. */
struct call {
	__u32 hook, section;
	__u32 operations; /* access mask of [device]; 0: not understood, denied */
	struct found found;
	__u32 asked[4]; /* address, where there is one */
	struct address judged;
};

static __always_inline __u32 effect_of(__u32 verdict, const struct image_header *header,
                                       __u32 section)
{
	__u32 audit = (header->audit_sections >> section) & 1;

	/* Verdicts and effects count alike, but for a denial that is one. */
	return verdict + (equal(verdict, VERDICT_DENY) & ~audit);
}

_Static_assert((int)VERDICT_ALLOW == (int)EFFECT_ALLOWED &&
                       (int)VERDICT_AUDIT == (int)EFFECT_AUDITED &&
                       (int)VERDICT_DENY == (int)EFFECT_WOULD_DENY &&
                       EFFECT_DENIED == EFFECT_WOULD_DENY + 1,
               "order of verdicts and effects");

/* What the image says about this outcome, which may be REF_CLASS if `by_class`. 0, or -1 if it does
 * not tell. */
static __always_inline int fill_decision(const struct call *call, __u32 operations, __u32 outcome,
                                         int by_class, struct event *event,
                                         struct recording *recording)
{
	__u32 image = call->found.image, operation, verdict, cookie, is_class;
	const struct image_header *header = (const struct image_header *)first_block(image);

	if (!header)
		return -1;
	operation = strictest_operation(outcome, operations);
	verdict = outcome_verdict(outcome, operation);
	if (verdict == VERDICT_NONE || !operations)
		return -1;
	is_class = by_class ? equal(outcome, REF_CLASS) : 0;
	event->operation = operation;
	event->effect = effect_of(verdict, header, call->section & 31);
	event->section = call->section;
	event->generation = header->generation;
	event->rule = choose(is_class, RULE_DEFAULT,
	                     word_of_image(image, header->rows + outcome_row(outcome) + operation));
	cookie = header->cookies + 2 * cookie_number(event->rule, call->section);
	event->rule |= mask_of(is_class) & RULE_CLASS;
	recording->cookie = word_of_image(image, cookie) | (__u64)word_of_image(image, cookie + 1)
	                                                           << 32;
	recording->log = header->log;
	recording->rate_count = header->rate_count;
	recording->rate_period_s = header->rate_period_s;
	recording->broken = 0;
	return 0;
}

/*
 * Counts what came of the call, and completes an event whose object is filled, but for who called.
 * `operations` is 1 where a section has but one. 1: the record is to be written.
 */
static __always_inline int complete(const struct attachment *attachment, const struct call *call,
                                    __u32 operations, __u32 outcome, int by_class,
                                    struct event *event)
{
	struct recording recording = {
		.log = LOG_DENIED,
		.rate_count = BROKEN_RATE_COUNT,
		.rate_period_s = BROKEN_RATE_PERIOD_S,
		.broken = 1,
	};

	event->effect = EFFECT_DENIED;
	fill_decision(call, operations, outcome, by_class, event, &recording);
	event->hook = call->hook;
	event->operations = operations;
	event->error = (__s32)choose(equal(event->effect, EFFECT_DENIED), -EPERM, 0);
	event->slot = attachment->slot;
	event->policy_cgroup_id = attachment->cgroup_id;
	return account(event, &recording);
}

/*
 * The same, and puts the record up for the reader. No section, or a family that [socket] does not
 * police, has verdicts for one operation alone and the same row: nothing is decided, nothing
 * recorded.
 */
static __always_inline int record(void *ctx, const struct call *call, __u32 operations,
                                  struct event *event)
{
	const struct attachment *attachment = bpf_get_local_storage(&storage, 0);
	__u32 outcome = as_outcome(call->found.ref);

	if (outcome_row(outcome) == OUTCOME_ROW_MASK)
		return CALL_ALLOWED;
	if (complete(attachment, call, operations, outcome, 0, event)) {
		fill_task(event);
		output(ctx, event);
	}
	return choose(equal(event->effect, EFFECT_DENIED), CALL_DENIED, CALL_ALLOWED);
}

/* The image in force: 0, or -1 if there is none in order, and `ret_found` says that. */
static __always_inline int open_image(struct image_view *view, struct found *ret_found)
{
	int error = view_open(bpf_get_local_storage(&storage, 0), view);

	ret_found->image = view->number;
	ret_found->ref = REF_INVALID;
	return error;
}

/* Whether the call goes on without a record. */
static __always_inline int goes_on(const struct image_view *view, __u32 ref, __u32 operations)
{
	return outcome_allows(ref, operations) && view_header(view)->log != LOG_ALL;
}

static __always_inline int is_simply_allowed(__u32 root, const __u32 keys[KEYS_MAX], __u32 first,
                                             __u32 operations, struct found *found)
{
	struct image_view view = { 0 };

	if (open_image(&view, found))
		return 0;
	found->ref = diagram_walk(&view, view_header(&view)->roots[root], keys, first);
	return goes_on(&view, found->ref, operations);
}
