/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes an IPv4 socket of KIND, as descriptor 9, and becomes COMMAND, which inherits it: what
 * socket activation does.
 */
#include <unistd.h>

#include "lib/socket_calls.h"

int main(int argc, char **argv)
{
	const struct kind *kind;

	if (argc < 3)
		errx(EXIT_USAGE, "usage: give_socket KIND COMMAND [ARGUMENT...]");
	kind = kind_named(argv[1]);
	if (dup2(socket(AF_INET, kind->type | SOCK_CLOEXEC, kind->protocol), 9) < 0)
		err(EXIT_PREPARATION, "socket");
	execvp(argv[2], argv + 2);
	err(EXIT_PREPARATION, "%s", argv[2]);
}
