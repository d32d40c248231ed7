/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the cases of bypass.c play, and what several of them do. tests/vm/guest/bypass.sh makes the
 * places and says in bypass.ini what is denied there: /b/no all, /b/noexec execution, /b/ro
 * writing.
 */
#pragma once

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outcome.h"

#define SECRET         "/b/no/f"
#define HELD           3 /* the server's descriptor of SECRET */
#define PASSING_SOCKET "/b/ok/fds"
#define DENIED_SOCKET  "/b/no/socket"
#define ABSTRACT_NAME  "b-no"

struct bypass {
	const char *name; /* at most 15 bytes: it becomes the task's, and so the record's comm */
	int (*run)(void);
};

/* What a call came to; the descriptor it gave is closed. */
static inline int closed(int fd)
{
	int error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static inline int reads(int directory, const char *path)
{
	char byte;
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC), error = result(fd);

	if (!error && read(fd, &byte, 1) < 0)
		error = -errno;
	if (fd >= 0)
		close(fd);
	return error;
}

static inline int prepared(int fd, const char *what)
{
	if (fd < 0)
		err(EXIT_PREPARATION, "%s", what);
	return fd;
}

/* Mounts made after this are gone with the process. */
static inline void own_mounts(void)
{
	prepared(unshare(CLONE_NEWNS), "unshare");
}

static inline pid_t server(void)
{
	FILE *file = fopen("/b/ok/pid", "re");
	char line[32] = "";

	if (!file || !fgets(line, sizeof(line), file))
		err(EXIT_PREPARATION, "/b/ok/pid");
	fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}

/* A path below the server's directory in /proc. Static. */
static inline const char *of_server(const char *below)
{
	static char path[128];

	snprintf(path, sizeof(path), "/proc/%d/%s", server(), below);
	return path;
}

/* 0: it ran and was content; what execve came to, else; -EPERM if it could not be loaded. */
static inline int runs(int fd, const char *path, const char *const arguments[])
{
	char *const none[] = { NULL };
	pid_t child = fork();
	int status;

	prepared(child, "fork");
	if (child == 0) {
		close(STDOUT_FILENO);
		syscall(SYS_execveat, fd, path, arguments, none, *path ? 0 : 0x1000);
		_exit(errno);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		errx(EXIT_PREPARATION, "%s died", path);
	/* 127: ld.so says so of what it may not map. */
	return WEXITSTATUS(status) == 127 ? -EPERM : -WEXITSTATUS(status);
}
