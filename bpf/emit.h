/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slow way: what is done when a call is denied or audited, or when log = all. Counting, the
 * rate limit, the record, and what the caller of the system call gets.
 *
 * The hard idea: nothing is lost without a number. Each call that comes here adds one to its effect
 * in hook_counters, and then either to `suppressed`, to `muted`, or to the CPU's `attempted`; each
 * attempt that the perf buffer refuses adds one to the cause.
 *
 * One sub-program that is not inlined: the verifier sees it once in each program, and its stack
 * is not the caller's.
 */
#pragma once

#include <linux/errno.h>

#include "lookup.h"

/* A record about an attachment without an image has no log-rate of its own. */
#define BROKEN_RATE_COUNT    100
#define BROKEN_RATE_PERIOD_S 1

#define RATE_TRIES 4

static __always_inline void add_one(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/*
 * Whether one more record is within the limit. `rate` is window << 32 | records in it; windows are
 * counted from boot. Whoever loses RATE_TRIES races against other CPUs is over it: in such a storm
 * the limit is about to be reached, and it must never be passed.
 */
static __always_inline int within_rate(__u64 *rate, __u32 limit, __u32 period_s)
{
	__u64 window = bpf_ktime_get_ns() / ((__u64)period_s * 1000000000ULL);

	if (!limit)
		return 1;
#pragma clang loop unroll(full)
	for (int i = 0; i < RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)rate;
		__u64 new = (window << 32) | 1;

		if (old >> 32 == (window & 0xffffffff)) {
			if ((__u32)old >= limit)
				return 0;
			new = old + 1;
		}
		if (__sync_val_compare_and_swap(rate, old, new) == old)
			return 1;
	}
	return 0;
}

static __always_inline void count_effect(struct hook_counters *counters, __u32 effect)
{
	if (effect == EFFECT_DENIED)
		add_one(&counters->denied);
	else if (effect == EFFECT_WOULD_DENY)
		add_one(&counters->would_deny);
	else if (effect == EFFECT_AUDITED)
		add_one(&counters->audited);
	else
		add_one(&counters->allowed);
}

/* Where the cookie of a rule, or of a section's default, stands; see abi.h. */
static __always_inline __u32 cookie_number(__u32 rule, __u32 section)
{
	return rule == RULE_DEFAULT ? section : SECTION_COUNT + rule - 1;
}

static __always_inline void count_rule(const struct image_view *view, const struct event *event,
                                       struct record_counters *records_here)
{
	__u32 offset = view_header(view)->cookies + 2 * cookie_number(event->rule, event->section);
	struct rule_key key = {
		.cgroup_id = event->policy_cgroup_id,
		.cookie = view_word(view, offset) | (__u64)view_word(view, offset + 1) << 32,
	};
	__u64 *count = bpf_map_lookup_elem(&rule_counts, &key), zero = 0;

	if (!count) {
		/* Another CPU may be faster; then its entry is found. */
		bpf_map_update_elem(&rule_counts, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&rule_counts, &key);
	}
	if (count)
		add_one(count);
	else
		add_one(&records_here->uncounted);
}

static __always_inline void fill_parent(struct event *event)
{
	__u32 zero = 0;
	const struct settings *known = bpf_map_lookup_elem(&settings, &zero);
	__u64 task, parent = 0;

	if (!known || !known->real_parent_offset)
		return;
	task = bpf_get_current_task();
	bpf_probe_read_kernel(&parent, sizeof(parent), (void *)(task + known->real_parent_offset));
	if (!parent)
		return;
	bpf_probe_read_kernel(&event->parent_pid, sizeof(event->parent_pid),
	                      (void *)(parent + known->tgid_offset));
	bpf_probe_read_kernel(event->parent_comm, sizeof(event->parent_comm),
	                      (void *)(parent + known->comm_offset));
}

static __always_inline void fill_task(struct event *event)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	event->size = sizeof(*event);
	event->abi_version = ABI_VERSION;
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->pid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	fill_parent(event);
}

/* `attempted` numbers the records of this CPU. A program may be preempted between the addition and
 * the output, so a reader can see two neighbours in the other order, but never a number twice. */
static __always_inline void output(void *ctx, struct event *event,
                                   struct record_counters *records_here)
{
	long error;

	fill_task(event);
	event->sequence = __sync_fetch_and_add(&records_here->attempted, 1) + 1;
	error = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
	if (!error)
		return;
	if (error == -ENOENT)
		add_one(&records_here->no_reader);
	else if (error == -ENOSPC)
		add_one(&records_here->buffer_full);
	else
		add_one(&records_here->failed);
}

/*
 * Counts and records one call and returns what the program returns: 1 lets the call go on, 0 is
 * EPERM for the caller. The event comes with hook, section, operations, operation, effect, slot,
 * policy cgroup and the object filled in. `view` NULL: the image was not in order; the effect is
 * then a denial.
 */
static __noinline int conclude(void *ctx, struct event *event, const struct image_view *view,
                               __u32 row)
{
	int verdict = event->effect == EFFECT_DENIED ? 0 : 1;
	__u32 log = LOG_DENIED, rate_count = BROKEN_RATE_COUNT, period_s = BROKEN_RATE_PERIOD_S;
	struct record_counters *records_here;
	struct hook_counters *counters;
	struct cgroup_state *state;
	__u64 policy_cgroup_id = event->policy_cgroup_id;
	__u32 zero = 0;

	records_here = bpf_map_lookup_elem(&records, &zero);
	if (!records_here)
		return verdict;
	state = bpf_map_lookup_elem(&cgroup_states, &policy_cgroup_id);
	if (state) {
		counters = &state->hooks[event->hook & (HOOK_COUNT - 1)];
		count_effect(counters, event->effect);
	} else {
		counters = NULL;
		add_one(&records_here->uncounted);
	}
	if (view) {
		const struct image_header *header = view_header(view);

		event->generation = header->generation;
		event->rule = view_word(view, header->rows + row + event->operation);
		log = header->log;
		rate_count = header->rate_count;
		period_s = header->rate_period_s;
		if (event->effect != EFFECT_ALLOWED)
			count_rule(view, event, records_here);
	} else {
		add_one(&records_here->broken);
	}
	if (log == LOG_NONE) {
		if (counters)
			add_one(&counters->muted);
		return verdict;
	}
	if (counters && !within_rate(&counters->rate, rate_count, period_s)) {
		add_one(&counters->suppressed);
		return verdict;
	}
	output(ctx, event, records_here);
	return verdict;
}

_Static_assert((HOOK_COUNT & (HOOK_COUNT - 1)) == 0, "a hook number is masked");
