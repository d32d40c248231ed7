/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a run happens: a cgroup of its own with the policy in force in it.
 */
#pragma once

#include "app/load_policy.h"
#include "app/run_judge.h"
#include "kernel/ward.h"

/* Makes a cgroup below the caller's own and puts the policy in force there, both with the ward's
 * lock held; *ret_judge says whether what is started there needs the seccomp filter. 0 or -errno;
 * then nothing is left, and why has been printed. */
int run_scope_open(struct ward *ward, const struct loaded_policy *loaded, const char *path,
                   struct cgroup *ret_cgroup, struct run_judge *ret_judge);

/* Removes cgroup and policy, or leaves both, and says so, if processes are still in it. */
void run_scope_close(struct ward *ward, const struct cgroup *cgroup);
