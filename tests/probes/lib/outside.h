/* SPDX-License-Identifier: BSD-2-Clause */
/* How a socket comes into a cgroup: the task moves there, or it is passed to one by SCM_RIGHTS. */
#pragma once

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outcome.h"

static inline void enter_cgroup(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		err(EXIT_PREPARATION, "%s", procs);
	close(fd);
}

/* Sends the socket over a UNIX socket to this process, and gives the copy that comes out. */
static inline int passed_over_unix(int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control) };
	int ends[2], received;

	control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		                           .cmsg_level = SOL_SOCKET,
		                           .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
	    sendmsg(ends[0], &message, 0) != 1 || close(fd) ||
	    recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC) != 1)
		err(EXIT_PREPARATION, "SCM_RIGHTS");
	memcpy(&received, CMSG_DATA(&control.header), sizeof(received));
	close(ends[0]);
	close(ends[1]);
	return received;
}
