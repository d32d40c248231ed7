/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of sockets by name, calls by way of io_uring, a datagram's source by IP_PKTINFO. */
#pragma once

#include <err.h>
#include <liburing.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "outcome.h"

/* Not in the headers of every libc. */
enum {
	NUMBER_SOCK_DCCP = 6,
	NUMBER_IPPROTO_DCCP = 33,
	NUMBER_IPPROTO_MPTCP = 262,
	NUMBER_IPPROTO_EXPERIMENT = 253,
};

struct kind {
	const char *name;
	int type, protocol;
};

static inline const struct kind *kind_named(const char *name)
{
	static const struct kind kinds[] = {
		{ "tcp", SOCK_STREAM, IPPROTO_TCP },
		{ "udp", SOCK_DGRAM, IPPROTO_UDP },
		{ "mptcp", SOCK_STREAM, NUMBER_IPPROTO_MPTCP },
		{ "udplite", SOCK_DGRAM, IPPROTO_UDPLITE },
		{ "ping", SOCK_DGRAM, IPPROTO_ICMP },
		{ "ping6", SOCK_DGRAM, IPPROTO_ICMPV6 },
		{ "raw", SOCK_RAW, NUMBER_IPPROTO_EXPERIMENT },
		{ "sctp", SOCK_STREAM, IPPROTO_SCTP },
		{ "dccp", NUMBER_SOCK_DCCP, NUMBER_IPPROTO_DCCP },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	errx(EXIT_USAGE, "no kind of socket is called %s", name);
}

static inline struct io_uring_sqe *uring_start(struct io_uring *ring)
{
	int error = io_uring_queue_init(4, ring, 0);
	struct io_uring_sqe *sqe;

	if (error)
		errx(EXIT_PREPARATION, "io_uring: %s", strerror(-error));
	sqe = io_uring_get_sqe(ring);
	if (!sqe)
		errx(EXIT_PREPARATION, "io_uring: no room in a new ring");
	return sqe;
}

/* `async`: the kernel makes the call in a worker thread of its own. */
static inline int uring_finish(struct io_uring *ring, struct io_uring_sqe *sqe, bool async)
{
	struct io_uring_cqe *cqe;
	int error;

	if (async)
		io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	if (io_uring_submit_and_wait(ring, 1) < 0 || io_uring_wait_cqe(ring, &cqe))
		errx(EXIT_PREPARATION, "io_uring: no completion");
	error = cqe->res;
	io_uring_queue_exit(ring);
	return error < 0 ? error : 0;
}

static inline int uring_connect(int fd, const union endpoint *address, bool async)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_start(&ring);

	io_uring_prep_connect(sqe, fd, &address->any, endpoint_length(address));
	return uring_finish(&ring, sqe, async);
}

static inline int uring_sendmsg(int fd, const struct msghdr *message, bool async)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_start(&ring);

	io_uring_prep_sendmsg(sqe, fd, message, MSG_NOSIGNAL);
	return uring_finish(&ring, sqe, async);
}

struct source_control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* `control` lives as long as `message` is used. */
static inline void source_control_set(struct source_control *control, const char *source,
                                      struct msghdr *message)
{
	struct in_pktinfo info = { .ipi_spec_dst = endpoint_parse(source).v4.sin_addr };
	struct cmsghdr *header;

	message->msg_control = control->bytes;
	message->msg_controllen = sizeof(control->bytes);
	header = CMSG_FIRSTHDR(message);
	if (!header)
		return;
	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
}
