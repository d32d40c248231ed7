/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which records of an audit log are asked for. Pure; records are parsed JSON, from a file that may
 * hold anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output/json_read.h"

struct log_filter {
	const char *policy, *section, *verdict; /* NULL: any */
	const char *cgroup;                     /* this one and those below it; NULL: any */
	uint64_t since_ns;                      /* since 1970 */
	uint64_t until_ns;                      /* UINT64_MAX: no end */
};

#define LOG_FILTER_INIT                \
	{                              \
		.until_ns = UINT64_MAX \
	}

/* Records that are no decisions pass unless the policy, section or verdict is asked for: a loss
 * has none. */
bool log_filter_matches(const struct log_filter *filter, json_object *record);

/*
 * "2026-11-23T16:58:00Z", with a fraction and another offset if you like (RFC 3339), or "10m",
 * "2h", "1d": that long before `now_ns`. 0 or -EINVAL.
 */
int log_time_parse(const char *text, uint64_t now_ns, uint64_t *ret_ns);
