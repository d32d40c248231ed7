/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "127.0.0.1:80", "[::1]:80" and "[::ffff:10.0.0.1]:53" to a socket address; numbers without
 * libc's strtol family. For probe programs: what does not parse is their author's mistake, so they
 * stop with a message.
 */
#pragma once

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "outcome.h"

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static inline uint32_t number(const char *text)
{
	uint64_t value = 0;

	if (!*text)
		errx(EXIT_USAGE, "an empty number");
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || value > UINT32_MAX)
			errx(EXIT_USAGE, "'%s' is not a number", text);
		value = value * 10 + (uint64_t)(*c - '0');
	}
	return (uint32_t)value;
}

static inline socklen_t endpoint_length(const union endpoint *endpoint)
{
	return endpoint->any.sa_family == AF_INET6 ? sizeof(endpoint->v6) : sizeof(endpoint->v4);
}

static inline union endpoint endpoint_parse(const char *text)
{
	union endpoint endpoint = { 0 };
	const char *colon = strrchr(text, ':');
	bool is_ipv6 = text[0] == '[';
	char host[64] = "";
	size_t length;
	uint16_t port;

	if (!colon || (is_ipv6 && (colon == text || colon[-1] != ']')))
		errx(EXIT_USAGE, "'%s' is not ADDRESS:PORT", text);
	length = is_ipv6 ? (size_t)(colon - text) - 2 : (size_t)(colon - text);
	if (length >= sizeof(host))
		errx(EXIT_USAGE, "'%s' is too long", text);
	memcpy(host, text + is_ipv6, length);
	port = htons((uint16_t)number(colon + 1));
	if (is_ipv6) {
		endpoint.v6.sin6_family = AF_INET6;
		endpoint.v6.sin6_port = port;
		if (inet_pton(AF_INET6, host, &endpoint.v6.sin6_addr) != 1)
			errx(EXIT_USAGE, "'%s' is no IPv6 address", host);
	} else {
		endpoint.v4.sin_family = AF_INET;
		endpoint.v4.sin_port = port;
		if (inet_pton(AF_INET, host, &endpoint.v4.sin_addr) != 1)
			errx(EXIT_USAGE, "'%s' is no IPv4 address", host);
	}
	return endpoint;
}
