/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The body of every program: a question in, 1 (go on) or 0 (EPERM) out.
 *
 * The hard idea: an allowed call pays for the look-up alone. Everything that makes a record is
 * collected only after the verdict, and lies behind one call.
 */
#pragma once

#include "emit.h"

#define CALL_ALLOWED 1
#define CALL_DENIED  0

/* A question: what is looked up, and what a record tells about it. */
struct asked {
	enum hook hook;
	enum section section;
	enum root root;
	__u32 operations; /* access mask of [device], else 1; 0: not understood, denied */
	__u32 first;      /* of keys */
	__u32 keys[KEYS_MAX];
	__u32 or_loopback; /* [connect]: or the address is 127.0.0.1; the stricter verdict counts */
	struct address address, judged;
	__u32 port, family, socket_type, protocol;
	__u32 device_type, major, minor;
};

static __always_inline void fill_object(struct event *event, const struct asked *asked)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		event->asked[i] = asked->address.words[i];
		event->judged[i] = asked->judged.words[i];
	}
	event->hook = asked->hook;
	event->section = asked->section;
	event->operations = asked->operations;
	event->error = (__s32)choose(equal(event->effect, EFFECT_DENIED), -EPERM, 0);
	event->port = asked->port;
	event->family = asked->family;
	if (asked->section == SECTION_CONNECT || asked->section == SECTION_BIND)
		event->judged_family = choose(asked->judged.is_ipv6, 10, 2);
	event->socket_type = asked->socket_type;
	event->protocol = asked->protocol;
	event->device_type = asked->device_type;
	event->major = asked->major;
	event->minor = asked->minor;
}

static __always_inline __u32 effect_of(__u32 verdict, const struct image_header *header,
                                       enum section section)
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

/* What the image says about this outcome. */
static __always_inline void fill_decision(const struct image_view *view, __u32 outcome,
                                          struct event *event, struct recording *recording)
{
	const struct image_header *header = view_header(view);
	__u32 cookie;

	event->generation = header->generation;
	event->rule = view_word(view, header->rows + outcome_row(outcome) + event->operation);
	cookie = header->cookies + 2 * cookie_number(event->rule, event->section);
	recording->cookie = view_word(view, cookie) | (__u64)view_word(view, cookie + 1) << 32;
	recording->log = header->log;
	recording->rate_count = header->rate_count;
	recording->rate_period_s = header->rate_period_s;
}

static __always_inline __u32 judge_loopback_too(const struct image_view *view, struct asked *asked,
                                                __u32 outcome)
{
	const struct address loopback = { .words[3] = LOOPBACK_IPV4 };
	__u32 keys[KEYS_MAX] = { 0, 0, 0, LOOPBACK_IPV4, asked->keys[4] };
	__u32 other = diagram_walk(view, view_header(view)->roots[ROOT_CONNECT4], keys, 3);

	/* One less, so that no verdict at all is the strictest. */
	if (outcome_verdict(other, 0) - 1 <= outcome_verdict(outcome, 0) - 1)
		return outcome;
	asked->judged = loopback;
	return other;
}

/*
 * The slow way. `view` is NULL where the image was not in order, or did not tell: that is a denial.
 * The event is made here and not in police(), so that an allowed call does not pay for clearing it.
 */
static __always_inline int record_call(void *ctx, const struct asked *asked,
                                       const struct attachment *attachment,
                                       const struct image_view *view, __u32 outcome,
                                       __u32 operation)
{
	struct recording recording = {
		.log = LOG_DENIED,
		.rate_count = BROKEN_RATE_COUNT,
		.rate_period_s = BROKEN_RATE_PERIOD_S,
		.broken = 1,
	};
	struct event event = { .effect = EFFECT_DENIED };

	if (view) {
		event.operation = operation;
		event.effect = effect_of(outcome_verdict(outcome, operation), view_header(view),
		                         asked->section);
		event.section = asked->section;
		fill_decision(view, outcome, &event, &recording);
		recording.broken = 0;
	}
	event.slot = attachment->slot;
	event.policy_cgroup_id = attachment->cgroup_id;
	fill_object(&event, asked);
	if (account(&event, &recording))
		output(ctx, &event);
	return choose(equal(event.effect, EFFECT_DENIED), CALL_DENIED, CALL_ALLOWED);
}

static __always_inline int police(void *ctx, struct asked *asked)
{
	const struct attachment *attachment = bpf_get_local_storage(&storage, 0);
	const struct image_view *used = NULL;
	__u32 outcome = 0, operation = 0;
	struct image_view view;

	if (view_open(attachment, &view) == 0) {
		const struct image_header *header = view_header(&view);
		__u32 verdict;

		outcome = header->roots[asked->root];
		if (outcome != REF_ABSENT)
			outcome = diagram_walk(&view, outcome, asked->keys, asked->first);
		if (outcome != REF_ABSENT && asked->or_loopback)
			outcome = judge_loopback_too(&view, asked, outcome);
		/* No section, or a family that [socket] does not police: that has verdicts for one
		 * operation alone, so only the row is the same. */
		if (outcome_row(outcome) == OUTCOME_ROW_MASK)
			return CALL_ALLOWED;
		operation = strictest_operation(outcome, asked->operations);
		verdict = outcome_verdict(outcome, operation);
		if (verdict == VERDICT_ALLOW && asked->operations && header->log != LOG_ALL)
			return CALL_ALLOWED;
		if (verdict != VERDICT_NONE && asked->operations)
			used = &view;
	}
	return record_call(ctx, asked, attachment, used, outcome, operation);
}
