/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this kernel and machine can enforce, found by trying, never by version numbers: programs are
 * loaded and attached to a scratch cgroup that is removed again. Data only; `doctor` prints it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum feature_state {
	FEATURE_NO,
	FEATURE_YES,
	FEATURE_UNKNOWN, /* could not be tried, and `detail` says why */
};

struct feature {
	const char *name;    /* static: "connect4" */
	const char *purpose; /* static: "[connect], IPv4" */
	bool required;       /* without it, nothing can be put in force */
	enum feature_state state;
	char *detail; /* owned, may hold several lines; or NULL */
};

struct feature_list {
	struct feature *items;
	size_t count, capacity;
};

/* `cgroup_name`: also looks for programs that stand in the way of links on this cgroup and above
 * it; NULL: the caller's own cgroup. 0 or -ENOMEM; what fails is a feature that is missing. */
int features_probe(const char *cgroup_name, struct feature_list *ret_list);
void features_fini(struct feature_list *list);

const char *feature_state_name(enum feature_state state); /* "no", "yes", "unknown" */
