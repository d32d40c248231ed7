/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the audit stream to the audit log, without losing count: the loop that `cgward daemon` and
 * the reader of `cgward run` share. Prints nothing.
 *
 * A reader may be killed at any moment. The next one finds in the log what has been told, in the
 * kernel's counters what happened, and tells the difference.
 */
#pragma once

#include "kernel/ward.h"

#define READER_DEFAULT_LOG "/var/log/cgward/audit.jsonl"

/* A record waits no longer than this for a reader that keeps up. */
#define READER_LATENCY_MS 50

struct reader;

/* To be the one reader of this ward. -EBUSY with a finding that names who is. */
int reader_lock(struct ward *ward, struct diag *diag);

/* Whether the process that reads has the file of that name open. True where it cannot be seen. */
bool reader_has_open(const struct ward *ward, const char *path);

/* The same, waiting for whoever is. 0: locked; -EINTR: `stop_fd` became readable first. */
int reader_wait_for_lock(struct ward *ward, int stop_fd);

struct reader_options {
	const char *log_path; /* NULL: READER_DEFAULT_LOG */
	unsigned int pages;   /* for each CPU; 0: a default */
	/* The log could not be written (-errno), or can be written again (0). May be NULL. */
	void (*log_state)(void *context, int error);
	void *context;
};

/* Opens log and stream and tells what was lost before. The caller holds the reader lock, keeps
 * `ward` open until reader_close(), and may have unlocked it. */
int reader_open(struct ward *ward, const struct reader_options *options, struct diag *diag,
                struct reader **ret_reader);

/* Reads until `wake_fd` is readable (0), or until the pins have been replaced (-ESTALE). */
int reader_run(struct reader *reader, int wake_fd);

/* Goes on in the file that the log's path names now. */
int reader_reopen_log(struct reader *reader, struct diag *diag);

struct reader_summary {
	uint64_t written, suppressed, lost; /* since this reader began */
	int log_error;                      /* of the last flush, or 0 */
};

/* Drains, tells the rest, closes. `ret_summary` may be NULL. */
void reader_close(struct reader *reader, struct reader_summary *ret_summary);
