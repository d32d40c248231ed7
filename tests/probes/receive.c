/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for a service manager: receives datagrams at a unix socket and prints each as a line.
 *
 *   receive PATH
 *
 * The socket is there when PATH is. Ends after "STOPPING=1".
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char datagram[256] = "";
	ssize_t length;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		errx(2, "usage: receive PATH");
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		err(2, "%s", argv[1]);
	while (strcmp(datagram, "STOPPING=1") != 0) {
		length = recv(fd, datagram, sizeof(datagram) - 1, 0);
		if (length < 0)
			err(2, "recv");
		datagram[length] = '\0';
		puts(datagram);
		fflush(stdout);
	}
	return 0;
}
