/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cases of hooks.c have in common. tests/vm/guest/hooks.sh mounts a file system at /h and
 * says what is ruled there: /h/no for [file], /h/run for [exec], /h/unix for [unix].
 *
 * The hard idea: what a case needs is made by `hooks hold`, outside of every policy, so that the
 * one call that is judged is the first that could be: files of the case's own name, and descriptors
 * with the numbers below, which the policed command inherits.
 */
#pragma once

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outcome.h"

#define FILES    "/h/no/"
#define PROGRAMS "/h/run/"
#define SOCKETS  "/h/unix/"
#define FREE     "/h/ok/" /* no rule */

/* Unlike an errno: a case that could not be tried, and one that would not end. */
#define UNPREPARED 255
#define STUCK_S    20

enum held {
	HELD_FILE = 10, /* FILES "held", for reading and writing */
	HELD_DELETED,   /* FILES "deleted", which is no more */
	HELD_RING,      /* io_uring, its parameters in FREE "ring" */
	HELD_END,       /* of a pipe: when nobody has it, whoever waits at the other ends */
};

#define OTHER_UID 1 /* whose process and files FREE "pid" and others are */

struct hook_case {
	const char *name; /* at most 15 bytes: it becomes the task's, and so the record's comm */
	int (*run)(void); /* 0 or a negative errno */
	/* Makes what it needs; NULL: a file of its name in FILES. */
	void (*prepare)(void);
};

static inline int ready(int value, const char *what)
{
	if (value < 0)
		err(UNPREPARED, "%s", what);
	return value;
}

/* What a call that gives a descriptor came to. */
static inline int closed(int fd)
{
	int error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static inline void nothing_needed(void)
{
}

/* A file with a byte in it, and nobody's but root's. */
static inline void make_file(const char *path)
{
	int fd = ready(open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), path);

	ready((int)write(fd, "x", 1), path);
	close(fd);
}

static inline void copy_to(const char *from, int target)
{
	int source = ready(open(from, O_RDONLY | O_CLOEXEC), from);
	char bytes[65536];
	ssize_t length;

	while ((length = read(source, bytes, sizeof(bytes))) > 0)
		ready(write(target, bytes, (size_t)length) == length ? 0 : -1, from);
	close(source);
}

static inline void copy_file(const char *from, const char *to)
{
	int target = ready(open(to, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755), to);

	copy_to(from, target);
	close(target);
}

/* 0 if a child that did nothing came back, or what fork said. */
static inline int reaped(pid_t child)
{
	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result(child);
}

/* Mounts made after this are gone with the process, and not seen by others. */
static inline void own_mounts(void)
{
	ready(unshare(CLONE_NEWNS), "unshare");
}

/* The process of OTHER_UID that `hold` made. */
static inline pid_t stranger(void)
{
	FILE *file = fopen(FREE "pid", "re");
	char line[32] = "";

	if (!file || !fgets(line, sizeof(line), file))
		err(UNPREPARED, FREE "pid");
	fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}
