/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serving the listener of a socket filter: each call that it stopped is put to the program
 * HOOK_SECCOMP (bpf/seccomp.bpf.c), which decides, counts and records, and the answer is passed on.
 *
 * When whoever serves ends, the kernel fails the calls (ENOSYS): no socket is made unjudged.
 */
#pragma once

#include <stdint.h>

/*
 * Serves until the last process under the filter is gone (0), or until it cannot any more: -errno.
 * `program` is a descriptor of HOOK_SECCOMP's, `listener` of the filter's; `policy_cgroup_id` names
 * the policy. Signals must be blocked: one that is not would end a decision half way.
 */
int socket_judge_serve(int program, int listener, uint64_t policy_cgroup_id);
