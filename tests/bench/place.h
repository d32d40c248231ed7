/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a process that is measured lives: in which cgroup, on which CPU. */
#pragma once

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../probes/lib/outcome.h"

static inline int made(int fd, const char *what)
{
	if (fd < 0)
		err(EXIT_PREPARATION, "%s", what);
	return fd;
}

/* `cgroup` is a path below the cgroup2 mount, which is CGROUP2 in the environment. */
static inline int open_cgroup(const char *cgroup)
{
	const char *mount = getenv("CGROUP2");
	char path[512];

	if (!mount)
		errx(EXIT_USAGE, "CGROUP2 is not in the environment");
	snprintf(path, sizeof(path), "%s%s", mount, cgroup);
	return made(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
}

static inline void enter(const char *cgroup)
{
	int directory = open_cgroup(cgroup);
	int fd = made(openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC), cgroup);

	made((int)write(fd, "0", 1), cgroup);
	close(fd);
	close(directory);
}

static inline void pin(uint32_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	made(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}
