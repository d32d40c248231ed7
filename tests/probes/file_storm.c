/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File operations that a [file] policy allows and others that it denies, mixed, from many processes
 * at once, and what came out wrong: a verdict must not depend on who else is being judged.
 *
 *   file_storm DIRECTORY PROCESSES ROUNDS
 *   file_storm DIRECTORY PROCESSES 0        until standard input ends; prints "ready" first
 *
 * DIRECTORY/ok is where everything is allowed, DIRECTORY/no where making, reading and deleting are
 * denied; DIRECTORY/no/here exists. Prints: denied N, forbidden-passed N, allowed-failed N. Exit
 * status 0 if the last two are zero.
 *
 * The hard idea: with ROUNDS each forbidden name, no/PROCESS-ROUND, is asked for once on the whole
 * machine, so every record of a denial has a path of its own, and one with another's path shows.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/outcome.h"

#define PROCESSES_MAX 64

struct shared {
	_Atomic uint32_t stop;
	struct {
		_Atomic uint64_t rounds, denied, passed, failed;
	} of[PROCESSES_MAX];
};

static uint32_t number(const char *text)
{
	uint32_t value = 0;
	char rest;

	if (sscanf(text, "%u%c", &value, &rest) != 1)
		errx(EXIT_USAGE, "%s is no number", text);
	return value;
}

static int open_once(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* What is done with a name that may not be made; all of them ask for letter c. */
static int make(uint32_t way, const char *from, const char *path)
{
	switch (way % 5) {
	case 0:
		return open_once(path, O_CREAT | O_WRONLY);
	case 1:
		return result(mkdir(path, 0700));
	case 2:
		return result(symlink("nowhere", path));
	case 3:
		return result(link(from, path));
	default:
		return result(mknod(path, S_IFIFO | 0600, 0));
	}
}

/* How many of seven calls in a directory of one's own failed. */
static uint32_t allowed_calls(const char *own, const char *other)
{
	uint32_t failed = 0;

	failed += open_once(own, O_CREAT | O_RDWR) != 0;
	failed += open_once(own, O_RDONLY) != 0;
	failed += result(truncate(own, 0)) != 0;
	failed += result(chmod(own, 0640)) != 0;
	failed += result(link(own, other)) != 0;
	failed += result(rename(own, other)) != 0; /* the same file: nothing happens */
	failed += result(unlink(other)) != 0;
	return failed;
}

static void storm(struct shared *shared, uint32_t process, const char *directory, uint32_t rounds)
{
	char own[256], other[256], here[256], forbidden[256];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(own, sizeof(own), "%s/ok/%u", directory, process);
	snprintf(other, sizeof(other), "%s/ok/%u.other", directory, process);
	snprintf(here, sizeof(here), "%s/no/here", directory);
	for (uint32_t round = 0; rounds ? round < rounds : !shared->stop; round++) {
		int error;

		shared->of[process].failed += allowed_calls(own, other);
		open_once(own, O_CREAT | O_RDWR);
		snprintf(forbidden, sizeof(forbidden), "%s/no/%u-%u", directory, process, round);
		error = make(round, own, forbidden);
		shared->of[process].denied += error == -EPERM;
		shared->of[process].passed += error != -EPERM;
		if (!rounds) {
			shared->of[process].passed += open_once(here, O_RDONLY) != -EPERM;
			shared->of[process].passed += result(unlink(here)) != -EPERM;
		}
		shared->of[process].rounds++;
	}
	_exit(0);
}

static int report(const struct shared *shared, uint32_t processes)
{
	uint64_t denied = 0, passed = 0, failed = 0;

	for (uint32_t i = 0; i < processes; i++) {
		denied += shared->of[i].denied;
		passed += shared->of[i].passed;
		failed += shared->of[i].failed;
	}
	printf("denied %lu\nforbidden-passed %lu\nallowed-failed %lu\n", denied, passed, failed);
	return passed || failed;
}

static void wait_for_the_caller(struct shared *shared, uint32_t processes)
{
	char discarded[64];

	for (uint32_t i = 0; i < processes; i++) {
		while (!shared->of[i].rounds)
			sched_yield();
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, discarded, sizeof(discarded)) > 0)
		;
	shared->stop = 1;
}

int main(int argc, char **argv)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t processes = argc == 4 ? number(argv[2]) : 0;

	if (!processes || processes > PROCESSES_MAX)
		errx(EXIT_USAGE, "usage: file_storm DIRECTORY PROCESSES ROUNDS");
	if (shared == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	for (uint32_t i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			err(EXIT_PREPARATION, "fork");
		if (child == 0)
			storm(shared, i, argv[1], number(argv[3]));
	}
	if (!number(argv[3]))
		wait_for_the_caller(shared, processes);
	while (wait(NULL) > 0)
		;
	return report(shared, processes);
}
