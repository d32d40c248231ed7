/* SPDX-License-Identifier: BSD-2-Clause */
#include "automaton_check.h"

#include <stdlib.h>
#include <string.h>

#define STATES_MAX 2000

static int view_words(struct compiled *compiled)
{
	size_t blocks = (compiled->nodes.used + IMAGE_BLOCK_WORDS - 1) / IMAGE_BLOCK_WORDS;

	/* nodes grow by doubling from one block, so there are whole blocks */
	compiled->view = (struct image_words){ compiled->nodes.words, (uint32_t)blocks };
	return 0;
}

int compile_globs(struct compiled *compiled, const struct glob_rule *rules, size_t count,
                  const size_t *order, unsigned operations, enum verdict fallback, uint64_t effort)
{
	struct pattern *patterns = calloc(count + 1, sizeof(*patterns));
	struct globs globs = { patterns, count, operations, (uint8_t)fallback, { { 0 } } };
	int error;

	memset(compiled, 0, sizeof(*compiled));
	compiled->by_rule = calloc(count + 1, sizeof(*compiled->by_rule));
	compiled->effort = (struct effort){ .limit = effort, .by_rule = compiled->by_rule };
	compiled->operations = operations;
	if (!patterns || !compiled->by_rule || rows_init(&compiled->rows, count))
		abort();
	for (unsigned i = 0; i < operations; i++)
		globs.anonymous[i] = (struct decided){ DECIDED_BY_DEFAULT, (uint8_t)fallback };
	for (size_t i = 0; i < count; i++) {
		size_t rule = order ? order[i] : i;
		uint8_t all = (uint8_t)((1U << operations) - 1);

		patterns[i] = (struct pattern){
			.glob = span_of(rules[rule].glob),
			.rule = (uint32_t)rule,
			.verdict = rules[rule].verdict,
			.operations = rules[rule].operations ? rules[rule].operations : all,
		};
	}
	error = automaton_build(&globs, &compiled->nodes, &compiled->rows, &compiled->effort,
	                        &compiled->automaton, &compiled->marks);
	free(patterns);
	return error ? error : view_words(compiled);
}

void compiled_fini(struct compiled *compiled)
{
	nodes_fini(&compiled->nodes);
	rows_fini(&compiled->rows);
	free(compiled->by_rule);
}

struct decided ask_automaton(const struct compiled *compiled, const char *string,
                             unsigned operation)
{
	uint32_t outcome =
	        automaton_match(&compiled->view, &compiled->automaton, string, strlen(string));
	struct decided decided = { .verdict = (uint8_t)outcome_verdict(outcome, operation) };
	uint32_t word;

	if (ref_kind(outcome) != REF_OUTCOME ||
	    outcome_row(outcome) + operation >= compiled->rows.words.count)
		abort();
	word = compiled->rows.words.items[outcome_row(outcome) + operation];
	decided.rule = word ? word - 1 : DECIDED_BY_DEFAULT;
	return decided;
}

/* ---- minimality -------------------------------------------------------------------------- */

struct table {
	uint32_t states[STATES_MAX], outcomes[STATES_MAX];
	uint16_t ways[STATES_MAX][256];
	uint16_t group[STATES_MAX];
	unsigned count;
};

static unsigned number_of(struct table *table, uint32_t state)
{
	unsigned i = 0;

	while (i < table->count && table->states[i] != state)
		i++;
	if (i == table->count && i < STATES_MAX)
		table->states[table->count++] = state;
	return i;
}

static const char *explore(const struct compiled *compiled, struct table *table)
{
	struct automaton_walk walk;

	number_of(table, compiled->automaton.start);
	for (unsigned i = 0; i < table->count; i++) {
		if (automaton_begin(&compiled->view, table->states[i], &walk))
			return "a state is beyond the image";
		table->outcomes[i] = automaton_outcome(&compiled->view, &walk);
		if (table->outcomes[i] == REF_INVALID)
			return "a state has no outcome";
		for (unsigned byte = 1; byte < 256; byte++) {
			automaton_begin(&compiled->view, table->states[i], &walk);
			if (automaton_step(&compiled->view, &walk, (uint8_t)byte))
				return "a step leads out of the image";
			if ((table->states[i] & AUTOMATON_SETTLED) &&
			    walk.state != table->states[i])
				return "a settled state is left";
			table->ways[i][byte] = (uint16_t)number_of(table, walk.state);
			if (table->count == STATES_MAX)
				return "too many states to look at";
		}
	}
	return NULL;
}

static bool differ(const struct table *table, unsigned a, unsigned b)
{
	if (table->group[a] != table->group[b])
		return true;
	for (unsigned byte = 1; byte < 256; byte++) {
		if (table->group[table->ways[a][byte]] != table->group[table->ways[b][byte]])
			return true;
	}
	return false;
}

/* Groups states that nothing tells apart; returns how many groups there are. */
static unsigned group_states(struct table *table)
{
	unsigned groups = 0, before;

	for (unsigned i = 0; i < table->count; i++) {
		unsigned j = 0;

		while (table->outcomes[j] != table->outcomes[i])
			j++;
		table->group[i] = j == i ? (uint16_t)groups++ : table->group[j];
	}
	do {
		uint16_t next[STATES_MAX];

		before = groups;
		groups = 0;
		for (unsigned i = 0; i < table->count; i++) {
			unsigned j = 0;

			while (j < i && differ(table, i, j))
				j++;
			next[i] = j == i ? (uint16_t)groups++ : next[j];
		}
		memcpy(table->group, next, table->count * sizeof(*next));
	} while (groups != before);
	return groups;
}

const char *automaton_fault(const struct compiled *compiled)
{
	struct table *table = calloc(1, sizeof(*table));
	const char *fault;

	if (!table)
		abort();
	fault = explore(compiled, table);
	if (!fault && table->count != compiled->automaton.states)
		fault = "not as many states as it says";
	if (!fault && group_states(table) != table->count)
		fault = "two states are the same";
	free(table);
	return fault;
}
