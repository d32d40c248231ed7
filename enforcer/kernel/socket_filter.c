/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter itself. Of 64-bit arguments the kernel takes the lower half (socket(2) has ints): a
 * family with anything in the upper half is greater than all, so it is stopped too, and is judged
 * by its lower half as the kernel will.
 */
#include "kernel/socket_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/cleanup.h"

#define TYPE_MASK 0xf /* SOCK_TYPE_MASK; above it stand SOCK_CLOEXEC and SOCK_NONBLOCK */

/* Since 5.19: a call that is being judged is not begun anew for a signal, and so not counted twice.
 */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static void cleanup_seccomp(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

/* What programs of a processor's older mode call. Calls of any other mode fail as if the kernel did
 * not have them. */
static uint32_t older_mode(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return SCMP_ARCH_X86;
	case SCMP_ARCH_AARCH64:
		return SCMP_ARCH_ARM;
	default:
		return 0;
	}
}

static int stop_where(scmp_filter_ctx context, int number, enum scmp_compare compare,
                      scmp_datum_t family)
{
	const struct scmp_arg_cmp wanted = { 0, compare, family, 0 };

	return seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, number, 1, &wanted);
}

/* AF_INET with SOCK_PACKET, which the kernel takes for AF_PACKET (net/socket.c, __sock_create). */
static int stop_inet_packet(scmp_filter_ctx context, int number)
{
	const struct scmp_arg_cmp wanted[] = {
		{ 0, SCMP_CMP_EQ, AF_INET, 0 },
		{ 1, SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_PACKET },
	};

	return seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, number, 2, wanted);
}

/* All families but AF_INET and AF_INET6. Where the call is a part of socketcall(2), libseccomp has
 * that part stopped too, whatever its arguments. */
static int stop_call(scmp_filter_ctx context, int number)
{
	int error = stop_inet_packet(context, number);

	for (unsigned int family = 0; family < AF_INET6 && !error; family++) {
		if (family != AF_INET)
			error = stop_where(context, number, SCMP_CMP_EQ, family);
	}
	return error ? error : stop_where(context, number, SCMP_CMP_GT, AF_INET6);
}

static int describe(scmp_filter_ctx context)
{
	int error = older_mode() ? seccomp_arch_add(context, older_mode()) : 0;

	if (!error)
		error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (!error)
		error = stop_call(context, SCMP_SYS(socket));
	if (!error)
		error = stop_call(context, SCMP_SYS(socketpair));
	if (!error)
		error = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, SCMP_SYS(io_uring_setup),
		                               0, NULL);
	return error;
}

/* Through a file in memory: libseccomp writes to descriptors alone. */
static int export(scmp_filter_ctx context, struct socket_filter *ret_filter)
{
	CLEANUP_CLOSE int fd = memfd_create("cgward-seccomp", MFD_CLOEXEC);
	CLEANUP_FREE struct sock_filter *instructions = NULL;
	struct stat status;
	int error;

	if (fd < 0)
		return -errno;
	error = seccomp_export_bpf(context, fd);
	if (error)
		return error;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size <= 0 || status.st_size > BPF_MAXINSNS * (off_t)sizeof(*instructions))
		return -EOPNOTSUPP;
	instructions = malloc((size_t)status.st_size);
	if (!instructions)
		return -ENOMEM;
	if (pread(fd, instructions, (size_t)status.st_size, 0) != status.st_size)
		return -EIO;
	ret_filter->count = (unsigned short)((size_t)status.st_size / sizeof(*instructions));
	ret_filter->instructions = TAKE_PTR(instructions);
	return 0;
}

int socket_filter_make(struct socket_filter *ret_filter)
{
	CLEANUP(cleanup_seccomp) scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	int error = context ? describe(context) : -ENOMEM;

	if (error)
		return error == -ENOMEM ? error : -EOPNOTSUPP;
	return export(context, ret_filter);
}

void socket_filter_fini(struct socket_filter *filter)
{
	free(filter->instructions);
	*filter = (struct socket_filter){ 0 };
}

/* No PR_SET_NO_NEW_PRIVS: root needs none, and setuid programs are to work. */
int socket_filter_install(const struct socket_filter *filter)
{
	const struct sock_fprog program = { filter->count, filter->instructions };
	unsigned long flags =
	        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		             &program);
	return fd < 0 ? -errno : (int)fd;
}

struct socket_call socket_filter_call(uint32_t arch, int number, const uint64_t arguments[6])
{
	/* By name: the number of a call that socketcall(2) has as well is not told. */
	CLEANUP_FREE char *name = seccomp_syscall_resolve_num_arch(arch, number);
	struct socket_call call = { 0 };

	if (name && !strcmp(name, "io_uring_setup")) {
		call.unseen = UNSEEN_IO_URING;
		return call;
	}
	if (!name || (strcmp(name, "socket") != 0 && strcmp(name, "socketpair") != 0)) {
		call.unseen = UNSEEN_SOCKETCALL;
		return call;
	}
	call.family = (uint32_t)arguments[0];
	call.type = (uint32_t)arguments[1] & TYPE_MASK;
	call.protocol = (uint32_t)arguments[2];
	if (call.family == AF_INET && call.type == SOCK_PACKET)
		call.family = AF_PACKET;
	return call;
}
