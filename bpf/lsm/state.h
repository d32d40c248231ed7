/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the LSM half beside those it shares with the cgroup programs (maps.h), and the question a
 * program asks.
 *
 * The hard idea: LSM programs are global, they run for every task of the machine. lsm_levels says
 * with a few loads that a task is no concern of ours; what it says yes to is looked up exactly.
 */
#pragma once

#include "abi_lsm.h"
#include "kernel_types.h"
#include "lookup.h"

/*
 * Which depths of the hierarchy hold policed cgroups, and a bit for each id there: bit (id & 63) of
 * the level's filter. Written by user space through mmap, one aligned word at a time: a level is
 * appended before `count` grows, and goes last, after its filter. Key: 0. Full when
 * policed cgroups stand at more than LSM_LEVELS_MAX depths; user space then refuses the next.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lsm_levels);
} lsm_levels SEC(".maps") __weak;

/* From a policed cgroup to its slot. Key: its id. Written by user space alone: made after the slot
 * is filled, removed when no task is to be judged any more. Never full: a row per cgroup_state. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, __u64);
	__type(value, struct attachment);
} lsm_attachments SEC(".maps") __weak;

/*
 * What a task was under when it completed an execve: see arming.h. Written by programs alone; gone
 * with the task. A task whose memory cannot be had is refused its fork or its execve.
 */
struct armed {
	__u64 levels; /* bit per level of the hierarchy, 63 for all below */
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct armed);
} armed_tasks SEC(".maps") __weak;

/* ---- the question ------------------------------------------------------------------------ */

/* How the object of a question is found. */
enum question_kind {
	QUESTION_PATH,     /* `mount` and `dentry` */
	QUESTION_INODE,    /* `dentry` alone: the mount is searched */
	QUESTION_ABSTRACT, /* `number` bytes at `dentry`, the name of an abstract socket; 0: no name
	                    */
	QUESTION_NUMBER,   /* `number`, in the diagram of `root` */
	QUESTION_SOCKET,   /* family, type and protocol */
	QUESTION_ADDRESS,  /* `asked`, `judged`, protocol, port in `number`; `cgroup` of the socket
	                    */
};

#define QUESTION_EVERY_TASK (1U << 0) /* also of tasks that are not armed */
#define QUESTION_QUIET      (1U << 1) /* the kernel only wants to know: decided, not recorded */
#define QUESTION_SIDES      (1U << 2) /* the number depends on where `cgroup` is; see there */

#define NO_NUMBER 0xffffffffU /* no question */

/* Small: it stands on the stack below all that answers it. */
struct question {
	__u8 kind;
	__u8 flags;
	__u8 hook; /* enum hook */
	__u8 lsm_hook;
	__u8 section;
	__u8 operations; /* permission mask */
	__u8 root;
	__u8 family;
	__u32 socket_type, protocol;
	__u32 number;
	__u32 number_inside;   /* instead, with QUESTION_SIDES: if `cgroup` is the policed one or */
	__u32 number_outside;  /* below it, and if not; NO_NUMBER: not asked */
	__u32 target_pid;      /* of whom the call is about, or 0 */
	__u64 mount;           /* struct vfsmount */
	__u64 dentry;          /* struct dentry */
	__u64 cgroup;          /* struct cgroup of whom or what the call is about */
	__u32 asked[4];        /* address as it was given, */
	struct address judged; /* and as it is looked up */
};

/* The images of the policies that a task is under, by place in lsm_levels; 0: none there. */
#define GENERATIONS_MAX 4
struct generations {
	__u32 at[GENERATIONS_MAX];
};

/* ---- scratch ----------------------------------------------------------------------------- */

#define PATH_LENGTH_MAX   4096
#define NAME_LENGTH_MAX   255
#define ABSTRACT_NAME_MAX 108

/*
 * Room for one question. LSM programs may be preempted, also by each other: a slot is claimed, and
 * who finds none denies. The path is written from the end of `buffer` to its front; what a name
 * read of any length could touch is behind the end. In a record the path follows the event.
 */
struct scratch {
	__u32 busy;
	__u32 class;    /* enum object_class */
	__u32 start;    /* of the path, in buffer */
	__u32 length;   /* of the path: it ends at PATH_LENGTH_MAX */
	__u32 flags;    /* EVENT_*, of the path */
	__u32 eventful; /* 1: not all policies that the task is under were asked, or one has a
	                   record */
	__u32 place;    /* in lsm_levels, of the policy that is asked */
	struct generations judged;
	struct question question;
	struct event event;
	char path[PATH_LENGTH_MAX];
	char buffer[PATH_LENGTH_MAX + NAME_LENGTH_MAX + 1];
};

/* Key: slot number. Written by programs alone. Every task that is preempted within a program holds
 * one: with four, a busy processor under preempt=full ran out of them and denied what is allowed.
 */
#define SCRATCH_SLOTS 16
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps") __weak;

static __always_inline struct scratch *scratch_claim(void)
{
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 number = i;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

		if (scratch && !__sync_lock_test_and_set(&scratch->busy, 1))
			return scratch;
	}
	return NULL;
}

static __always_inline void scratch_release(struct scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}
