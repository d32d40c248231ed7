/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells which policy is in force: makes the same calls each time it is asked, and prints for each
 * `x` if it was denied (EPERM) and `.` if not. Asked by a line on standard input.
 *
 *   signature KIND=OBJECT...     KIND: tcp, udp (a send), bind, read
 *
 * Two policies that differ in every one of the calls have signatures that differ in every letter,
 * and whatever else comes out is a mixture of the two.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../probes/lib/address.h"
#include "../probes/lib/device_calls.h"

static int call_address(const char *kind, const char *text)
{
	union endpoint address = endpoint_parse(text);
	int type = strcmp(kind, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, error;
	int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(EXIT_PREPARATION, "socket");
	if (strcmp(kind, "bind") == 0)
		error = result(bind(fd, &address.any, endpoint_length(&address)));
	else if (type == SOCK_STREAM)
		error = result(connect(fd, &address.any, endpoint_length(&address)));
	else
		error = result(sendto(fd, "ward", 4, 0, &address.any, endpoint_length(&address)));
	close(fd);
	return error;
}

static int call(const char *what)
{
	char kind[16] = "";
	const char *equals = strchr(what, '=');

	if (!equals || (size_t)(equals - what) >= sizeof(kind))
		errx(EXIT_USAGE, "'%s' is not KIND=OBJECT", what);
	memcpy(kind, what, (size_t)(equals - what));
	if (strcmp(kind, "read") == 0)
		return call_open(equals + 1, "r");
	if (strcmp(kind, "tcp") && strcmp(kind, "udp") && strcmp(kind, "bind"))
		errx(EXIT_USAGE, "'%s' is no kind of call", kind);
	return call_address(kind, equals + 1);
}

int main(int argc, char **argv)
{
	char line[16];

	while (fgets(line, sizeof(line), stdin)) {
		for (int i = 1; i < argc; i++)
			putchar(call(argv[i]) == -EPERM ? 'x' : '.');
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
