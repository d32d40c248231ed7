/* SPDX-License-Identifier: BSD-2-Clause */
/* What a system call came to, as probe programs tell it: 0 or a negative errno. */
#pragma once

#include <errno.h>
#include <string.h>

#define EXIT_USAGE       2
#define EXIT_PREPARATION 3

static inline int result(long value)
{
	return value < 0 ? -errno : 0;
}

/* `error` is a positive errno, or 0. */
static inline const char *outcome_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "ok";

	return name ? name : "unknown";
}
