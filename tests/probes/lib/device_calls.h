/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls on device nodes, one a function; each returns 0 or a negative errno. */
#pragma once

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "outcome.h"

/* "r", "w", "rw", or "path" for O_PATH. Never waits, never takes a controlling terminal. */
static inline int open_flags(const char *way)
{
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	if (!strcmp(way, "path"))
		return O_PATH | O_CLOEXEC;
	if (!strcmp(way, "r"))
		return flags | O_RDONLY;
	if (!strcmp(way, "w"))
		return flags | O_WRONLY;
	if (!strcmp(way, "rw"))
		return flags | O_RDWR;
	errx(EXIT_USAGE, "'%s' is no way to open", way);
}

static inline int call_open(const char *path, const char *way)
{
	int fd = open(path, open_flags(way)), error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* Opens in a way that must work, then again, in another way, through /proc/self/fd. */
static inline int call_reopen(const char *path, const char *first_way, const char *way)
{
	int first = open(path, open_flags(first_way)), error;
	char link[32];

	if (first < 0)
		err(EXIT_PREPARATION, "open %s", path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", first);
	error = call_open(link, way);
	close(first);
	return error;
}

static inline int call_access(const char *path, const char *way)
{
	return result(access(path, (strchr(way, 'r') ? R_OK : 0) | (strchr(way, 'w') ? W_OK : 0)));
}

/* `type` is 'c' or 'b'. What it made, it removes. */
static inline int call_mknod(const char *path, char type, uint32_t major, uint32_t minor)
{
	mode_t mode = (type == 'b' ? S_IFBLK : S_IFCHR) | 0600;
	int error = result(mknod(path, mode, makedev(major, minor)));

	if (!error)
		unlink(path);
	return error;
}
