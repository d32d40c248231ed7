/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on UNIX sockets: a peer is made first, and what is judged is to reach it. */
#pragma once

#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "outcome.h"

/* "/path", or "@name" for an abstract one */
static inline socklen_t unix_address(const char *name, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", name);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

/* Connects a stream or packets to it, or sends a datagram to it. What it made, it removes. */
static inline int call_unix(const char *name, int type)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(name, &address);
	int peer = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), error;

	if (peer < 0 || fd < 0)
		err(EXIT_PREPARATION, "socket");
	if (bind(peer, (struct sockaddr *)&address, length) ||
	    (type != SOCK_DGRAM && listen(peer, 1)))
		err(EXIT_PREPARATION, "bind %s", name);
	if (type != SOCK_DGRAM)
		error = result(connect(fd, (struct sockaddr *)&address, length));
	else
		error = result(sendto(fd, "ward", 4, 0, (struct sockaddr *)&address, length));
	close(fd);
	close(peer);
	if (name[0] != '@')
		unlink(name);
	return error;
}
