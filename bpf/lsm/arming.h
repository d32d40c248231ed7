/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arming: an attachment with ATTACHMENT_ARM_ON_EXEC judges only tasks that have completed an
 * execve under it. What a container runtime does between joining the cgroup and executing the
 * container's program (it mounts, opens, drops capabilities) is not the container's doing.
 *
 * The hard idea: a task remembers levels of the hierarchy, not cgroups: bits are added by execve
 * and by fork and nothing takes one away, so no task can disarm itself. Who moves to another cgroup
 * of the same depth is armed there at once, which is stricter than asked for and never laxer.
 *
 * While no attachment arms (lsm_levels.arming), nothing is remembered: a fork and an execve are
 * cheaper by it. Whoever comes under an attachment made later comes there unarmed, as from outside.
 *
 * bpf_task_storage_get of 6.1 fails also while another task is preempted in the middle of it on
 * this processor; so a look-up that finds nothing always tries to create, and tries again for as
 * long as the scheduler needs to let the other go on. Whoever cannot even then is taken for armed.
 */
#pragma once

#include "state.h"

static __always_inline __u64 level_bit(__u64 level)
{
	return 1ULL << (level < 63 ? level : 63);
}

/* Some milliseconds: a task that has the processor for so long is made to give it up. */
#define STORAGE_TRIES (1U << 17)

static __always_inline struct armed *armed_of(struct task_struct *task)
{
	return bpf_task_storage_get(&armed_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static long current_has_storage(__u32 index, const void *context)
{
	(void)index;
	(void)context;
	return armed_of(bpf_get_current_task_btf()) != NULL;
}

static __always_inline void wait_for_storage(void)
{
	bpf_loop(STORAGE_TRIES, current_has_storage, NULL, 0);
}

static __always_inline struct armed *armed_of_current(void)
{
	struct armed *armed = armed_of(bpf_get_current_task_btf());

	if (armed)
		return armed;
	wait_for_storage();
	return armed_of(bpf_get_current_task_btf());
}

/* Of a task that nobody polices at the moment: nothing is made for it. */
static __always_inline struct armed *armed_already(void)
{
	return bpf_task_storage_get(&armed_tasks, bpf_get_current_task_btf(), NULL, 0);
}

static __always_inline int somebody_arms(void)
{
	__u32 zero = 0;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);

	return !levels || levels->arming;
}

static __always_inline int is_armed(__u64 level)
{
	const struct armed *armed = armed_of_current();

	return !armed || (armed->levels & level_bit(level));
}
