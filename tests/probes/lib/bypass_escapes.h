/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways out of the policed cgroup, into other tasks, to what enforces the policy, and sockets. */
#pragma once

#include <dirent.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "bypass_server.h"

#define CGROUPS "/sys/fs/cgroup"
#define PINS    "/sys/fs/bpf/cgward"

/* ---- the cgroup -------------------------------------------------------------------------- */

static int writes(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = result(fd);

	if (!error && write(fd, text, strlen(text)) < 0)
		error = -errno;
	if (fd >= 0)
		close(fd);
	return error;
}

static int leave(void)
{
	return writes(CGROUPS "/cgroup.procs", "0");
}

static int leave_thread(void)
{
	return writes(CGROUPS "/cgroup.threads", "0");
}

static int clone_away(void)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)prepared(open(CGROUPS, O_PATH | O_CLOEXEC), CGROUPS),
	};
	pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result(child);
}

static int user_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

/* Whoever may write this has the kernel run a program for him, outside of every cgroup. */
static int core_pattern(void)
{
	return writes("/proc/sys/kernel/core_pattern", "core");
}

/* ---- other tasks ------------------------------------------------------------------------- */

static int trace(void)
{
	return result(ptrace(PTRACE_SEIZE, server(), NULL, NULL));
}

static int memory_file(void)
{
	return closed(open(of_server("mem"), O_RDWR | O_CLOEXEC));
}

static int read_memory(void)
{
	char byte;
	static char there;
	struct iovec own = { &byte, 1 }, other = { &there, 1 };

	/* That nothing is mapped at this address there is no refusal. */
	if (process_vm_readv(server(), &own, 1, &other, 1, 0) < 0 && errno != EFAULT)
		return -errno;
	return 0;
}

static int take_descriptor(void)
{
	int task = prepared((int)syscall(SYS_pidfd_open, server(), 0), "pidfd");

	return closed((int)syscall(SYS_pidfd_getfd, task, HELD, 0));
}

/* ---- what enforces ----------------------------------------------------------------------- */

static int bpf_call(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* Every object there is: refused is who is refused one of them. */
static int every_object(int next, int descriptor)
{
	union bpf_attr attributes = { 0 };
	int seen = 0;

	while (bpf_call(next, &attributes) == 0) {
		__u32 id = attributes.next_id;
		union bpf_attr wanted = { .map_id = id };
		int error = closed(bpf_call(descriptor, &wanted));

		if (error && error != -ENOENT)
			return error;
		seen++;
		attributes = (union bpf_attr){ .start_id = id };
	}
	if (errno == ENOENT && !seen)
		errx(EXIT_PREPARATION, "there is nothing to find");
	return errno == ENOENT ? 0 : -errno;
}

static int our_maps(void)
{
	return every_object(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID);
}

static int our_programs(void)
{
	return every_object(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID);
}

/* The one with the highest id. */
static int our_late_program(void)
{
	union bpf_attr attributes = { 0 }, wanted = { 0 };

	while (bpf_call(BPF_PROG_GET_NEXT_ID, &attributes) == 0) {
		wanted.prog_id = attributes.next_id;
		attributes = (union bpf_attr){ .start_id = wanted.prog_id };
	}
	if (!wanted.prog_id)
		return errno == ENOENT ? -ESRCH : -errno;
	return closed(bpf_call(BPF_PROG_GET_FD_BY_ID, &wanted));
}

static int our_links(void)
{
	return every_object(BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID);
}

static int our_pin(void)
{
	union bpf_attr attributes = { .pathname = (__u64)(unsigned long)(PINS "/bypass") };

	return closed(bpf_call(BPF_OBJ_GET, &attributes));
}

/* bypass.sh made it, a second name for a map. */
static int unpin(void)
{
	return result(unlink(PINS "/bypass"));
}

static int rename_pin(void)
{
	int error = result(rename(PINS "/bypass", PINS "/bypassed"));

	rename(PINS "/bypassed", PINS "/bypass");
	return error;
}

/* ---- sockets ----------------------------------------------------------------------------- */

static int makes(int family, int type, int protocol)
{
	return closed(socket(family, type | SOCK_CLOEXEC, protocol));
}

static int packet(void)
{
	return makes(AF_PACKET, SOCK_RAW, 0);
}

static int cryptography(void)
{
	return makes(AF_ALG, SOCK_SEQPACKET, 0);
}

static int netlink(void)
{
	return makes(AF_NETLINK, SOCK_RAW, 0);
}

static int vsock(void)
{
	return makes(AF_VSOCK, SOCK_STREAM, 0);
}

static int unix_path(void)
{
	int fd;

	return connects(DENIED_SOCKET, &fd);
}

static int unix_symlink(void)
{
	int fd;

	unlink("/b/ok/socket");
	prepared(symlink(DENIED_SOCKET, "/b/ok/socket"), "symlink");
	return connects("/b/ok/socket", &fd);
}

static int unix_abstract(void)
{
	int fd;

	return connects("@" ABSTRACT_NAME, &fd);
}

static int unix_datagram(void)
{
	struct sockaddr_un address;
	socklen_t length = socket_name("@" ABSTRACT_NAME "-datagrams", &address);
	int fd = prepared(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	return result(sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&address, length));
}

static const struct bypass bypass_escapes[] = {
	{ "cgroup.procs", leave },
	{ "cgroup.threads", leave_thread },
	{ "clone-cgroup", clone_away },
	{ "userns", user_namespace },
	{ "core-pattern", core_pattern },
	{ "ptrace", trace },
	{ "pid-mem", memory_file },
	{ "vm-readv", read_memory },
	{ "pidfd-getfd", take_descriptor },
	{ "bpf-maps", our_maps },
	{ "bpf-programs", our_programs },
	{ "bpf-late", our_late_program },
	{ "bpf-links", our_links },
	{ "bpf-pin", our_pin },
	{ "rename-pin", rename_pin },
	{ "unlink-pin", unpin },
	{ "af-packet", packet },
	{ "af-alg", cryptography },
	{ "af-netlink", netlink },
	{ "af-vsock", vsock },
	{ "unix-path", unix_path },
	{ "unix-symlink", unix_symlink },
	{ "unix-abstract", unix_abstract },
	{ "unix-datagram", unix_datagram },
};
