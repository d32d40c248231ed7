/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/host_clock.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

/* "monotonic           0         0": seconds and nanoseconds, against the initial namespace, also
 * from within a nested one. */
static bool is_shifted_clock(const char *line)
{
	static const char clock[] = "monotonic";

	return strncmp(line, clock, sizeof(clock) - 1) == 0 && strpbrk(line, "123456789");
}

/* The file tells of the namespace of children to come, which is that of the process itself unless
 * the kernel is too old to enter one at exec (6.1): then this refuses more than it must. */
int host_clock_check(struct diag *diag)
{
	FILE *file CLEANUP_FCLOSE = fopen("/proc/self/timens_offsets", "re");
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;
	bool shifted = false;

	/* A kernel without time namespaces. */
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!shifted && getline(&line, &size, file) > 0)
		shifted = is_shifted_clock(line);
	if (ferror(file))
		return -EIO;
	if (!shifted)
		return 0;
	diag_add(diag, SEVERITY_ERROR, "time-namespace", NULL,
	         "run it in the machine's own time namespace: nsenter -T -t 1 cgward ...",
	         "a time namespace shifts the monotonic clock here: the times of all records would "
	         "be wrong");
	return -EXDEV;
}
