/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What loading costs:
 *
 *   load PINS ROUNDS
 *
 * Each round begins with nothing pinned and times ward_open, which makes and pins the maps, and the
 * loading and pinning of programs: of all, and of those that a policy with [device] or [connect]
 * alone needs. And the opening and loading of as many programs of the same types as all that do
 * nothing. Prints a JSON object a round, wall time in microseconds by name.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../probes/lib/address.h"
#include "empty.skel.h"
#include "kernel/ward_private.h"

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(int error, const char *what)
{
	if (error)
		errx(EXIT_PREPARATION, "%s: %s", what, strerror(-error));
}

static double time_ward(const char *pins, uint32_t hooks)
{
	struct diag diag = DIAG_INIT;
	struct ward *ward = NULL;
	double begin_us, end_us;
	size_t removed;

	must(ward_remove_all(pins, &diag, &removed), "ward_remove_all");
	begin_us = now_us();
	must(ward_open(pins, WARD_CHANGE, &diag, &ward), "ward_open");
	must(programs_need(ward, hooks, &diag), "programs_need");
	end_us = now_us();
	ward_close(ward);
	diag_fini(&diag);
	return end_us - begin_us;
}

static double time_empty(void)
{
	double begin_us = now_us(), end_us;
	struct empty_bpf *empty = empty_bpf__open_and_load();

	end_us = now_us();
	if (!empty)
		err(EXIT_PREPARATION, "empty.bpf.o");
	empty_bpf__destroy(empty);
	return end_us - begin_us;
}

#define DEVICE_HOOKS (1U << HOOK_DEVICE)
#define CONNECT_HOOKS \
	(1U << HOOK_CONNECT4 | 1U << HOOK_CONNECT6 | 1U << HOOK_SENDMSG4 | 1U << HOOK_SENDMSG6)

int main(int argc, char **argv)
{
	struct diag diag = DIAG_INIT;
	uint32_t rounds;
	size_t removed;

	if (argc != 3)
		errx(EXIT_USAGE, "usage: load PINS ROUNDS");
	rounds = number(argv[2]);
	for (uint32_t i = 0; i < rounds; i++) {
		/* Backwards every second time. */
		double first_us = i % 2 ? time_empty() : time_ward(argv[1], ALL_HOOKS);
		double second_us = i % 2 ? time_ward(argv[1], ALL_HOOKS) : time_empty();

		printf("{\"load\":%.1f,\"empty\":%.1f,\"device\":%.1f,\"connect\":%.1f}\n",
		       i % 2 ? second_us : first_us, i % 2 ? first_us : second_us,
		       time_ward(argv[1], DEVICE_HOOKS), time_ward(argv[1], CONNECT_HOOKS));
	}
	must(ward_remove_all(argv[1], &diag, &removed), "ward_remove_all");
	diag_fini(&diag);
	return 0;
}
