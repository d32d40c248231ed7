/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slow way: what is done when a call is denied or audited, or when log = all. Counting, the
 * rate limit, the record, and what the caller of the system call gets.
 *
 * The hard idea: nothing is lost without a number. Each call that comes here adds one to its effect
 * in hook_counters, and then either to `suppressed`, to `muted`, or to the CPU's `attempted`; each
 * attempt that the perf buffer refuses adds one to the cause. What is not recorded is counted with
 * the cgroup and, because that count goes with the policy, with the CPU.
 *
 * It is written with as few branches as can be: the verifier follows each.
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

/* The counters of the four effects stand in the opposite order of enum effect; picked without a
 * branch. */
_Static_assert(__builtin_offsetof(struct hook_counters, denied) == 0 && EFFECT_DENIED == 4 &&
                       __builtin_offsetof(struct hook_counters, would_deny) == 8 &&
                       EFFECT_WOULD_DENY == 3 &&
                       __builtin_offsetof(struct hook_counters, audited) == 16 &&
                       EFFECT_AUDITED == 2 &&
                       __builtin_offsetof(struct hook_counters, allowed) == 24 &&
                       EFFECT_ALLOWED == 1,
               "order of counters and effects");

static __always_inline void count_effect(struct hook_counters *counters, __u32 effect)
{
	add_one(&counters->denied + ((EFFECT_DENIED - effect) & 3));
}

/* Where the cookie of a rule, or of a section's default, stands; see abi.h. */
static __always_inline __u32 cookie_number(__u32 rule, __u32 section)
{
	return rule == RULE_DEFAULT ? section : SECTION_COUNT + rule - 1;
}

/* What the image says about recording; for an image out of order, BROKEN_*. */
struct recording {
	__u64 cookie;
	__u32 log, rate_count, rate_period_s;
	__u32 broken; /* 0 or 1 */
};

static __always_inline void count_rule(const struct rule_key *key,
                                       struct record_counters *records_here)
{
	__u64 *count = bpf_map_lookup_elem(&rule_counts, key), zero = 0;

	if (!count) {
		/* Another CPU may be faster; then its entry is found. */
		bpf_map_update_elem(&rule_counts, key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&rule_counts, key);
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

/* Who called, where the program runs in the caller. Weak as account() is. */
__weak __noinline int fill_task(struct event *event)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	if (!event)
		return 0;
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->pid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	fill_parent(event);
	return 0;
}

/* Whether the record is to be written; counts it if not. */
static __always_inline int count_call(const struct event *event, const struct recording *recording,
                                      struct record_counters *records_here)
{
	__u64 cgroup_id = event->policy_cgroup_id;
	struct cgroup_state *state = bpf_map_lookup_elem(&cgroup_states, &cgroup_id);
	struct hook_counters *counters;

	if (!state) {
		add_one(&records_here->uncounted);
		return recording->log != LOG_NONE;
	}
	counters = &state->hooks[event->hook & (HOOK_SLOTS - 1)];
	count_effect(counters, event->effect);
	if (recording->log == LOG_NONE) {
		add_one(&counters->muted);
		add_one(&records_here->muted);
		return 0;
	}
	if (!within_rate(&counters->rate, recording->rate_count, recording->rate_period_s)) {
		add_one(&counters->suppressed);
		add_one(&records_here->suppressed);
		return 0;
	}
	return 1;
}

/*
 * Counts the call and completes its record but for who called. 1: the record is to be written, and
 * has its number.
 *
 * `attempted` numbers the records of this CPU. A program may be preempted between the addition and
 * the output, so a reader can see two neighbours in the other order, but never a number twice.
 *
 * A global function, which the verifier checks once and for itself; weak, because each object file
 * has it and the linker keeps one.
 */
__weak __noinline int account(struct event *event, const struct recording *recording)
{
	struct record_counters *records_here;
	struct rule_key key;
	__u32 zero = 0;

	if (!event || !recording)
		return 0;
	records_here = bpf_map_lookup_elem(&records, &zero);
	if (!records_here)
		return 0;
	if (recording->broken) {
		add_one(&records_here->broken);
	} else if (event->effect != EFFECT_ALLOWED) {
		key.cgroup_id = event->policy_cgroup_id;
		key.cookie = recording->cookie;
		count_rule(&key, records_here);
	}
	if (!count_call(event, recording, records_here))
		return 0;
	event->size = sizeof(*event);
	event->abi_version = ABI_VERSION;
	event->time_ns = bpf_ktime_get_ns();
	event->sequence = __sync_fetch_and_add(&records_here->attempted, 1) + 1;
	return 1;
}

/* What the perf output came to. */
static __always_inline void count_loss(long error)
{
	struct record_counters *records_here;
	__u32 zero = 0;

	if (!error)
		return;
	records_here = bpf_map_lookup_elem(&records, &zero);
	if (!records_here)
		return;
	if (error == -ENOENT)
		add_one(&records_here->no_reader);
	else if (error == -ENOSPC)
		add_one(&records_here->buffer_full);
	else
		add_one(&records_here->failed);
}

static __always_inline void output(void *ctx, struct event *event)
{
	count_loss(bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event)));
}

_Static_assert((HOOK_SLOTS & (HOOK_SLOTS - 1)) == 0 && HOOK_COUNT <= HOOK_SLOTS,
               "a hook number is masked");
