/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The task outside, that nothing polices, and that means no harm: it holds the secret open, passes
 * it on to whoever asks, listens on sockets, stands in a mount that has no place any more, and has
 * another mount lead to the secret in its own mount namespace.
 */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bypass.h"

/* A path, or with '@' before it an abstract name. Returns the length. */
static inline socklen_t socket_name(const char *name, struct sockaddr_un *ret_address)
{
	size_t length = strlen(name);

	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, name, length);
	if (*name == '@')
		ret_address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static inline int connects(const char *name, int *ret_fd)
{
	struct sockaddr_un address;
	socklen_t length = socket_name(name, &address);
	int fd = prepared(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	if (connect(fd, (struct sockaddr *)&address, length))
		return -errno;
	*ret_fd = fd;
	return 0;
}

union one_descriptor {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* -1 if none came: the kernel leaves out what may not be received. */
static inline int receive_descriptor(void)
{
	union one_descriptor control = { 0 };
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	int fd = -1, got = -1;

	if (connects(PASSING_SOCKET, &fd) || recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != 1)
		err(EXIT_PREPARATION, "recvmsg");
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(&got, CMSG_DATA(&control.header), sizeof(got));
	return got;
}

static inline void pass_descriptor(int to)
{
	union one_descriptor control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
		                                     .cmsg_level = SOL_SOCKET,
		                                     .cmsg_type = SCM_RIGHTS } };
	struct iovec data = { (char[]){ "x" }, 1 };
	struct msghdr message = { .msg_iov = &data,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	int held = HELD;

	memcpy(CMSG_DATA(&control.header), &held, sizeof(held));
	sendmsg(to, &message, MSG_NOSIGNAL);
}

static inline int serve_at(const char *name, int type)
{
	struct sockaddr_un address;
	socklen_t length = socket_name(name, &address);
	int fd = prepared(socket(AF_UNIX, type | SOCK_CLOEXEC, 0), "socket");

	prepared(bind(fd, (struct sockaddr *)&address, length), name);
	if (type == SOCK_STREAM)
		prepared(listen(fd, 8), name);
	return fd;
}

static inline void odd_mounts(void)
{
	own_mounts();
	prepared(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	prepared(chdir("/b/lazy"), "/b/lazy");
	prepared(umount2("/b/lazy", MNT_DETACH), "umount");
	prepared(mount("/b/no", "/b/ok/alias", NULL, MS_BIND, NULL), "bind mount");
}

static inline void tell_pid(void)
{
	FILE *file = fopen("/b/ok/pid.new", "we");

	if (!file)
		err(EXIT_PREPARATION, "/b/ok/pid");
	fprintf(file, "%d\n", getpid());
	fclose(file);
	prepared(rename("/b/ok/pid.new", "/b/ok/pid"), "/b/ok/pid");
}

/* Until it is killed. */
static inline int serve(void)
{
	struct pollfd listeners[3];

	if (prepared(open(SECRET, O_RDWR | O_CLOEXEC), SECRET) != HELD)
		errx(EXIT_PREPARATION, "descriptor %d is taken", HELD);
	listeners[0] = (struct pollfd){ serve_at(PASSING_SOCKET, SOCK_STREAM), POLLIN, 0 };
	listeners[1] = (struct pollfd){ serve_at(DENIED_SOCKET, SOCK_STREAM), POLLIN, 0 };
	listeners[2] = (struct pollfd){ serve_at("@" ABSTRACT_NAME, SOCK_STREAM), POLLIN, 0 };
	serve_at("@" ABSTRACT_NAME "-datagrams", SOCK_DGRAM);
	odd_mounts();
	tell_pid();
	while (poll(listeners, 3, -1) > 0) {
		for (int i = 0; i < 3; i++) {
			int fd = listeners[i].revents ? accept(listeners[i].fd, NULL, NULL) : -1;

			if (fd >= 0 && i == 0)
				pass_descriptor(fd);
			if (fd >= 0)
				close(fd);
		}
	}
	return -errno;
}
