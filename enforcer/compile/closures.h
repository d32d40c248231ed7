/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a policy of paths closes by itself. A path is worth nothing as a name while its task can
 * make other names for the file (mount, a user namespace to mount in), act through tasks that no
 * rule judges (leave the cgroup, trace a task outside), or take the policy away (bpf() on what
 * cgward loaded).
 */
#pragma once

#include "abi_lsm.h"
#include "model/policy.h"

/* Bits by enum policy_operation: what a present [file] or [exec] can close. */
#define OPERATIONS_CLOSABLE                                                               \
	(1U << OPERATION_MOUNT | 1U << OPERATION_USERNS | 1U << OPERATION_CGROUP_ESCAPE | \
	 1U << OPERATION_PTRACE_OUTSIDE | 1U << OPERATION_BPF_OWN)

/* Those that this policy closes: all of them, less the key `escapes`, if it has [file] or [exec].
 * A rule of [operation] that names one of them decides nevertheless. */
uint32_t operations_closed(const struct policy *policy);

/* The section that closes: "file" or "exec". Only if operations_closed(). */
const char *closing_section(const struct policy *policy);

/* Whether operations are judged at all: [operation] is there, or something is closed. */
bool judges_operations(const struct policy *policy);

/* Whether they are judged in mode = audit: of [operation], if it is there; otherwise if all that
 * closes them is. */
bool audits_operations(const struct policy *policy);

/* Whether the default that gave `decision` was a closure. */
bool is_closure(const struct policy *policy, enum section section, const struct decision *decision);
