/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/message_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* As cmsg(3) wants it: aligned. */
union room {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int message_pair(bool with_fds, int *ret_here, int *ret_there)
{
	int fds[2];

	if (with_fds ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)
	             : pipe2(fds, O_CLOEXEC))
		return -errno;
	*ret_here = fds[0];
	*ret_there = fds[1];
	return 0;
}

static ssize_t send_fd(int socket, const struct iovec *vector, int fd)
{
	union room room = { .header = {
		                    .cmsg_len = CMSG_LEN(sizeof(fd)),
		                    .cmsg_level = SOL_SOCKET,
		                    .cmsg_type = SCM_RIGHTS,
		            } };
	struct iovec copy = *vector;
	const struct msghdr message = {
		.msg_iov = &copy,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};

	memcpy(CMSG_DATA(&room.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL);
}

int message_send(int to, const void *bytes, size_t size, int fd)
{
	const struct iovec vector = { (void *)(uintptr_t)bytes, size };
	ssize_t sent;

	do {
		sent = fd < 0 ? writev(to, &vector, 1) : send_fd(to, &vector, fd);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EIO;
}

static int fd_of(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

ssize_t message_receive(int from, void *bytes, size_t size, int *ret_fd)
{
	union room room = { 0 };
	struct iovec vector = { bytes, size };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};
	ssize_t length;

	do {
		length = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
		if (length < 0 && errno == ENOTSOCK) {
			message.msg_controllen = 0;
			length = readv(from, &vector, 1);
		}
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	*ret_fd = fd_of(&message);
	return length;
}
