/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The body of every LSM program: a question in, 0 (go on) or -EPERM out.
 *
 * The hard idea: a task that no policy concerns leaves after a few loads and comparisons for each
 * depth at which anything is policed. For others, each policy on the way from the root to the
 * task's cgroup is asked, as the kernel does with programs of cgroups: all must allow, and each
 * that does not has its record.
 */
#pragma once

#include "arming.h"
#include "judge.h"

/* What a hook returns. The verifier of 6.12 must see that a denial is a constant between -4095 and
 * 0, and clang must not make arithmetic of it. */
static __always_inline int hook_result(__u32 denied)
{
	if (denied) {
		int result = -EPERM;

		barrier_var(result);
		return result;
	}
	return 0;
}

static __always_inline const struct attachment *attachment_at(const struct lsm_level *at)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id((int)at->level);

	if (!(at->filter >> (id & 63) & 1))
		return NULL;
	return bpf_map_lookup_elem(&lsm_attachments, &id);
}

static long find_level(__u32 index, __u64 *found)
{
	__u32 zero = 0;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);

	if (levels && attachment_at(&levels->items[index & (LSM_LEVELS_MAX - 1)]))
		*found = 1;
	return *found;
}

/* The first levels are looked at in line: most machines have no more. */
#define LEVELS_IN_LINE 3

/* The place in lsm_levels and the slot of the first policy found are for images_in_force(). */
static __always_inline int find_policy(__u32 *ret_place, __u32 *ret_slot)
{
	__u32 zero = 0;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);
	const struct attachment *attachment;
	__u64 found = 0;

	*ret_place = LEVELS_IN_LINE;
	if (!levels)
		return 1;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < LEVELS_IN_LINE; i++) {
		if (i >= levels->count)
			return 0;
		attachment = levels->items[i].filter ? attachment_at(&levels->items[i]) : NULL;
		if (attachment) {
			*ret_place = i;
			*ret_slot = attachment->slot;
			return 1;
		}
	}
	if (levels->count > LEVELS_IN_LINE)
		bpf_loop(LSM_LEVELS_MAX, find_level, &found, 0);
	return found != 0;
}

static __always_inline int is_policed(void)
{
	__u32 place, slot;

	return find_policy(&place, &slot);
}

/* ---- which images ------------------------------------------------------------------------ */

/* An image that is not in order has a number that none is given. */
#define NO_GENERATION 0xffffffffU

static __always_inline __u32 generation_of(__u32 slot)
{
	const struct attachment attachment = { .slot = slot };
	struct image_view view = { 0 };

	return view_open(&attachment, &view) ? NO_GENERATION : view_header(&view)->generation;
}

/* The images of all policies that the task is under, of which the first stands at `place`; the
 * first is none of them where there are more places than can be told. */
__weak __noinline int images_in_force(__u32 place, __u32 slot, struct generations *ret_images)
{
	__u32 zero = 0;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);
	const struct attachment *attachment;

	if (!ret_images)
		return 0;
	*ret_images = (struct generations){ .at[0] = NO_GENERATION };
	if (!levels || place >= LEVELS_IN_LINE || levels->count > LEVELS_IN_LINE)
		return 0;
	ret_images->at[0] = 0;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < LEVELS_IN_LINE; i++) {
		if (i == place) {
			ret_images->at[i] = generation_of(slot);
		} else if (i > place && i < levels->count) {
			attachment = attachment_at(&levels->items[i]);
			if (attachment)
				ret_images->at[i] = generation_of(attachment->slot);
		}
	}
	return 0;
}

static __always_inline int same_images(const struct generations *a, const struct generations *b)
{
	return a->at[0] == b->at[0] && a->at[1] == b->at[1] && a->at[2] == b->at[2] &&
	       a->at[3] == b->at[3];
}

/* ---- asking each policy ------------------------------------------------------------------ */

struct asking {
	void *ctx;
	struct scratch *scratch;
	__u64 denied;
};

static __always_inline void output_record(struct asking *asking)
{
	struct scratch *scratch = asking->scratch;
	__u64 size = sizeof(struct event) + scratch->event.path_length;

	if (size > sizeof(struct event) + PATH_LENGTH_MAX)
		return;
	fill_task(&scratch->event);
	scratch->event.size = size;
	count_loss(bpf_perf_event_output(asking->ctx, &events, BPF_F_CURRENT_CPU, &scratch->event,
	                                 size));
}

/* Whether the cgroup is the policed one or below it. */
static __always_inline int is_below(__u64 cgroup, __u64 level, __u64 id)
{
	const struct cgroup *inner = (const struct cgroup *)cgroup, *ancestor = NULL;
	const struct cgroup *const *slot;

	if (!cgroup || level > (__u64)(__u32)FIELD(inner, level))
		return 0;
	slot = (const void *)(cgroup + bpf_core_field_offset(struct cgroup, ancestors) +
	                      level * sizeof(void *));
	if (bpf_probe_read_kernel(&ancestor, sizeof(ancestor), slot))
		return 0;
	return FIELD(ancestor, kn, id) == id;
}

static __always_inline long ask_level(__u32 index, struct asking *asking, enum judged_by by)
{
	__u32 zero = 0, judged;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);
	struct question *question = &asking->scratch->question;
	const struct attachment *attachment;
	const struct lsm_level *at;

	if (!levels || index >= levels->count)
		return 1;
	at = &levels->items[index & (LSM_LEVELS_MAX - 1)];
	attachment = attachment_at(at);
	if (!attachment)
		return 0;
	if ((attachment->flags & ATTACHMENT_ARM_ON_EXEC) &&
	    !(question->flags & QUESTION_EVERY_TASK) && !is_armed(at->level))
		return 0;
	if (question->flags & QUESTION_SIDES) {
		question->number = is_below(question->cgroup, at->level, attachment->cgroup_id)
		                           ? question->number_inside
		                           : question->number_outside;
		if (question->number == NO_NUMBER)
			return 0;
	}
	/* The policies that the socket is under have seen the call. */
	if (by == BY_ADDRESS && is_below(question->cgroup, at->level, attachment->cgroup_id))
		return 0;
	asking->scratch->place = index;
	if (by == BY_NAME)
		judged = judge_by_name(asking->scratch, attachment);
	else if (by == BY_NUMBER)
		judged = judge_by_number(asking->scratch, attachment);
	else
		judged = judge_by_address(asking->scratch, attachment);
	if (judged & JUDGED_DENY)
		asking->denied = 1;
	if (judged & JUDGED_RECORD)
		output_record(asking);
	return 0;
}

static long ask_level_by_name(__u32 index, struct asking *asking)
{
	return ask_level(index, asking, BY_NAME);
}

static long ask_level_by_number(__u32 index, struct asking *asking)
{
	return ask_level(index, asking, BY_NUMBER);
}

static long ask_level_by_address(__u32 index, struct asking *asking)
{
	return ask_level(index, asking, BY_ADDRESS);
}

/* A denial for want of room or memory: counted with what is not in order. */
static __always_inline void count_broken(void)
{
	__u32 zero = 0;
	struct record_counters *counters = bpf_map_lookup_elem(&records, &zero);

	if (counters)
		add_one(&counters->broken);
}

#define POLICED_DENIED (1U << 0)
/* Allowed by a path in the task's own namespace, by each image expected, and none had a record. */
#define POLICED_PLAIN (1U << 1)

/* Room for a question, which the caller fills in, or NULL. */
static __always_inline struct scratch *begin_asking(void)
{
	struct scratch *scratch = scratch_claim();

	if (!scratch) {
		count_broken();
		return NULL;
	}
	scratch->length = 0;
	scratch->flags = 0;
	scratch->class = OBJECT_NONE;
	scratch->eventful = 0;
	scratch->judged = (struct generations){ 0 };
	return scratch;
}

/* Asks the question of every policy that the task is under, and gives its room back. POLICED_*; the
 * images that are `expected` to be asked may be NULL. */
static __always_inline __u32 ask_all(void *ctx, struct scratch *scratch, enum judged_by by,
                                     const struct generations *expected)
{
	struct asking asking = { .ctx = ctx, .scratch = scratch };
	__u32 result = 0;

	if (by == BY_NAME)
		bpf_loop(LSM_LEVELS_MAX, ask_level_by_name, &asking, 0);
	else if (by == BY_NUMBER)
		bpf_loop(LSM_LEVELS_MAX, ask_level_by_number, &asking, 0);
	else
		bpf_loop(LSM_LEVELS_MAX, ask_level_by_address, &asking, 0);
	if (asking.denied)
		result = POLICED_DENIED;
	else if (expected && scratch->class == OBJECT_NORMAL && !scratch->eventful &&
	         same_images(&scratch->judged, expected))
		result = POLICED_PLAIN;
	scratch_release(scratch);
	return result;
}

static __always_inline __u32 police_lsm(void *ctx, const struct question *question,
                                        enum judged_by by)
{
	struct scratch *scratch = begin_asking();

	if (!scratch)
		return POLICED_DENIED;
	scratch->question = *question;
	return ask_all(ctx, scratch, by, NULL);
}

/* An object with a path or a name, or a number. */
static __noinline __attribute__((unused)) __u32 police_name(void *ctx,
                                                            const struct question *question)
{
	return police_lsm(ctx, question, BY_NAME);
}

static __noinline __attribute__((unused)) __u32 police_number(void *ctx,
                                                              const struct question *question)
{
	return police_lsm(ctx, question, BY_NUMBER);
}

/* An address, of a socket that programs of cgroups do not see. */
static __noinline __attribute__((unused)) __u32 police_address(void *ctx,
                                                               const struct question *question)
{
	return police_lsm(ctx, question, BY_ADDRESS);
}
