/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions of [operation], as several programs ask them. */
#pragma once

#include "police_lsm.h"

static __always_inline __u32 ask_operation(void *ctx, __u32 lsm_hook, __u32 operation)
{
	struct question question = {
		.kind = QUESTION_NUMBER,
		.hook = HOOK_LSM_OPERATION,
		.lsm_hook = lsm_hook,
		.section = SECTION_OPERATION,
		.operations = 1,
		.root = ROOT_OPERATION,
		.number = operation,
	};

	return police_number(ctx, &question);
}

/* Which operation it is depends on whether `cgroup` is the policed one or below it. */
static __always_inline __u32 ask_sides(void *ctx, __u32 lsm_hook, const struct cgroup *cgroup,
                                       __u32 inside, __u32 outside, __u32 target_pid)
{
	struct question question = {
		.kind = QUESTION_NUMBER,
		.flags = QUESTION_SIDES,
		.hook = HOOK_LSM_OPERATION,
		.lsm_hook = lsm_hook,
		.section = SECTION_OPERATION,
		.operations = 1,
		.root = ROOT_OPERATION,
		.number_inside = inside,
		.number_outside = outside,
		.target_pid = target_pid,
		.cgroup = (__u64)cgroup,
	};

	return police_number(ctx, &question);
}

/* A program that asks about one operation and nothing else. ARGUMENTS is how many its hook has: the
 * verdict of an earlier program stands behind them. */
#define OPERATION_PROGRAM(NAME, ARGUMENTS, HOOK, OPERATION)              \
	SEC("lsm/" #NAME) int NAME(__u64 *ctx)                           \
	{                                                                \
		if (ctx[ARGUMENTS] || !is_policed())                     \
			return hook_result(ctx[ARGUMENTS] != 0);         \
		return hook_result(ask_operation(ctx, HOOK, OPERATION)); \
	}
