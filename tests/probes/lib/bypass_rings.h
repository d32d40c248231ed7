/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways round [file] by io_uring. */
#pragma once

#include <grp.h>
#include <liburing.h>

#include "bypass.h"

static struct io_uring_sqe *uring_begin(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_queue_init(4, ring, 0) ? NULL : io_uring_get_sqe(ring);

	if (!sqe)
		errx(EXIT_PREPARATION, "io_uring");
	return sqe;
}

static int uring_end(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int error;

	if (io_uring_submit_and_wait(ring, 1) < 0 || io_uring_wait_cqe(ring, &cqe))
		errx(EXIT_PREPARATION, "io_uring: no completion");
	error = cqe->res < 0 ? cqe->res : 0;
	io_uring_queue_exit(ring);
	return error;
}

static int uring_way(unsigned int flags)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	io_uring_prep_openat(sqe, AT_FDCWD, SECRET, O_RDONLY, 0);
	io_uring_sqe_set_flags(sqe, flags);
	return uring_end(&ring);
}

static int uring_open(void)
{
	return uring_way(0);
}

static int uring_worker(void)
{
	return uring_way(IOSQE_ASYNC);
}

/* With credentials that are not the task's any more, as the kernel has them when it works for
 * itself. A worker thread does it. */
static int uring_personality(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	int personality = io_uring_register_personality(&ring);

	if (personality < 0 || setgroups(0, NULL))
		errx(EXIT_PREPARATION, "personality");
	io_uring_prep_setxattr(sqe, "trusted.bypass", "1", SECRET, 0, 1);
	sqe->personality = (__u16)personality;
	return uring_end(&ring);
}

static const struct bypass bypass_rings[] = {
	{ "uring-open", uring_open },
	{ "uring-worker", uring_worker },
	{ "uring-personality", uring_personality },
};
