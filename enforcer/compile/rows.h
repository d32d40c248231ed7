/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outcomes: the verdict of each operation in the reference itself, the rules that gave them in the
 * rows area, every row kept once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/array.h"

/* Who decided an operation: a rule's index, or one of these. */
#define DECIDED_BY_DEFAULT UINT32_MAX
#define DECIDED_OUTSIDE    (UINT32_MAX - 1) /* [socket] does not police the family */

struct decided {
	uint32_t rule;
	uint8_t verdict;
};

/* Rows of one length. */
struct row_table {
	uint32_t *slots; /* owned; open addressing: offset + 1 */
	size_t slot_count, slots_used;
};

struct rows {
	ARRAY(uint32_t) words;
	uint32_t *single; /* owned; by rule + 1: offset + 1 of the row of one operation, or 0 */
	size_t rule_count;
	struct row_table tables[OPERATIONS_MAX + 1]; /* by operations; of those with several */
};

#define ROWS_INIT \
	{         \
		0 \
	}

int rows_init(struct rows *rows, size_t rule_count); /* 0 or -ENOMEM */
void rows_fini(struct rows *rows);

/* The outcome for what was decided for each operation. 0, -ENOMEM, or -E2BIG: more rows than an
 * outcome can name. */
int rows_outcome(struct rows *rows, const struct decided *decided, unsigned operations,
                 uint32_t *ret_outcome);
