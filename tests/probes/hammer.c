/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes allowed and forbidden calls as fast as it can, in several processes, until its standard
 * input ends, and counts those that came out wrong: what a reload without a gap must keep at zero.
 *
 *   hammer PROCESSES ALLOWED-ADDRESS FORBIDDEN-ADDRESS ALLOWED-DEVICE FORBIDDEN-DEVICE
 *
 * "ready" on standard output says that every process has made calls, so that whoever waits for it
 * knows that the calls and what follows overlap. At the end three lines: calls N, forbidden-passed
 * N, allowed-failed N; exit status 0 if both are zero.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lib/address.h"
#include "lib/device_calls.h"
#include "lib/outcome.h"

#define PROCESSES_MAX 64

struct shared {
	_Atomic uint32_t stop;
	struct {
		_Atomic uint64_t calls, passed, failed;
	} of[PROCESSES_MAX];
};

/* A TCP connect to a closed port of loopback is over at once: refused by the peer or by policy. */
static int connect_once(const union endpoint *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		err(EXIT_PREPARATION, "socket");
	error = result(connect(fd, &address->any, endpoint_length(address)));
	close(fd);
	return error;
}

static int send_once(const union endpoint *address)
{
	int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		err(EXIT_PREPARATION, "socket");
	error = result(sendto(fd, "ward", 4, 0, &address->any, endpoint_length(address)));
	close(fd);
	return error;
}

static void hammer(struct shared *shared, uint32_t process, char **arguments)
{
	union endpoint allowed = endpoint_parse(arguments[0]);
	union endpoint forbidden = endpoint_parse(arguments[1]);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!shared->stop) {
		uint32_t passed = 0, failed = 0;

		failed += connect_once(&allowed) == -EPERM;
		passed += connect_once(&forbidden) != -EPERM;
		failed += send_once(&allowed) == -EPERM;
		passed += send_once(&forbidden) != -EPERM;
		failed += call_open(arguments[2], "rw") != 0;
		passed += call_open(arguments[3], "r") != -EPERM;
		shared->of[process].passed += passed;
		shared->of[process].failed += failed;
		shared->of[process].calls += 6;
	}
	_exit(0);
}

static int report(const struct shared *shared, uint32_t processes)
{
	uint64_t calls = 0, passed = 0, failed = 0;

	for (uint32_t i = 0; i < processes; i++) {
		calls += shared->of[i].calls;
		passed += shared->of[i].passed;
		failed += shared->of[i].failed;
	}
	printf("calls %lu\nforbidden-passed %lu\nallowed-failed %lu\n", calls, passed, failed);
	return passed || failed;
}

int main(int argc, char **argv)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t processes = argc == 6 ? number(argv[1]) : 0;
	char discarded[64];

	if (!processes || processes > PROCESSES_MAX)
		errx(EXIT_USAGE, "usage: hammer PROCESSES ALLOWED-ADDRESS FORBIDDEN-ADDRESS "
		                 "ALLOWED-DEVICE FORBIDDEN-DEVICE");
	if (shared == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	for (uint32_t i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			err(EXIT_PREPARATION, "fork");
		if (child == 0)
			hammer(shared, i, argv + 2);
	}
	for (uint32_t i = 0; i < processes; i++) {
		while (!shared->of[i].calls)
			sched_yield();
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, discarded, sizeof(discarded)) > 0)
		;
	shared->stop = 1;
	while (wait(NULL) > 0)
		;
	return report(shared, processes);
}
