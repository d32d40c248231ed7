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
 * bpf_task_storage_get of 6.1 fails also when it was preempted in the middle of another task's; so
 * a look-up that finds nothing always tries to create, and whoever cannot is taken for armed.
 */
#pragma once

#include "state.h"

static __always_inline __u64 level_bit(__u64 level)
{
	return 1ULL << (level < 63 ? level : 63);
}

static __always_inline struct armed *armed_of_current(void)
{
	return bpf_task_storage_get(&armed_tasks, bpf_get_current_task_btf(), NULL,
	                            BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline int is_armed(__u64 level)
{
	const struct armed *armed = armed_of_current();

	return !armed || (armed->levels & level_bit(level));
}
