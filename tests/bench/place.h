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
static inline void enter(const char *cgroup)
{
	const char *mount = getenv("CGROUP2");
	char path[512];
	int fd;

	if (!mount)
		errx(EXIT_USAGE, "CGROUP2 is not in the environment");
	snprintf(path, sizeof(path), "%s%s/cgroup.procs", mount, cgroup);
	fd = made(open(path, O_WRONLY | O_CLOEXEC), path);
	made((int)write(fd, "0", 1), path);
	close(fd);
}

static inline void pin(uint32_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	made(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}
