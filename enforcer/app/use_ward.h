/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening what is in force, the same for every command.
 */
#pragma once

#include "base/cleanup.h"
#include "kernel/ward.h"

DEFINE_CLEANUP(struct ward, ward_close)
#define CLEANUP_WARD CLEANUP(cleanup_ward_close)

/* ward_open() at --pins that prints what is refused and why. 0 or -errno; -ENOENT with WARD_READ:
 * nothing was ever loaded here, and nothing is printed. */
int use_ward(enum ward_access access, struct ward **ret_ward);

/* The same for an error of cgroup_open(): EXIT_USAGE if the name is to blame. */
int refused_cgroup(struct diag *diag, int error, const char *name);

/* Prints the findings; for a refusal that left none, `what` and the errno's name. EXIT_SYSTEM. */
int refused(struct diag *diag, int error, const char *what);
