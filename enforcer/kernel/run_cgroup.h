/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cgroups that `cgward run` makes: whether their runner lives, and removing them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cgroup.h"
#include "kernel/ward.h"

/* Tells a process from a later one of the same pid: made of its start time. 0: no such process. */
uint64_t process_start(int pid);
bool run_is_alive(int pid, uint64_t start);

/* Removes an empty cgroup and the empty ones below it. 0, or -EBUSY while a task is in one. */
int run_cgroup_remove(const struct cgroup *cgroup);

/* Removes what runners that were killed before they applied anything left next to the caller. */
void run_cgroups_sweep(struct ward *ward);
