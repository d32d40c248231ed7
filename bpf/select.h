/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Comparing and choosing without branches, for BPF programs and user space alike: the verifier
 * follows each branch it meets, and what it follows doubles with each.
 */
#pragma once

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* 1 if a <= b, else 0, without a branch: a branch per comparison would make the verifier follow
 * every path through the search. */
static __always_inline __u32 at_most(__u32 a, __u32 b)
{
	return (__u32)(((__u64)a - (__u64)b - 1) >> 63);
}

static __always_inline __u32 equal(__u32 a, __u32 b)
{
	return at_most(a ^ b, 0);
}

/* All ones if condition is 1, zero if it is 0. The compiler must not know where the mask comes
 * from, or it makes a branch of it again. */
static __always_inline __u32 mask_of(__u32 condition)
{
	__u32 mask = -condition;

	__asm__("" : "+r"(mask));
	return mask;
}

/* `yes` if condition is 1, `no` if it is 0 */
static __always_inline __u32 choose(__u32 condition, __u32 yes, __u32 no)
{
	if (__builtin_constant_p(condition))
		return condition ? yes : no;
	return no ^ ((yes ^ no) & mask_of(condition));
}
