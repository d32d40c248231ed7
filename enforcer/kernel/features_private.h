/* SPDX-License-Identifier: BSD-2-Clause */
/* What the probes share. */
#pragma once

#include "kernel/cgroup.h"
#include "kernel/features.h"

/* Adds one result; copies the detail. The first failure to do so is kept in `error`. */
struct probing {
	struct feature_list list;
	struct cgroup own;     /* the caller's cgroup, or fd -1 */
	struct cgroup scratch; /* an empty child of it, or fd -1 */
	int error;             /* 0 or -ENOMEM */
};

void feature_add(struct probing *probing, const char *name, const char *purpose, bool required,
                 enum feature_state state, const char *format, ...)
        __attribute__((format(printf, 6, 7)));

void probe_machine(struct probing *probing);  /* kernel, root, capabilities, bpffs, cgroup2 */
void probe_programs(struct probing *probing); /* our programs, each hook, storage, perf, LSM */
void probe_exclusive(struct probing *probing, const char *cgroup_name);
