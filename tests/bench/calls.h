/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that are timed. Each has a preparation, which is not: sockets are made in it, by
 * a process that is in its cgroup already, for a socket belongs to the cgroup it was made in.
 */
#pragma once

#include <stdbool.h>

#include "../probes/lib/address.h"
#include "place.h"

struct subject {
	const union endpoint *addresses; /* gone through in turn */
	uint32_t count, next;
	const char *path; /* of the node that is opened */
	int fd, peer;
};

struct call {
	const char *name;
	bool on_path; /* else on addresses, if on anything */
	void (*prepare)(struct subject *subject);
	long (*once)(struct subject *subject); /* as the system call: -1 and errno */
};

static inline const union endpoint *next_address(struct subject *subject)
{
	if (++subject->next == subject->count)
		subject->next = 0;
	return &subject->addresses[subject->next];
}

static inline int make_socket(const struct subject *subject, int type)
{
	return made(socket(subject->addresses->any.sa_family, type | SOCK_CLOEXEC, 0), "socket");
}

static inline void make_udp(struct subject *subject)
{
	subject->fd = make_socket(subject, SOCK_DGRAM);
}

static inline void make_tcp(struct subject *subject)
{
	subject->fd = make_socket(subject, SOCK_STREAM);
}

/* Several processes may receive at one address: none of them reads. */
static inline void make_receiver(struct subject *subject, int type, union endpoint *address)
{
	int on = 1;

	subject->peer = make_socket(subject, type);
	setsockopt(subject->peer, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	made(bind(subject->peer, &address->any, endpoint_length(address)), "bind");
}

/* The receiver reads nothing: what is sent is dropped at its full buffer, the cheapest end a
 * datagram can come to. */
static inline void make_udp_unread(struct subject *subject)
{
	union endpoint address = *subject->addresses;

	make_udp(subject);
	make_receiver(subject, SOCK_DGRAM, &address);
}

/* A pair has a port of its own. */
static inline void make_pair(struct subject *subject, int type)
{
	union endpoint address = *subject->addresses;
	socklen_t length = sizeof(address);

	subject->fd = make_socket(subject, type);
	address.v4.sin_port = 0; /* where sin6_port is too */
	make_receiver(subject, type, &address);
	if (type == SOCK_STREAM)
		made(listen(subject->peer, 1), "listen");
	made(getsockname(subject->peer, &address.any, &length), "getsockname");
	made(connect(subject->fd, &address.any, length), "connect");
}

static inline void make_udp_pair(struct subject *subject)
{
	make_pair(subject, SOCK_DGRAM);
}

static inline void make_tcp_pair(struct subject *subject)
{
	int listener;

	make_pair(subject, SOCK_STREAM);
	listener = subject->peer;
	subject->peer = made(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept");
	close(listener);
}

static inline void make_nothing(struct subject *subject)
{
	(void)subject;
}

/* A socket whose connect was refused, by the peer or by policy, can be connected again. */
static inline long call_connect(struct subject *subject)
{
	const union endpoint *address = next_address(subject);

	return connect(subject->fd, &address->any, endpoint_length(address));
}

static inline long call_sendto(struct subject *subject)
{
	const union endpoint *address = next_address(subject);

	return sendto(subject->fd, "w", 1, 0, &address->any, endpoint_length(address));
}

static inline long call_packet(struct subject *subject)
{
	char byte;

	if (send(subject->fd, "w", 1, 0) < 0)
		return -1;
	return recv(subject->peer, &byte, 1, 0);
}

static inline long call_round_trip(struct subject *subject)
{
	char byte;

	if (call_packet(subject) < 0 || send(subject->peer, "w", 1, 0) < 0)
		return -1;
	return recv(subject->fd, &byte, 1, 0);
}

/* A socket of its own for each call: what is dropped on its way, instead of being refused, leaves
 * the socket connecting. */
static inline long call_attempt(struct subject *subject)
{
	int fd = made(socket(subject->addresses->any.sa_family,
	                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
	              "socket");
	const union endpoint *address = next_address(subject);
	long status = connect(fd, &address->any, endpoint_length(address));
	int error = errno;

	close(fd);
	errno = error;
	return status;
}

static inline long call_socket(struct subject *subject)
{
	(void)subject;
	return close(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static inline long call_open(struct subject *subject)
{
	int fd = open(subject->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}

static const struct call calls[] = {
	{ "udp-connect", false, make_udp, call_connect },
	{ "tcp-connect", false, make_tcp, call_connect },
	{ "tcp-attempt", false, make_nothing, call_attempt },
	{ "udp-sendto", false, make_udp_unread, call_sendto },
	{ "udp-packet", false, make_udp_pair, call_packet },
	{ "tcp-round-trip", false, make_tcp_pair, call_round_trip },
	{ "socket", false, make_nothing, call_socket },
	{ "open", true, make_nothing, call_open },
};

static inline const struct call *call_named(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	}
	errx(EXIT_USAGE, "'%s' is no call that can be timed", name);
}
