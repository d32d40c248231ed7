/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit stream: the one reader of the perf buffer. Batched wakeups, a timer that drains, one
 * reader at a time (flock on the ward), losses told as numbers.
 */
#pragma once

#include "kernel/ward.h"

struct stream;

struct stream_handler {
	void *context;
	/* One record as it came, not checked; 8-byte aligned, valid during the call. The kernel may
	 * have padded it by up to seven bytes. */
	void (*record)(void *context, const void *bytes, size_t size, int cpu);
	/* Records this CPU's buffer had no room for. */
	void (*lost)(void *context, int cpu, uint64_t count);
};

/* Opens the buffers: from here on records arrive. The caller holds the reader lock. `pages` is a
 * power of two for each CPU (0: a default). */
int stream_open(struct ward *ward, unsigned int pages, const struct stream_handler *handler,
                struct diag *diag, struct stream **ret_stream);

/* Waits up to timeout_ms, then hands over whatever is there, sorted by time within the batch.
 * Number of records, or -errno. */
int stream_poll(struct stream *stream, int timeout_ms);
int stream_epoll_fd(const struct stream *stream);

/* Takes the buffers away from the programs, drains what is left, then closes: each record is
 * either handed over or counted as no_reader. */
void stream_close(struct stream *stream);

/* Waits until every program that is running now has finished: what was counted as attempted before
 * has then been sent or counted as lost. Takes some milliseconds. */
void stream_settle(void);
