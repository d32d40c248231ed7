/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far long work has come: a line on stderr that is written over, and gone at the end. Only
 * where somebody can see it, and where it spoils nothing: stderr is a terminal, and what the work
 * prints goes to a file (the reader of a pipe may be a pager on the same terminal).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what; /* "questions" */
	bool visible, shown;
	uint64_t next_ns;
};

void progress_begin(struct progress *progress, const char *what);

/* Cheap enough for each item: looks at the clock once in a thousand. */
void progress_step(struct progress *progress, size_t done);

/* Before anything else goes to stderr, and at the end. */
void progress_clear(struct progress *progress);
