/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of [operation] io_uring. What comes after the ring is made is tried on one that is
 * inherited: a policed task would not be given its own. */
#pragma once

#include <liburing.h>

#include "hook.h"

#define RING_PARAMETERS FREE "ring"

static int make_ring(unsigned int flags)
{
	struct io_uring_params parameters = { .flags = flags };

	return (int)syscall(SYS_io_uring_setup, 4, &parameters);
}

static int set_up(void)
{
	return closed(make_ring(0));
}

static int set_up_polled(void)
{
	return closed(make_ring(IORING_SETUP_SQPOLL));
}

static void hold_ring(void)
{
	struct io_uring_params parameters = { 0 };
	int fd = ready((int)syscall(SYS_io_uring_setup, 4, &parameters), "io_uring_setup");
	int file = ready(open(RING_PARAMETERS, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), "ring");

	ready(write(file, &parameters, sizeof(parameters)) == sizeof(parameters) ? 0 : -1, "ring");
	close(file);
	ready(dup2(fd, HELD_RING), "dup2");
	close(fd);
}

/* Submits one request and returns what it came to. */
static int submit(const struct io_uring_sqe *request)
{
	struct io_uring_params parameters;
	struct io_uring ring;
	struct io_uring_cqe *completion;
	struct io_uring_sqe *slot;
	unsigned int next;
	int file = ready(open(RING_PARAMETERS, O_RDONLY | O_CLOEXEC), "ring"), came;

	ready(read(file, &parameters, sizeof(parameters)) == sizeof(parameters) ? 0 : -1, "ring");
	if (io_uring_queue_mmap(HELD_RING, &parameters, &ring))
		err(UNPREPARED, "io_uring_queue_mmap");
	/* An earlier case may have used it, and its slot. */
	next = *ring.sq.ktail;
	ring.sq.sqe_head = ring.sq.sqe_tail = next;
	ring.sq.array[next & *ring.sq.kring_mask] = next & *ring.sq.kring_mask;
	slot = io_uring_get_sqe(&ring);
	if (!slot)
		errx(UNPREPARED, "the ring is full");
	*slot = *request;
	ready(io_uring_submit_and_wait(&ring, 1), "io_uring_submit");
	if (io_uring_peek_cqe(&ring, &completion))
		errx(UNPREPARED, "no completion");
	came = completion->res;
	io_uring_cqe_seen(&ring, completion);
	return came;
}

static int as_somebody(void)
{
	int personality = (int)syscall(SYS_io_uring_register, HELD_RING,
	                               IORING_REGISTER_PERSONALITY, NULL, 0);
	struct io_uring_sqe request = { .opcode = IORING_OP_NOP };

	request.personality = (uint16_t)ready(personality, "personality");
	return submit(&request);
}

/* The only file of every machine that takes commands, and does nothing. */
static int command(void)
{
	struct io_uring_sqe request = { .opcode = IORING_OP_URING_CMD };

	request.fd = ready(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
	return submit(&request);
}

static const struct hook_case ring_cases[] = {
	{ "uring", set_up, nothing_needed },
	{ "uring-sqpoll", set_up_polled, nothing_needed },
	{ "uring-creds", as_somebody, hold_ring },
	{ "uring-cmd", command, nothing_needed },
};
