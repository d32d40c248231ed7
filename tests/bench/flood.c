/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Denied calls at a given rate: UDP connects from two processes in CGROUP, on CPUs 0 and 1, half of
 * RATE each, as many as are due every millisecond.
 *
 *   flood CGROUP RATE MILLISECONDS ADDRESS:PORT
 *
 * Prints how many calls were made and how long it took: a machine that cannot make RATE calls a
 * second takes longer. Every call must be denied.
 */
#include <sys/wait.h>
#include <time.h>

#include "calls.h"

#define PRODUCERS 2
#define SECOND_NS 1000000000L

static void produce(const union endpoint *address, uint32_t rate, uint32_t length_ms)
{
	struct subject subject = { .addresses = address, .count = 1 };
	struct timespec due;
	uint64_t made_calls = 0;

	make_udp(&subject);
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (uint32_t ms = 1; ms <= length_ms; ms++) {
		uint64_t wanted = (uint64_t)rate * ms / 1000;

		for (; made_calls < wanted; made_calls++) {
			if (call_connect(&subject) == 0 || errno != EPERM)
				errx(EXIT_PREPARATION, "a call was not denied");
		}
		due.tv_nsec += SECOND_NS / 1000;
		if (due.tv_nsec >= SECOND_NS) {
			due.tv_nsec -= SECOND_NS;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	union endpoint address;
	struct timespec begin, end;
	uint32_t rate, length_ms;
	int status;

	if (argc != 5)
		errx(EXIT_USAGE, "usage: flood CGROUP RATE MILLISECONDS ADDRESS:PORT");
	rate = number(argv[2]) / PRODUCERS;
	length_ms = number(argv[3]);
	address = endpoint_parse(argv[4]);
	enter(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint32_t producer = 0; producer < PRODUCERS; producer++) {
		pin(producer);
		if (made(fork(), "fork") == 0)
			produce(&address, rate, length_ms);
	}
	while (wait(&status) > 0) {
		if (status)
			errx(EXIT_PREPARATION, "a producer failed");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("{\"calls\":%lu,\"seconds\":%.3f}\n", (uint64_t)rate * length_ms / 1000 * PRODUCERS,
	       (double)(end.tv_sec - begin.tv_sec) +
	               (double)(end.tv_nsec - begin.tv_nsec) / (double)SECOND_NS);
	return 0;
}
