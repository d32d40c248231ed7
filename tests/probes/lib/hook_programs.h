/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of [exec], [unix] and [socket]. */
#pragma once

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "hook.h"
#include "unix_calls.h"

/* ---- [exec] ------------------------------------------------------------------------------ */

/* What execveat came to. The child has the task's name until it succeeds. */
static int runs(int directory, const char *path)
{
	char name[] = "true";
	char *const arguments[] = { name, NULL }, *const none[] = { NULL };
	pid_t child = ready(fork(), "fork");
	int status;

	if (child == 0) {
		syscall(SYS_execveat, directory, path, arguments, none, *path ? 0 : AT_EMPTY_PATH);
		_exit(errno);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		errx(UNPREPARED, "%s died", path);
	return -WEXITSTATUS(status);
}

static int execute(void)
{
	return runs(AT_FDCWD, PROGRAMS "exec");
}

static int interpret(void)
{
	return runs(AT_FDCWD, FREE "script");
}

static int execute_memory(void)
{
	int memory = ready(memfd_create("hooks", 0), "memfd");

	copy_to(FREE "busybox", memory);
	return runs(memory, "");
}

static int maps(int fd, int protection, int later)
{
	void *at = mmap(NULL, 1, protection, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	return later ? result(mprotect(at, 1, later)) : 0;
}

static int map(void)
{
	return maps(ready(open(PROGRAMS "mmap", O_RDONLY | O_CLOEXEC), "open"),
	            PROT_READ | PROT_EXEC, 0);
}

static int map_memory(void)
{
	return maps(ready(memfd_create("hooks", MFD_CLOEXEC), "memfd"), PROT_READ | PROT_EXEC, 0);
}

static int protect(void)
{
	return maps(ready(open(PROGRAMS "mprotect", O_RDONLY | O_CLOEXEC), "open"), PROT_READ,
	            PROT_READ | PROT_EXEC);
}

static void programs(void)
{
	copy_file("/bin/busybox", PROGRAMS "exec");
	copy_file("/bin/busybox", PROGRAMS "true");
	copy_file("/bin/busybox", FREE "busybox");
}

static void script(void)
{
	FILE *file = fopen(FREE "script", "we");

	if (!file || fputs("#!" PROGRAMS "true\n", file) < 0)
		err(UNPREPARED, "script");
	fclose(file);
	ready(chmod(FREE "script", 0755), "script");
}

static void to_map(void)
{
	make_file(PROGRAMS "mmap");
}

static void to_protect(void)
{
	make_file(PROGRAMS "mprotect");
}

/* ---- [unix] and [socket] ----------------------------------------------------------------- */

static int connect_path(void)
{
	return call_unix(SOCKETS "stream", SOCK_STREAM);
}

static int connect_packets(void)
{
	return call_unix(SOCKETS "packets", SOCK_SEQPACKET);
}

static int connect_abstract(void)
{
	return call_unix("@hooks", SOCK_STREAM);
}

static int send_path(void)
{
	return call_unix(SOCKETS "datagram", SOCK_DGRAM);
}

static int send_abstract(void)
{
	return call_unix("@hooks", SOCK_DGRAM);
}

/* To who has no name. */
static int send_to_pair(void)
{
	int pair[2];

	ready(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), "socketpair");
	return result((int)send(pair[0], "x", 1, 0));
}

static int netlink(void)
{
	return closed(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static const struct hook_case program_cases[] = {
	{ "exec", execute, programs },
	{ "interpreter", interpret, script },
	{ "exec-memfd", execute_memory, nothing_needed },
	{ "mmap", map, to_map },
	{ "mmap-memfd", map_memory, nothing_needed },
	{ "mprotect", protect, to_protect },
	{ "stream", connect_path, nothing_needed },
	{ "seqpacket", connect_packets, nothing_needed },
	{ "abstract", connect_abstract, nothing_needed },
	{ "datagram", send_path, nothing_needed },
	{ "abstract-dgram", send_abstract, nothing_needed },
	{ "unnamed-dgram", send_to_pair, nothing_needed },
	{ "netlink", netlink, nothing_needed },
};
