/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times a call where a nanosecond is an instruction (tests/vm/bench):
 *
 *   vm_calls open BATCHES CALLS PATH…    open for reading, and close
 *   vm_calls exec BATCHES CALLS PATH…    fork, execve of this program as PATH, exit, wait
 *   vm_calls                             what is executed: does nothing
 *
 * Several PATHs have their turns. Prints the median over BATCHES of nanoseconds for one of CALLS
 * calls. Linked statically, so that what starting a program costs is not the dynamic linker's.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "../probes/lib/address.h"
#include "place.h"

#define BATCHES_MAX 4096

static void call_open(const char *path)
{
	close(made(open(path, O_RDONLY | O_CLOEXEC), path));
}

static void call_exec(const char *path)
{
	pid_t child = made(fork(), "fork");
	int status;

	if (child == 0) {
		execl(path, path, (char *)NULL);
		_exit(EXIT_PREPARATION);
	}
	if (waitpid(child, &status, 0) != child || status)
		errx(EXIT_PREPARATION, "%s could not be executed", path);
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	static double batches[BATCHES_MAX];
	void (*call)(const char *path);
	uint32_t count, calls;

	if (argc == 1)
		return 0;
	if (argc < 5)
		errx(EXIT_USAGE, "usage: vm_calls open|exec BATCHES CALLS PATH…");
	call = strcmp(argv[1], "exec") == 0 ? call_exec : call_open;
	count = number(argv[2]);
	calls = number(argv[3]);
	if (count < 1 || count > BATCHES_MAX || calls < 1)
		errx(EXIT_USAGE, "1 to %d batches of at least one call", BATCHES_MAX);
	for (int i = 4; i < argc; i++)
		call(argv[i]); /* what is done once alone */
	for (uint32_t i = 0; i < count; i++) {
		double begin_ns = now_ns();

		for (uint32_t j = 0; j < calls; j++)
			call(argv[4 + j % ((uint32_t)argc - 4)]);
		batches[i] = (now_ns() - begin_ns) / calls;
	}
	qsort(batches, count, sizeof(batches[0]), by_value);
	printf("%.1f\n", batches[count / 2]);
	return 0;
}
