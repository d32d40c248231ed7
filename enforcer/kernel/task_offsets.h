/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the running kernel keeps a task's parent: the programs are built without knowledge of
 * kernel structures, so whoever reads the records looks the offsets up in the kernel's BTF.
 */
#pragma once

#include <stdint.h>

struct task_offsets {
	uint32_t real_parent, tgid, comm; /* in bytes, within struct task_struct */
};

/* 0, -ENOENT (no BTF, or no such member), -ENOMEM. Takes some tens of milliseconds. */
int task_offsets_find(struct task_offsets *ret_offsets);
