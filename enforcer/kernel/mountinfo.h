/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/self/mountinfo, one mount after the other. Mount points come with the kernel's octal
 * escapes undone (proc(5): space, tab, newline and backslash are written as \ooo).
 */
#pragma once

#include <stdbool.h>

struct mount {
	const char *root;  /* of the mount within its file system */
	const char *point; /* where it is mounted */
	const char *type;  /* "cgroup2" */
};

/* Called for each mount in order; later ones lie over earlier ones. Strings are valid during the
 * call. Returning non-zero ends the walk with that value. */
typedef int (*mount_visitor)(void *context, const struct mount *mount);

/* 0, what the visitor returned, or -errno. */
int mountinfo_each(mount_visitor visit, void *context);

/* Undoes \ooo in place. */
void mountinfo_unescape(char *text);
