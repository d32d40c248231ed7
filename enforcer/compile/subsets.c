/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set is kept without what a star in it covers (patterns.c). Every place in every set is counted
 * as effort, so patterns that explode end in an error.
 */
#include "compile/subsets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void subsets_fini(struct subsets *subsets)
{
	free(subsets->subsets.items);
	free(subsets->places.items);
	free(subsets->slots);
	free(subsets->stamps);
	free(subsets->next.items);
	free(subsets->bytes.items);
	free(subsets->sets.items);
	free(subsets->any.items);
	free(subsets->deep.items);
	free(subsets->scratch.items);
}

/* ---- one set ----------------------------------------------------------------------------- */

void subsets_begin(struct subsets *subsets)
{
	subsets->stamp++;
	subsets->next.count = 0;
}

int subsets_add(struct subsets *subsets, uint32_t place)
{
	if (subsets->stamps[place] == subsets->stamp)
		return 0;
	subsets->stamps[place] = subsets->stamp;
	return array_append(&subsets->next, place);
}

/* Two stars alone between slashes may stand for no component: then what is behind the second slash
 * is right behind the first. */
static int add_skipped(struct subsets *subsets, uint32_t star)
{
	const struct pattern_node *nodes = subsets->patterns->nodes.items;

	for (uint32_t i = star + 1; i < nodes[star].end; i = nodes[i].end) {
		if (is_slash(&nodes[i]))
			return subsets_add(subsets, i);
	}
	return 0;
}

/* Stars may match nothing, so whoever is before one is behind it too. */
static int close_set(struct subsets *subsets)
{
	const struct pattern_node *nodes = subsets->patterns->nodes.items;
	int error = 0;

	for (size_t i = 0; !error && i < subsets->next.count; i++) {
		uint32_t place = subsets->next.items[i];
		const struct pattern_node *node = &nodes[place];

		for (uint32_t star = place + 1; !error && star < node->end && is_star(&nodes[star]);
		     star = nodes[star].end) {
			error = subsets_add(subsets, star);
			if (!error && nodes[star].kind == GLOB_DEEP_RUN && is_slash(node))
				error = add_skipped(subsets, star);
		}
	}
	return error;
}

static int compare_places(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_places(struct subsets *subsets)
{
	uint32_t *places = subsets->next.items;

	if (subsets->next.count > 32) {
		qsort(places, subsets->next.count, sizeof(*places), compare_places);
		return;
	}
	for (size_t i = 1; i < subsets->next.count; i++) {
		uint32_t moving = places[i];
		size_t j = i;

		for (; j > 0 && places[j - 1] > moving; j--)
			places[j] = places[j - 1];
		places[j] = moving;
	}
}

/* From the last place to the first: a star stands behind what it covers. */
static void drop_covered(struct subsets *subsets)
{
	const struct pattern_node *nodes = subsets->patterns->nodes.items;
	uint32_t *places = subsets->next.items;
	uint32_t covered = NO_NODE;
	size_t kept = subsets->next.count;

	for (size_t i = subsets->next.count; i-- > 0;) {
		if (places[i] >= covered)
			continue;
		if (is_star(&nodes[places[i]]))
			covered = nodes[places[i]].covers;
		places[--kept] = places[i];
	}
	subsets->next.count -= kept;
	memmove(places, places + kept, subsets->next.count * sizeof(*places));
}

static int charge(struct subsets *subsets)
{
	const struct pattern_node *nodes = subsets->patterns->nodes.items;

	array_foreach (place, &subsets->next) {
		if (nodes[*place].rule != SEVERAL_RULES)
			subsets->effort->by_rule[nodes[*place].rule]++;
	}
	return effort_spend(subsets->effort, subsets->next.count + 1);
}

/* ---- each set once ----------------------------------------------------------------------- */

static uint32_t hash_places(const uint32_t *places, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ places[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static int grow_slots(struct subsets *subsets)
{
	size_t count = subsets->slot_count ? subsets->slot_count * 2 : 256;
	uint32_t *slots;

	if (subsets->subsets.count * 2 < subsets->slot_count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < subsets->subsets.count; i++) {
		size_t at = subsets->subsets.items[i].hash & (count - 1);

		while (slots[at])
			at = (at + 1) & (count - 1);
		slots[at] = i + 1;
	}
	free(subsets->slots);
	subsets->slots = slots;
	subsets->slot_count = count;
	return 0;
}

/* Of the patterns that end in the set, who decides. */
static int outcome_of_set(struct subsets *subsets, uint32_t *ret_outcome)
{
	const struct patterns *patterns = subsets->patterns;
	struct decided decided[OPERATIONS_MAX];
	uint64_t keys[OPERATIONS_MAX];

	for (unsigned i = 0; i < OPERATIONS_MAX; i++) {
		decided[i] = (struct decided){ DECIDED_BY_DEFAULT, subsets->outcomes->fallback };
		keys[i] = UINT64_MAX;
	}
	array_foreach (place, &subsets->next) {
		uint32_t at = patterns->nodes.items[*place].accept;

		for (; at; at = patterns->accepts.items[at - 1].next) {
			const struct pattern_accept *accept = &patterns->accepts.items[at - 1];

			for (unsigned i = 0; i < subsets->outcomes->operations; i++) {
				if (!(accept->operations >> i & 1) || accept->key >= keys[i])
					continue;
				keys[i] = accept->key;
				decided[i] = (struct decided){ accept->rule, accept->verdict };
			}
		}
	}
	return rows_outcome(subsets->outcomes->rows, decided, subsets->outcomes->operations,
	                    ret_outcome);
}

static int add_state(struct subsets *subsets, uint32_t hash)
{
	struct subset subset = { .first = (uint32_t)subsets->places.count,
		                 .count = (uint32_t)subsets->next.count,
		                 .hash = hash };
	struct state state = { 0 };
	int error = outcome_of_set(subsets, &state.outcome);

	for (size_t i = 0; !error && i < subsets->next.count; i++)
		error = array_append(&subsets->places, subsets->next.items[i]);
	if (!error)
		error = array_append(&subsets->subsets, subset);
	if (!error)
		error = array_append(&subsets->states->states, state);
	return error;
}

int subsets_finish(struct subsets *subsets, uint32_t *ret_state)
{
	int error = close_set(subsets);
	uint32_t hash;
	size_t at;

	if (!error)
		error = grow_slots(subsets);
	if (error)
		return error;
	sort_places(subsets);
	drop_covered(subsets);
	hash = hash_places(subsets->next.items, subsets->next.count);
	at = hash & (subsets->slot_count - 1);
	for (; subsets->slots[at]; at = (at + 1) & (subsets->slot_count - 1)) {
		const struct subset *there = &subsets->subsets.items[subsets->slots[at] - 1];

		if (there->hash == hash && there->count == subsets->next.count &&
		    (!there->count ||
		     !memcmp(subsets->places.items + there->first, subsets->next.items,
		             there->count * sizeof(uint32_t)))) {
			*ret_state = subsets->slots[at] - 1;
			return charge(subsets);
		}
	}
	error = add_state(subsets, hash);
	if (error)
		return error;
	subsets->slots[at] = (uint32_t)subsets->subsets.count;
	*ret_state = (uint32_t)subsets->subsets.count - 1;
	return charge(subsets);
}
