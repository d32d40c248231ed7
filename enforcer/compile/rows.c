/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of one operation are found by the rule, rows of several by a hash of their words.
 */
#include "compile/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int rows_init(struct rows *rows, size_t rule_count)
{
	rows->single = calloc(rule_count + 1, sizeof(*rows->single));
	rows->rule_count = rule_count;
	return rows->single ? 0 : -ENOMEM;
}

void rows_fini(struct rows *rows)
{
	free(rows->words.items);
	free(rows->single);
	for (unsigned i = 0; i <= OPERATIONS_MAX; i++)
		free(rows->tables[i].slots);
}

/* As it stands in the row: the rule's index + 1; the default is 0. */
static uint32_t row_word(const struct decided *decided)
{
	return decided->rule == DECIDED_BY_DEFAULT ? 0 : decided->rule + 1;
}

static int append_row(struct rows *rows, const uint32_t *words, unsigned count,
                      uint32_t *ret_offset)
{
	size_t offset = rows->words.count;

	/* all ones is not a row */
	if (offset + count >= OUTCOME_ROW_MASK)
		return -E2BIG;
	for (unsigned i = 0; i < count; i++) {
		int error = array_append(&rows->words, words[i]);

		if (error)
			return error;
	}
	*ret_offset = (uint32_t)offset;
	return 0;
}

static size_t hash_row(const uint32_t *words, unsigned count)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < count; i++) {
		hash = (hash ^ words[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 31;
	}
	return (size_t)hash;
}

static void insert_slot(uint32_t *slots, size_t slot_count, const uint32_t *words, unsigned count,
                        uint32_t value)
{
	size_t at = hash_row(words, count) & (slot_count - 1);

	while (slots[at])
		at = (at + 1) & (slot_count - 1);
	slots[at] = value;
}

static int grow_slots(struct rows *rows, unsigned count)
{
	struct row_table *table = &rows->tables[count];
	size_t slot_count = table->slot_count ? table->slot_count * 2 : 64;
	uint32_t *slots;

	if (table->slots_used * 2 < table->slot_count)
		return 0;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->slot_count; i++) {
		if (table->slots[i])
			insert_slot(slots, slot_count, rows->words.items + table->slots[i] - 1,
			            count, table->slots[i]);
	}
	free(table->slots);
	table->slots = slots;
	table->slot_count = slot_count;
	return 0;
}

static int row_of_one(struct rows *rows, uint32_t word, uint32_t *ret_offset)
{
	int error;

	if (!rows->single[word]) {
		error = append_row(rows, &word, 1, ret_offset);
		if (error)
			return error;
		rows->single[word] = *ret_offset + 1;
	}
	*ret_offset = rows->single[word] - 1;
	return 0;
}

static int row_of_several(struct rows *rows, const uint32_t *words, unsigned count,
                          uint32_t *ret_offset)
{
	struct row_table *table = &rows->tables[count];
	int error = grow_slots(rows, count);
	size_t at;

	if (error)
		return error;
	at = hash_row(words, count) & (table->slot_count - 1);
	for (; table->slots[at]; at = (at + 1) & (table->slot_count - 1)) {
		uint32_t offset = table->slots[at] - 1;

		if (!memcmp(rows->words.items + offset, words, count * sizeof(*words))) {
			*ret_offset = offset;
			return 0;
		}
	}
	error = append_row(rows, words, count, ret_offset);
	if (error)
		return error;
	table->slots[at] = *ret_offset + 1;
	table->slots_used++;
	return 0;
}

int rows_outcome(struct rows *rows, const struct decided *decided, unsigned operations,
                 uint32_t *ret_outcome)
{
	uint32_t words[OPERATIONS_MAX], outcome = REF_OUTCOME << REF_KIND_SHIFT, offset = 0;
	int error;

	for (unsigned i = 0; i < operations; i++) {
		words[i] = row_word(&decided[i]);
		outcome |= (uint32_t)decided[i].verdict << (OUTCOME_VERDICT_SHIFT + 2 * i);
	}
	if (decided[0].rule == DECIDED_OUTSIDE) {
		*ret_outcome = outcome | OUTCOME_ROW_MASK;
		return 0;
	}
	error = operations == 1 ? row_of_one(rows, words[0], &offset)
	                        : row_of_several(rows, words, operations, &offset);
	if (error)
		return error;
	*ret_outcome = outcome | offset;
	return 0;
}
