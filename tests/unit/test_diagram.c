/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables: whatever the pairs, a walk through the index and the sorted table finds the pair that a
 * linear search finds. Boxes: ranges that overlap without nesting are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/image_block.h"
#include "compile/diagram.h"
#include "random_policy.h"

#define PAIRS_MAX 70000

/* An outcome with a row, so that each pair's is another. */
static uint32_t outcome(uint32_t row)
{
	return REF_OUTCOME << REF_KIND_SHIFT | VERDICT_DENY << OUTCOME_VERDICT_SHIFT | row;
}

static uint32_t search(const struct pair *pairs, size_t count, uint32_t key)
{
	size_t low = 0;

	while (low + 1 < count && pairs[low + 1].key <= key)
		low++;
	return pairs[low].ref;
}

/* Keys that begin at `base`, in steps up to `step`. */
static size_t make_pairs(struct pair *pairs, size_t count, uint32_t base, uint32_t step)
{
	struct random random = { .state = base + step };
	uint64_t key = base;
	size_t made = 1;

	pairs[0] = (struct pair){ 0, outcome(0) };
	for (; made < count; made++) {
		key += 1 + random_below(&random, step);
		if (key > UINT32_MAX)
			break;
		pairs[made] = (struct pair){ (uint32_t)key, outcome((uint32_t)made) };
	}
	return made;
}

static void check_table(const struct pair *pairs, size_t count, unsigned key_bits)
{
	struct random random = { .state = count };
	struct nodes nodes = NODES_INIT;
	struct image_words view;
	uint32_t ref = 0;

	assert_int_equal(nodes_add(&nodes, pairs, count, key_bits, 0, &ref), 0);
	view = (struct image_words){ nodes.words, (uint32_t)(nodes.capacity / IMAGE_BLOCK_WORDS) };
	for (unsigned i = 0; i < 300; i++) {
		uint32_t key = pairs[random_below(&random, (uint32_t)count)].key;

		key += random_below(&random, 3) - 1;
		if (key_bits < 32)
			key &= (1U << key_bits) - 1;
		assert_int_equal(diagram_step(&view, ref, key), search(pairs, count, key));
	}
	nodes_fini(&nodes);
}

static void tables_find_what_a_linear_search_finds(void **state)
{
	static const size_t counts[] = { 2, 63, 64, 65, 100, 1000, 2047, 2048, 5000, PAIRS_MAX };
	static const uint32_t bases[] = { 1, 0x0a000000, 0xfffe0000 };
	static const uint32_t steps[] = { 1, 3, 300, 60000 };
	struct pair *pairs = calloc(PAIRS_MAX, sizeof(*pairs));

	(void)state;
	assert_non_null(pairs);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		for (size_t j = 0; j < sizeof(bases) / sizeof(*bases); j++) {
			for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
				size_t made = make_pairs(pairs, counts[i], bases[j], steps[k]);

				check_table(pairs, made, 32);
			}
		}
	}
	check_table(pairs, make_pairs(pairs, 20000, 1, 3), 18);
	free(pairs);
}

static void clusters_get_an_index_of_their_own(void **state)
{
	struct pair *pairs = calloc(PAIRS_MAX, sizeof(*pairs));
	size_t count;

	(void)state;
	assert_non_null(pairs);
	/* a dense stretch, and one lone key far away */
	count = make_pairs(pairs, 60000, 0x0a000000, 1);
	pairs[count++] = (struct pair){ 0xf0000000, outcome(999999) };
	check_table(pairs, count, 32);
	free(pairs);
}

static void equal_tables_are_kept_once(void **state)
{
	struct pair pairs[] = { { 0, outcome(0) }, { 5, outcome(1) } };
	struct nodes nodes = NODES_INIT;
	uint32_t first = 0, second = 0, marked = 0;

	(void)state;
	assert_int_equal(nodes_add(&nodes, pairs, 2, 32, 0, &first), 0);
	pairs[0].key = 3; /* the first key is never compared */
	assert_int_equal(nodes_add(&nodes, pairs, 2, 32, 0, &second), 0);
	assert_int_equal(first, second);
	assert_int_equal(nodes_add(&nodes, pairs, 2, 32, 1, &marked), 0);
	assert_int_not_equal(first, marked);
	assert_int_equal(nodes_marks(&nodes, marked), 1);
	nodes_fini(&nodes);
}

static void an_image_has_a_limit(void **state)
{
	struct nodes nodes = NODES_INIT;
	size_t offset = 0;

	(void)state;
	assert_int_equal(nodes_area(&nodes, IMAGE_WORDS_MAX, 8, &offset), -E2BIG);
	assert_int_equal(offset, 0);
	nodes_fini(&nodes);
}

static void crossing_head_ranges_are_refused(void **state)
{
	struct effort effort = { .limit = 1000 };
	struct nodes nodes = NODES_INIT;
	struct rows rows = ROWS_INIT;
	struct diagram diagram = { .heads = 1,
		                   .last_key = UINT32_MAX,
		                   .operations = 1,
		                   .fallback = VERDICT_DENY,
		                   .mark_shift = 31,
		                   .nodes = &nodes,
		                   .rows = &rows,
		                   .effort = &effort };
	struct box low = { .heads = { { 0, 10 } } }, high = { .heads = { { 5, 20 } } };
	uint32_t root = 0;

	(void)state;
	assert_int_equal(rows_init(&rows, 1), 0);
	assert_int_equal(diagram_add_tail(&diagram, &low.tail), 0);
	assert_int_equal(array_append(&diagram.boxes, low), 0);
	assert_int_equal(array_append(&diagram.boxes, high), 0);
	assert_int_equal(diagram_build(&diagram, &root), -EINVAL);
	diagram_fini(&diagram);
	rows_fini(&rows);
	nodes_fini(&nodes);
}

static void long_lists_are_sorted_and_stable(void **state)
{
	struct sort_entry *entries = calloc(5000, sizeof(*entries));
	struct sort_entry *scratch = calloc(5000, sizeof(*scratch));
	struct random random = { .state = 1 };

	(void)state;
	assert_true(entries && scratch);
	for (size_t count = 0; count < 5000; count = count * 3 + 1) {
		for (uint32_t i = 0; i < count; i++) {
			entries[i].key = (uint64_t)random_below(&random, 50) << 40 |
			                 random_below(&random, 3);
			entries[i].value = i;
		}
		sort_entries(entries, scratch, count);
		for (size_t i = 1; i < count; i++)
			assert_true(entries[i - 1].key < entries[i].key ||
			            (entries[i - 1].key == entries[i].key &&
			             entries[i - 1].value < entries[i].value));
	}
	free(entries);
	free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_find_what_a_linear_search_finds),
		cmocka_unit_test(clusters_get_an_index_of_their_own),
		cmocka_unit_test(equal_tables_are_kept_once),
		cmocka_unit_test(an_image_has_a_limit),
		cmocka_unit_test(crossing_head_ranges_are_refused),
		cmocka_unit_test(long_lists_are_sorted_and_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
