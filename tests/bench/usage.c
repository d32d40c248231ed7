/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command costs: its wall, user and system time in microseconds, as a JSON object, to the
 * file OUT.
 *
 *   usage OUT COMMAND...
 *
 * SIGTERM is passed on to the command. The exit status is the command's.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void pass_on(int signal)
{
	if (child > 0)
		kill(child, signal);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double in_us(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	double begin_us = now_us();
	struct rusage usage;
	FILE *out;
	int status;

	if (argc < 3)
		errx(2, "usage: usage OUT COMMAND...");
	out = fopen(argv[1], "we");
	if (!out)
		err(2, "%s", argv[1]);
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (child == 0) {
		execv(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	sigaction(SIGTERM, &action, NULL);
	if (wait4(child, &status, 0, &usage) < 0)
		err(2, "wait");
	fprintf(out, "{\"wall\":%.0f,\"user\":%.0f,\"system\":%.0f}\n", now_us() - begin_us,
	        in_us(usage.ru_utime), in_us(usage.ru_stime));
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
