/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * families NAME CPU SLICE_US: times what a seccomp filter of `cgward run` costs whoever has it: a
 * call that it lets pass, and one that it stops, getppid(2) and making an AF_UNIX socket. Prints
 * members of a JSON object, nanoseconds a call, which begin with NAME. How the rest of a round goes
 * is the caller's business (row_families of rows_calls.bash).
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "place.h"

#define BATCH       16
#define BATCHES_MAX 65536

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void passed(void)
{
	syscall(SYS_getppid);
}

static void stopped(void)
{
	close(made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The lower quartile over batches, as rounds.c has it. */
static double slice_ns(void (*call)(void), uint64_t length_ns)
{
	static uint64_t batches_ns[BATCHES_MAX];
	uint64_t begin_ns = now_ns();
	size_t count = 0;

	do {
		uint64_t before_ns = now_ns();

		for (int i = 0; i < BATCH; i++)
			call();
		batches_ns[count++] = now_ns() - before_ns;
	} while (count < BATCHES_MAX && now_ns() - begin_ns < length_ns);
	qsort(batches_ns, count, sizeof(batches_ns[0]), by_size);
	return (double)batches_ns[count / 4] / BATCH;
}

int main(int argc, char **argv)
{
	uint64_t length_ns;

	if (argc != 4)
		errx(EXIT_USAGE, "usage: families NAME CPU SLICE_US");
	pin((uint32_t)strtoul(argv[2], NULL, 10));
	length_ns = strtoul(argv[3], NULL, 10) * 1000;
	slice_ns(stopped, length_ns / 2);
	printf("\"%s passed\":%.1f,\"%s stopped\":%.1f", argv[1], slice_ns(passed, length_ns),
	       argv[1], slice_ns(stopped, length_ns));
	return 0;
}
