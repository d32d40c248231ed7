/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls that a policy judges, each with the question that `cgward test` is asked
 * about it and with the object as its audit record must name it. The two differ in one case: a
 * datagram sent to a mapped address reaches the kernel's IPv4 hook.
 */
#pragma once

#include "address.h"
#include "device_calls.h"
#include "random_policy.h"

enum way {
	WAY_OPEN,
	WAY_ACCESS,
	WAY_MKNOD,
	WAY_SOCKET,
	WAY_CONNECT,
	WAY_SENDTO,
	WAY_BIND,
	WAY_COUNT,
};

struct call {
	enum way way;
	bool is_block;
	uint32_t major, minor;
	const char *access; /* of a device, as open_flags() and the question know it */
	int family, type, protocol;
	union endpoint address;
	const char *hook;
	char question[96], object[80];
};

static const struct {
	int family, type, protocol;
	const char *text;
} pool_sockets[] = {
	{ AF_INET, SOCK_STREAM, 6, "inet stream tcp" },
	{ AF_INET6, SOCK_STREAM, 6, "inet6 stream tcp" },
	{ AF_INET, SOCK_DGRAM, 17, "inet dgram udp" },
	{ AF_INET6, SOCK_DGRAM, 17, "inet6 dgram udp" },
	{ AF_INET, SOCK_RAW, 1, "inet raw icmp" },
	{ AF_INET, SOCK_RAW, 47, "inet raw gre" },
	{ AF_INET6, SOCK_RAW, 58, "inet6 raw icmpv6" },
	{ AF_INET6, SOCK_RAW, 255, "inet6 raw raw" },
	{ AF_INET, SOCK_RAW, 6, "inet raw tcp" },
};

/* Devices that may be opened without waking a driver that cares. */
static bool harmless(const struct call *call)
{
	return !call->is_block && call->major == 1 && call->minor >= 3 && call->minor <= 9;
}

static void random_device_call(struct random *random, struct call *call)
{
	static const char *const accesses[] = { "r", "w", "rw" };

	call->hook = "device";
	call->is_block = random_chance(random, 25);
	call->major = RANDOM_OF(random, pool_majors);
	call->minor = RANDOM_OF(random, pool_minors);
	if (random_chance(random, 30)) {
		call->way = WAY_MKNOD;
		call->access = "m";
	} else {
		call->way = harmless(call) && random_chance(random, 70) ? WAY_OPEN : WAY_ACCESS;
		call->access = RANDOM_OF(random, accesses);
	}
	snprintf(call->object, sizeof(call->object), "%c %u:%u %s", call->is_block ? 'b' : 'c',
	         call->major, call->minor, call->access);
	snprintf(call->question, sizeof(call->question), "device %s", call->object);
}

static void random_socket_call(struct random *random, struct call *call)
{
	uint32_t i = random_below(random, sizeof(pool_sockets) / sizeof(pool_sockets[0]));

	call->way = WAY_SOCKET;
	call->hook = "sock_create";
	call->family = pool_sockets[i].family;
	call->type = pool_sockets[i].type;
	call->protocol = pool_sockets[i].protocol;
	snprintf(call->object, sizeof(call->object), "%s", pool_sockets[i].text);
	snprintf(call->question, sizeof(call->question), "socket %s", call->object);
}

/* An address of the pool, or a neighbour of one, but none that inet_ntop() writes with a dotted
 * tail because it looks like the long forgotten IPv4-compatible ones. */
static void random_bytes_near(struct random *random, int family, uint8_t *bytes)
{
	size_t last = family == AF_INET ? 3 : 15;

	if (family == AF_INET)
		inet_pton(family, RANDOM_OF(random, pool_ipv4), bytes);
	else
		inet_pton(family, RANDOM_OF(random, pool_ipv6), bytes);
	if (random_chance(random, 40))
		bytes[last - random_below(random, 2)] ^= (uint8_t)(1 << random_below(random, 8));
}

static void write_object(char *object, size_t size, const char *protocol, int family,
                         const uint8_t *bytes, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, bytes, text, sizeof(text));
	snprintf(object, size, family == AF_INET ? "%s %s:%u" : "%s [%s]:%u", protocol, text, port);
}

static const char *address_hook(enum way way, bool is_ipv6)
{
	static const char *const hooks[][2] = {
		[WAY_CONNECT] = { "connect4", "connect6" },
		[WAY_SENDTO] = { "sendmsg4", "sendmsg6" },
		[WAY_BIND] = { "bind4", "bind6" },
	};

	return hooks[way][is_ipv6];
}

static void random_address_call(struct random *random, struct call *call)
{
	uint16_t port = (uint16_t)(RANDOM_OF(random, pool_ports) + random_below(random, 2));
	bool is_ipv6 = random_chance(random, 45), mapped = !is_ipv6 && random_chance(random, 30);
	bool tcp = random_chance(random, 50);
	uint8_t bytes[16];

	call->way = random_chance(random, 40) ? WAY_BIND : WAY_CONNECT;
	if (call->way == WAY_CONNECT && !tcp && random_chance(random, 60))
		call->way = WAY_SENDTO;
	if (!port) /* 65535 + 1: the kernel's choice in bind, nothing to connect to */
		port = call->way == WAY_BIND ? 0 : 443;
	call->family = is_ipv6 || mapped ? AF_INET6 : AF_INET;
	call->type = tcp ? SOCK_STREAM : SOCK_DGRAM;
	call->protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	random_bytes_near(random, is_ipv6 ? AF_INET6 : AF_INET, bytes);
	call->hook = address_hook(call->way, is_ipv6 || (mapped && call->way != WAY_SENDTO));
	write_object(call->object, sizeof(call->object), tcp ? "tcp" : "udp",
	             is_ipv6 ? AF_INET6 : AF_INET, bytes, port);
	if (mapped) {
		char ipv4[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, bytes, ipv4, sizeof(ipv4));
		memmove(bytes + 12, bytes, 4);
		memset(bytes, 0, 10);
		memset(bytes + 10, 0xff, 2);
		if (call->way != WAY_SENDTO)
			snprintf(call->object, sizeof(call->object), "%s [::ffff:%s]:%u",
			         tcp ? "tcp" : "udp", ipv4, port);
	}
	snprintf(call->question, sizeof(call->question), "%s %s",
	         call->way == WAY_BIND ? "bind" : "connect", call->object);
	call->address.any.sa_family = (sa_family_t)call->family;
	call->address.v4.sin_port = htons(port); /* in the same place in both */
	if (call->family == AF_INET)
		memcpy(&call->address.v4.sin_addr, bytes, 4);
	else
		memcpy(&call->address.v6.sin6_addr, bytes, 16);
}

/* `with_sockets`: the policy has [socket], see random_policy(). */
static void random_call(struct random *random, bool with_sockets, struct call *ret_call)
{
	struct call call = { 0 };

	if (random_chance(random, with_sockets ? 60 : 30))
		random_device_call(random, &call);
	else if (with_sockets)
		random_socket_call(random, &call);
	else
		random_address_call(random, &call);
	*ret_call = call;
}

/* Where the node of a device call stands in the private directory. */
static void node_path(const struct call *call, char *path, size_t size)
{
	snprintf(path, size, "%c-%u-%u", call->is_block ? 'b' : 'c', call->major, call->minor);
}

static int perform_on_socket(const struct call *call)
{
	int fd = socket(call->family, call->type | SOCK_NONBLOCK | SOCK_CLOEXEC, call->protocol);
	int error = result(fd), one = 1;

	if (fd < 0 || call->way == WAY_SOCKET) {
		if (fd >= 0)
			close(fd);
		else if (call->way != WAY_SOCKET)
			err(EXIT_PREPARATION, "socket");
		return error;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (call->way == WAY_CONNECT)
		error = result(connect(fd, &call->address.any, endpoint_length(&call->address)));
	else if (call->way == WAY_BIND)
		error = result(bind(fd, &call->address.any, endpoint_length(&call->address)));
	else
		error = result(sendto(fd, "ward", 4, 0, &call->address.any,
		                      endpoint_length(&call->address)));
	close(fd);
	return error;
}

static int perform(const struct call *call)
{
	char path[32];

	node_path(call, path, sizeof(path));
	switch (call->way) {
	case WAY_OPEN:
		return call_open(path, call->access);
	case WAY_ACCESS:
		return call_access(path, call->access);
	case WAY_MKNOD:
		return call_mknod("new", call->is_block ? 'b' : 'c', call->major, call->minor);
	case WAY_SOCKET:
	case WAY_CONNECT:
	case WAY_SENDTO:
	case WAY_BIND:
	case WAY_COUNT:
		break;
	}
	return perform_on_socket(call);
}
