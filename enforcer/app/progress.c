/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work that takes less than half a second shows nothing.
 */
#include "app/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NS    500000000U
#define INTERVAL_NS 100000000U

static uint64_t now_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, const char *what)
{
	const char *terminal = getenv("TERM");
	struct stat out;

	*progress = (struct progress){ .what = what };
	progress->visible = isatty(STDERR_FILENO) && !fstat(STDOUT_FILENO, &out) &&
	                    S_ISREG(out.st_mode) && terminal && strcmp(terminal, "dumb") != 0;
	if (progress->visible)
		progress->next_ns = now_ns() + FIRST_NS;
}

void progress_step(struct progress *progress, size_t done)
{
	uint64_t now;

	if (!progress->visible || done % 1000)
		return;
	now = now_ns();
	if (now < progress->next_ns)
		return;
	fprintf(stderr, "\r%zu %s", done, progress->what);
	fflush(stderr);
	progress->shown = true;
	progress->next_ns = now + INTERVAL_NS;
}

void progress_clear(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
