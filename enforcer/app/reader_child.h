/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader beside a command: a process of its own that appends records to the audit log until it is
 * told to stop, and then drains. Where another reader is at work it waits, and takes over should
 * that one end.
 */
#pragma once

#include <sys/types.h>

struct reader_child {
	pid_t pid;   /* 0: none */
	int stop_fd; /* closed: stop. So it also stops when we are killed */
	const char *log_path;
	unsigned int mended;
};

#define READER_CHILD_INIT     \
	{                     \
		.stop_fd = -1 \
	}

/* Starts it at --pins and waits until records are being read, by it or by another. The caller holds
 * no lock of the ward. 0 or -errno; what is wrong with the log has then been printed. */
int reader_child_start(const char *log_path, struct reader_child *ret_child);

/* If it was killed, starts another: what it had not written is told as lost. Gives up after a few.
 */
void reader_child_mend(struct reader_child *child);

/* Returns when all records of calls made before are in the log. Nothing if there is none. */
void reader_child_stop(struct reader_child *child);
