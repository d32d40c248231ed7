/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a file that may hold anything and may still grow: bounded in length, numbered, and a
 * line whose end is not there yet is kept until it comes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_reader {
	int fd; /* not owned */
	char *buffer;
	size_t start, end; /* what is read and not yet given */
	uint64_t line;     /* number of the line given last */
	bool skipping;     /* within a line that is too long */
};

/* 0 or -ENOMEM. */
int line_reader_init(struct line_reader *reader, int fd);
void line_reader_fini(struct line_reader *reader);

/*
 * The next line without its newline, valid until the next call. 1: a line; 0: no whole line for
 * now; -EMSGSIZE: a line longer than AUDIT_LINE_BYTES_MAX was passed over; or what read(2) said.
 */
int line_reader_next(struct line_reader *reader, const char **ret_text, size_t *ret_length);

/* For a file that got shorter than what has been read of it. Its writer took back an unfinished
 * line of which we had a part: that part is forgotten. Or it was emptied: reading begins at its
 * start. */
int line_reader_resume(struct line_reader *reader);

/* Bytes after the last newline. */
size_t line_reader_pending(const struct line_reader *reader);
