/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes one system call that a policy may refuse, in one of the many ways there are to make it,
 * and prints "ok" or the name of the errno. Exit status 0: ok; 1: refused, by whomever; 2: the
 * test that called it is wrong; 3: the way to the call failed (no socket of the kind, say).
 *
 * The hard idea: the call alone is judged. Whatever must come before it (making the socket, a
 * first connect) ends the program with status 3 and a message if it fails, so that a denial in the
 * wrong place cannot pass for the right one. `socket` is the verb that judges making sockets.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/device_calls.h"
#include "lib/outside.h"
#include "lib/socket_calls.h"
#include "lib/tally.h"
#include "lib/unix_calls.h"

struct plan {
	int (*verb)(const struct plan *plan);
	int family; /* of the socket; 0: that of the address */
	bool unspecified_family, uring, uring_async;
	const char *bound;  /* address the socket is bound to before the call */
	const char *device; /* the socket is bound to it before the call */
	const char *source; /* of a sendmsg, told by IP_PKTINFO */
	const char *enter;  /* cgroup.procs to move to between socket() and the call */
	bool passed;        /* then, the socket comes over a UNIX socket */
	int given;          /* the socket, if it is not negative: inherited */
	uint32_t forks, count;
	char **arguments;
};

/* The socket that arguments[0] names, for the address, prepared as the options say. */
static int make_socket(const struct plan *plan, const union endpoint *address)
{
	int family = plan->family ? plan->family : address->any.sa_family;
	const struct kind *kind = kind_named(plan->arguments[0]);
	int fd = plan->given, one = 1;

	if (fd < 0)
		fd = socket(family, kind->type | SOCK_CLOEXEC, kind->protocol);
	if (fd < 0)
		err(EXIT_PREPARATION, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (plan->bound) {
		union endpoint bound = endpoint_parse(plan->bound);

		if (bind(fd, &bound.any, endpoint_length(&bound)))
			err(EXIT_PREPARATION, "bind %s", plan->bound);
	}
	if (plan->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, plan->device,
	                               (socklen_t)strlen(plan->device)))
		err(EXIT_PREPARATION, "SO_BINDTODEVICE %s", plan->device);
	if (plan->enter)
		enter_cgroup(plan->enter);
	return plan->passed ? passed_over_unix(fd) : fd;
}

static union endpoint target(const struct plan *plan)
{
	return endpoint_parse(plan->arguments[1]);
}

static int do_connect(const struct plan *plan)
{
	union endpoint address = target(plan);
	socklen_t length = endpoint_length(&address);
	int fd = make_socket(plan, &address), error;

	if (plan->unspecified_family)
		address.any.sa_family = AF_UNSPEC;
	if (plan->uring || plan->uring_async)
		error = uring_connect(fd, &address, plan->uring_async);
	else
		error = result(connect(fd, &address.any, length));
	close(fd);
	return error;
}

static int do_bind(const struct plan *plan)
{
	union endpoint address = target(plan);
	socklen_t length = endpoint_length(&address);
	int fd = make_socket(plan, &address), error;

	if (plan->unspecified_family)
		address.any.sa_family = AF_UNSPEC;
	error = result(bind(fd, &address.any, length));
	close(fd);
	return error;
}

static int send_once(const struct plan *plan, int flags)
{
	union endpoint address = target(plan);
	socklen_t length = endpoint_length(&address);
	int fd = make_socket(plan, &address), error;

	if (plan->unspecified_family)
		address.any.sa_family = AF_UNSPEC;
	error = result(sendto(fd, "ward", 4, flags | MSG_NOSIGNAL, &address.any, length));
	close(fd);
	return error;
}

static int do_sendto(const struct plan *plan)
{
	return send_once(plan, 0);
}

static int do_fastopen(const struct plan *plan)
{
	return send_once(plan, MSG_FASTOPEN);
}

static int do_fastopen_connect(const struct plan *plan)
{
	union endpoint address = target(plan);
	int fd = make_socket(plan, &address), one = 1, error;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		err(EXIT_PREPARATION, "TCP_FASTOPEN_CONNECT");
	error = result(connect(fd, &address.any, endpoint_length(&address)));
	close(fd);
	return error;
}

static int do_sendmsg(const struct plan *plan)
{
	union endpoint address = target(plan);
	struct iovec data = { .iov_base = (char[]){ "ward" }, .iov_len = 4 };
	struct msghdr message = { .msg_namelen = endpoint_length(&address),
		                  .msg_iov = &data,
		                  .msg_iovlen = 1 };
	int fd = make_socket(plan, &address), error;
	struct source_control control;

	if (plan->unspecified_family)
		address.any.sa_family = AF_UNSPEC;
	if (plan->source)
		source_control_set(&control, plan->source, &message);
	message.msg_name = &address;
	if (plan->uring || plan->uring_async)
		error = uring_sendmsg(fd, &message, plan->uring_async);
	else
		error = result(sendmsg(fd, &message, MSG_NOSIGNAL));
	close(fd);
	return error;
}

/* Two messages in one call, the first to the address of the third argument: sendmmsg tells of an
 * error only if the first message fails, so the number sent is what counts. */
static int do_sendmmsg(const struct plan *plan)
{
	union endpoint second = target(plan), first = endpoint_parse(plan->arguments[2]);
	struct iovec data = { .iov_base = (char[]){ "ward" }, .iov_len = 4 };
	struct mmsghdr messages[2] = {
		{ .msg_hdr = { &first, endpoint_length(&first), &data, 1, NULL, 0, 0 } },
		{ .msg_hdr = { &second, endpoint_length(&second), &data, 1, NULL, 0, 0 } },
	};
	int fd = make_socket(plan, &second);
	int sent = sendmmsg(fd, messages, 2, 0);

	if (sent < 1)
		err(EXIT_PREPARATION, "sendmmsg, first message");
	/* The kernel keeps the second message's error for the next call, or forgets it. */
	close(fd);
	return sent == 2 ? 0 : -EPERM;
}

/* arguments[2] is where it may connect: connect there, disconnect, connect to the address. */
static int do_reconnect(const struct plan *plan)
{
	union endpoint address = target(plan), first = endpoint_parse(plan->arguments[2]);
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int listener = -1, fd, error;

	if (!strcmp(plan->arguments[0], "tcp")) {
		listener = make_socket(plan, &first);
		if (bind(listener, &first.any, endpoint_length(&first)) || listen(listener, 4))
			err(EXIT_PREPARATION, "listen %s", plan->arguments[2]);
	}
	fd = make_socket(plan, &address);
	if (connect(fd, &first.any, endpoint_length(&first)))
		err(EXIT_PREPARATION, "connect %s", plan->arguments[2]);
	if (connect(fd, &nowhere, sizeof(nowhere)))
		err(EXIT_PREPARATION, "disconnect");
	error = result(connect(fd, &address.any, endpoint_length(&address)));
	close(fd);
	if (listener >= 0)
		close(listener);
	return error;
}

/* Connected to where it may be (arguments[2]), it sends one datagram somewhere else. */
static int do_stray(const struct plan *plan)
{
	union endpoint address = target(plan), first = endpoint_parse(plan->arguments[2]);
	int fd = make_socket(plan, &address), error;

	if (connect(fd, &first.any, endpoint_length(&first)))
		err(EXIT_PREPARATION, "connect %s", plan->arguments[2]);
	error = result(sendto(fd, "ward", 4, 0, &address.any, endpoint_length(&address)));
	close(fd);
	return error;
}

/* A send on a connected socket names no address, and no hook sees it. */
static int do_send(const struct plan *plan)
{
	union endpoint address = target(plan);
	int fd = make_socket(plan, &address), error;

	if (connect(fd, &address.any, endpoint_length(&address)))
		err(EXIT_PREPARATION, "connect");
	error = result(send(fd, "ward", 4, MSG_NOSIGNAL));
	close(fd);
	return error;
}

/* Listens on a port the kernel chooses, without bind(2). */
static int do_listen(const struct plan *plan)
{
	union endpoint address = { .any.sa_family =
		                           plan->family ? (sa_family_t)plan->family : AF_INET };
	int fd = make_socket(plan, &address), error = result(listen(fd, 1));

	close(fd);
	return error;
}

static int do_socket(const struct plan *plan)
{
	int fd = socket((int)number(plan->arguments[0]), (int)number(plan->arguments[1]),
	                (int)number(plan->arguments[2]));
	int error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int do_open(const struct plan *plan)
{
	return call_open(plan->arguments[0], plan->arguments[1]);
}

static int do_reopen(const struct plan *plan)
{
	return call_reopen(plan->arguments[0], plan->arguments[2], plan->arguments[1]);
}

static int do_access(const struct plan *plan)
{
	return call_access(plan->arguments[0], plan->arguments[1]);
}

static int do_unix(const struct plan *plan)
{
	bool stream = !strcmp(plan->arguments[0], "stream");

	return call_unix(plan->arguments[1], stream ? SOCK_STREAM : SOCK_DGRAM);
}

static int do_truncate(const struct plan *plan)
{
	return result(truncate(plan->arguments[0], 0));
}

static int do_mknod(const struct plan *plan)
{
	return call_mknod(plan->arguments[0], plan->arguments[1][0], number(plan->arguments[2]),
	                  number(plan->arguments[3]));
}

static const struct verb {
	const char *name;
	int (*run)(const struct plan *plan);
	int arguments;
	const char *usage;
} verbs[] = {
	{ "connect", do_connect, 2, "KIND ADDRESS" },
	{ "bind", do_bind, 2, "KIND ADDRESS" },
	{ "sendto", do_sendto, 2, "KIND ADDRESS" },
	{ "sendmsg", do_sendmsg, 2, "KIND ADDRESS" },
	{ "sendmmsg", do_sendmmsg, 3, "KIND ADDRESS ALLOWED-ADDRESS" },
	{ "fastopen", do_fastopen, 2, "KIND ADDRESS" },
	{ "fastopen-connect", do_fastopen_connect, 2, "KIND ADDRESS" },
	{ "reconnect", do_reconnect, 3, "KIND ADDRESS ALLOWED-ADDRESS" },
	{ "stray", do_stray, 3, "KIND ADDRESS ALLOWED-ADDRESS" },
	{ "send", do_send, 2, "KIND ADDRESS" },
	{ "listen", do_listen, 1, "KIND" },
	{ "socket", do_socket, 3, "FAMILY TYPE PROTOCOL, as numbers" },
	{ "open", do_open, 2, "PATH r|w|rw|path" },
	{ "reopen", do_reopen, 3, "PATH r|w|rw ALLOWED-WAY" },
	{ "access", do_access, 2, "PATH r|w|rw" },
	{ "unix", do_unix, 2, "stream|dgram PATH|@NAME" },
	{ "truncate", do_truncate, 1, "PATH" },
	{ "mknod", do_mknod, 4, "PATH c|b MAJOR MINOR" },
};

static void usage(void)
{
	fprintf(stderr,
	        "usage: attempt [-4|-6] [--unspec] [--bound ADDRESS] [--source ADDRESS]\n"
	        "       [--device NAME] [--enter PROCS [--passed]] [--given FD]\n"
	        "       [--uring|--uring-async] [--forks N] [--count N] VERB ARGUMENT...\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(stderr, "  %s %s\n", verbs[i].name, verbs[i].usage);
	exit(EXIT_USAGE);
}

static int run_plan(void *context)
{
	const struct plan *plan = context;

	return plan->verb(plan);
}

static void read_option(struct plan *plan, int option)
{
	switch (option) {
	case '4':
		plan->family = AF_INET;
		break;
	case '6':
		plan->family = AF_INET6;
		break;
	case 'u':
		plan->unspecified_family = true;
		break;
	case 'b':
		plan->bound = optarg;
		break;
	case 'd':
		plan->device = optarg;
		break;
	case 's':
		plan->source = optarg;
		break;
	case 'e':
		plan->enter = optarg;
		break;
	case 'p':
		plan->passed = true;
		break;
	case 'g':
		plan->given = (int)number(optarg);
		break;
	case 'r':
		plan->uring = true;
		break;
	case 'a':
		plan->uring_async = true;
		break;
	case 'f':
		plan->forks = number(optarg);
		break;
	case 'c':
		plan->count = number(optarg);
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "unspec", no_argument, NULL, 'u' },
		{ "bound", required_argument, NULL, 'b' },
		{ "enter", required_argument, NULL, 'e' },
		{ "passed", no_argument, NULL, 'p' },
		{ "given", required_argument, NULL, 'g' },
		{ "source", required_argument, NULL, 's' },
		{ "device", required_argument, NULL, 'd' },
		{ "uring", no_argument, NULL, 'r' },
		{ "uring-async", no_argument, NULL, 'a' },
		{ "forks", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ 0 },
	};
	struct plan plan = { .given = -1, .forks = 1, .count = 1 };

	for (int option; (option = getopt_long(argc, argv, "+46", options, NULL)) != -1;)
		read_option(&plan, option);
	plan.arguments = argv + optind + 1;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && optind < argc; i++) {
		if (!strcmp(verbs[i].name, argv[optind]) && argc - optind - 1 == verbs[i].arguments)
			plan.verb = verbs[i].run;
	}
	if (!plan.verb)
		usage();
	return tally(run_plan, &plan, plan.forks, plan.count);
}
