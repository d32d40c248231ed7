/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries, from inside an armed cgroup, to come to where its policy does not judge: `disarm FILE
 * PROCS` opens FILE, which the policy denies, after each of the ways below, and prints a line for
 * each: its name and what came of it. PROCS is the cgroup.procs of a cgroup outside, which may be
 * written.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/outcome.h"

static const char *denied, *outside;
static char inside[256];

static int try(void)
{
	int fd = open(denied, O_RDONLY | O_CLOEXEC), error = result(fd);

	if (fd >= 0)
		close(fd);
	return -error;
}

/* To be run with nothing but FILE. */
static void execute(void)
{
	char name[] = "disarm", file[256];
	char *const arguments[] = { name, file, NULL }, *const none[] = { NULL };

	snprintf(file, sizeof(file), "%s", denied);
	execve("/proc/self/exe", arguments, none);
	err(EXIT_PREPARATION, "execve");
}

static void enter(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		err(EXIT_PREPARATION, "%s", procs);
	close(fd);
}

static int waited(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, __WALL) != child || !WIFEXITED(status))
		err(EXIT_PREPARATION, "child");
	return WEXITSTATUS(status);
}

static int by_exec(void)
{
	execute();
	return 0;
}

static int by_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(try());
	return waited(child);
}

static int by_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		_exit(try());
	return waited(child);
}

static void *in_thread(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)try();
}

static void *exec_in_thread(void *unused)
{
	(void)unused;
	execute();
	return NULL;
}

static int by_thread_of(void *(*body)(void *))
{
	pthread_t thread;
	void *came;

	if (pthread_create(&thread, NULL, body, NULL) || pthread_join(thread, &came))
		errx(EXIT_PREPARATION, "thread");
	return (int)(intptr_t)came;
}

static int by_thread(void)
{
	return by_thread_of(in_thread);
}

static int by_exec_of_thread(void)
{
	return by_thread_of(exec_in_thread);
}

/* A moment somewhere else, and back. */
static int by_moving(void)
{
	enter(outside);
	enter(inside);
	return try();
}

static int by_forking_outside(void)
{
	pid_t child;

	enter(outside);
	child = fork();
	if (child == 0) {
		enter(inside);
		_exit(try());
	}
	return waited(child);
}

static int by_exec_outside(void)
{
	pid_t child;

	enter(outside);
	child = fork();
	if (child == 0) {
		enter(inside);
		execute();
	}
	return waited(child);
}

static int by_session(void)
{
	setsid();
	prctl(PR_SET_DUMPABLE, 0);
	return by_fork();
}

/* Traced by its parent from the first instruction on. */
static int by_tracing(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execute();
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, child, NULL, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_PREPARATION;
}

static const struct way {
	const char *name;
	int (*go)(void);
} ways[] = {
	{ "nothing", try },
	{ "exec", by_exec },
	{ "fork", by_fork },
	{ "vfork", by_vfork },
	{ "thread", by_thread },
	{ "thread-exec", by_exec_of_thread },
	{ "moving", by_moving },
	{ "fork-outside", by_forking_outside },
	{ "exec-outside", by_exec_outside },
	{ "session", by_session },
	{ "traced", by_tracing },
};

/* The cgroup this runs in, as it is on a pure cgroup v2 system. */
static void find_inside(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[160];

	if (!file || !fgets(line, sizeof(line), file) || line[0] != '0')
		err(EXIT_PREPARATION, "/proc/self/cgroup");
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	snprintf(inside, sizeof(inside), "/sys/fs/cgroup%s/cgroup.procs", line + 3);
}

static int exchange(const char *one, const char *other)
{
	for (;;) {
		if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE))
			err(EXIT_PREPARATION, "%s", one);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "exchange"))
		return exchange(argv[2], argv[3]);
	if (argc < 2 || argc > 3)
		errx(EXIT_USAGE, "usage: disarm FILE [PROCS] | exchange FILE FILE");
	denied = argv[1];
	if (argc == 2)
		return try();
	outside = argv[2];
	find_inside();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0)
			_exit(ways[i].go());
		printf("%s %s\n", ways[i].name, outcome_name(waited(child)));
	}
	return 0;
}
