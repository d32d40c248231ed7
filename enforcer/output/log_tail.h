/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an audit log already tells of an epoch: the totals of its last "account" line, and all lines
 * after it added up. From there the next reader goes on counting.
 */
#pragma once

#include <sys/types.h>

#include "output/accounting.h"

/* An account line is written at least this often; so a search needs to go no further back. */
#define ACCOUNT_EVERY_BYTES (8U << 20)

/*
 * Fills `accounting` (its epoch is set, the rest empty) from the whole lines of `fd`. *ret_found:
 * whether the log knows the epoch at all. 0, -ENOMEM, or what reading said.
 */
int log_tail_read(int fd, struct accounting *accounting, bool *ret_found);

/* The end of a file of `size` bytes, at most `limit` of them, malloc'ed. */
int log_read_end(int fd, off_t size, size_t limit, char **ret_text, size_t *ret_length);
