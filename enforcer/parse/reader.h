/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of an INI file, read by inih behind a guard. Nothing here knows what a policy is.
 */
#pragma once

#include "base/text.h"
#include "parse/load.h"

/* A line of a file, without its line end. */
struct line {
	uint32_t number; /* from 1 */
	struct span text;
};

#define KEY_BYTES_MAX 49 /* inih cuts longer section names and keys and says nothing */

/* All return 0 or -errno; anything but 0 ends the reading. Pointers into the file's text. */
struct reader_events {
	void *context;
	int (*section)(void *context, const struct line *line, struct span name);
	int (*value)(void *context, const struct line *line, struct span key, struct span value);
	int (*reject)(void *context, const struct line *line, const struct complaint *complaint);
};

/*
 * Reads `text`, which outlives the events' use of it. Every fault of form is given to `reject`, and
 * reading goes on, so that one run finds all. Keys below a header that could not be understood are
 * not announced. 0, or what an event returned, or -EPROTO if inih and the guard disagree about a
 * line (which would be a fault in the guard: nothing may then be relied on).
 */
int ini_read(const char *text, size_t length, const struct reader_events *events);

/* Cuts the next line off *rest, without its \n or \r\n. False at the end. */
bool next_line(struct span *rest, struct line *line);

/* Drops a UTF-8 byte order mark from the front. */
struct span skip_byte_order_mark(struct span text);

/* What must hold for every line of a policy or a list: no NUL, no control characters but tab,
 * UTF-8. 0 or -EINVAL. */
int line_check(const struct line *line, struct complaint *ret_complaint);
