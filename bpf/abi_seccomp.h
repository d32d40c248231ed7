/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space and the program HOOK_SECCOMP (seccomp.bpf.c) agree on: the calls that a seccomp
 * filter stopped, and where it finds the policy.
 *
 * ABI_VERSION (abi.h) covers what stands here too.
 */
#pragma once

#include "abi.h"

/* Who is policed by what, by cgroup id: user space's own notes (enforcer/kernel/ledger.h), of which
 * this program reads the slot. */
struct policed {
	__u32 slot;
	__u32 flags; /* POLICED_* */
	__u32 runner_pid;
	__u32 reserved;
	__u64 runner_start; /* field 22 of /proc/PID/stat: tells the runner from a later pid */
};

/* What makes a socket and does not show a filter of which family. */
enum unseen {
	UNSEEN_NONE,
	UNSEEN_IO_URING,   /* io_uring_setup(2): a ring makes sockets without a system call */
	UNSEEN_SOCKETCALL, /* socketcall(2): the arguments are in the caller's memory */
	UNSEEN_KINDS,
};

/*
 * A call of socket(2) or socketpair(2), from user space to the program HOOK_SECCOMP, which answers
 * SOCKET_CALL_*. It stands behind as many zero bytes as an Ethernet header has. Host byte order.
 */
struct socket_call {
	__u64 policy_cgroup_id;
	__u32 family, type, protocol; /* 0 if unseen */
	__u32 unseen;                 /* enum unseen */
	__u32 has_caller;             /* it is followed by who called */
	__u32 reserved;
};

/* Ordered as in struct event; what is not known is zero. */
struct socket_caller {
	__u64 cgroup_id;
	__u32 uid, pid, tid, parent_pid;
	char comm[COMM_LENGTH];
	char parent_comm[COMM_LENGTH];
};

#define SOCKET_CALL_DENIED  0
#define SOCKET_CALL_ALLOWED 1
#define SOCKET_CALL_CALLER  2 /* ask once more, and tell who called */
