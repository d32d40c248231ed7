/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * States start in one block for each outcome, and blocks are split until no two states of a block
 * lead to different blocks (Moore, 1956), with the larger part keeping the block's number, so that
 * a state is looked at again at most log n times for each of its ways (Hopcroft, 1971).
 *
 * The hard idea is how states are compared. A state names a fallback and exceptions, and two states
 * may tell the same in different words. So the hash of a state is a sum over the classes, class c
 * weighing w(c): where it leads counts sum(w) for the fallback, and w(c) times the difference for
 * an exception. It is the same whichever way the state is written, and takes no longer than
 * the exceptions. States of equal hash are compared class by class.
 */
#include "compile/partition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t number)
{
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9ULL;
	number = (number ^ number >> 27) * 0x94d049bb133111ebULL;
	return number ^ number >> 31;
}

static const struct state *state_of(const struct partition *partition, uint32_t number)
{
	return &partition->states->states.items[number];
}

static uint64_t value_of(const struct partition *partition, uint32_t target)
{
	return mix(partition->block_of[target] + 0x9e3779b97f4a7c15ULL);
}

static uint64_t hash_state(const struct partition *partition, uint32_t number)
{
	const struct state *state = state_of(partition, number);
	const struct exception *exceptions = exceptions_of(partition->states, state);
	uint64_t fallback = value_of(partition, state->fallback);
	uint64_t hash = fallback * partition->weight_sum;

	for (uint32_t i = 0; i < state->count; i++)
		hash += partition->weights[exceptions[i].class] *
		        (value_of(partition, exceptions[i].target) - fallback);
	return hash;
}

/* True if each class leads to the same block from both. */
static bool lead_alike(const struct partition *partition, uint32_t a, uint32_t b)
{
	const struct state *x = state_of(partition, a), *y = state_of(partition, b);
	const struct exception *from_x = exceptions_of(partition->states, x);
	const struct exception *from_y = exceptions_of(partition->states, y);
	const uint32_t *block_of = partition->block_of;
	uint32_t i = 0, j = 0;
	unsigned seen = 0;

	for (; i < x->count || j < y->count; seen++) {
		uint32_t class_x = i < x->count ? from_x[i].class : UINT32_MAX;
		uint32_t class_y = j < y->count ? from_y[j].class : UINT32_MAX;
		uint32_t to_x = class_x <= class_y ? from_x[i].target : x->fallback;
		uint32_t to_y = class_y <= class_x ? from_y[j].target : y->fallback;

		if (block_of[to_x] != block_of[to_y])
			return false;
		i += class_x <= class_y;
		j += class_y <= class_x;
	}
	return seen == partition->class_count || block_of[x->fallback] == block_of[y->fallback];
}

/* ---- blocks ------------------------------------------------------------------------------ */

static int wait_for(struct partition *partition, uint32_t state)
{
	if (partition->dirty[state] ||
	    partition->blocks.items[partition->block_of[state]].count == 1)
		return 0;
	partition->dirty[state] = true;
	return array_append(&partition->waiting, state);
}

/* Gives places [first, first + count) of a block a number of their own; who leads there is looked
 * at again. */
static int split_off(struct partition *partition, uint32_t first, uint32_t count)
{
	struct block block = { first, count };
	int error = array_append(&partition->blocks, block);

	for (uint32_t i = first; !error && i < first + count; i++)
		partition->block_of[partition->order[i]] = (uint32_t)partition->blocks.count - 1;
	for (uint32_t i = first; !error && i < first + count; i++) {
		uint32_t state = partition->order[i];
		uint32_t source = partition->first_source[state];

		for (; !error && source < partition->first_source[state + 1]; source++)
			error = wait_for(partition, partition->sources[source]);
	}
	return error;
}

static void put_at(struct partition *partition, uint32_t state, uint32_t place)
{
	uint32_t other = partition->order[place], from = partition->place[state];

	partition->order[place] = state;
	partition->order[from] = other;
	partition->place[state] = place;
	partition->place[other] = from;
}

/* Puts those of `entries` at `place` and behind that lead like `sample`, or those that do not.
 * Returns where the rest belongs. */
static uint32_t put_alike(struct partition *partition, const struct sort_entry *entries,
                          size_t count, uint32_t sample, bool alike, uint32_t place)
{
	for (size_t i = 0; i < count; i++) {
		if (lead_alike(partition, sample, entries[i].value) == alike)
			put_at(partition, entries[i].value, place++);
	}
	return place;
}

/* The parts of a block of which `entries` have been looked at, sorted by hash. In front stays who
 * was not looked at, and with them who leads alike. */
static int find_parts(struct partition *partition, const struct sort_entry *entries, size_t count)
{
	struct block block = partition->blocks.items[partition->block_of[entries[0].value]];
	uint32_t end = block.first + block.count, front = end - (uint32_t)count;
	int error = 0;

	for (size_t i = 0; i < count; i++)
		put_at(partition, entries[i].value, front + (uint32_t)i);
	if (front > block.first) {
		uint32_t sample = partition->order[block.first];

		front = put_alike(partition, entries, count, sample, true, front);
		put_alike(partition, entries, count, sample, false, front);
		error = array_append(&partition->parts,
		                     ((struct block){ block.first, front - block.first }));
	}
	for (uint32_t i = front; !error && i < end; i++) {
		struct block *last =
		        i > front ? partition->parts.items + partition->parts.count - 1 : NULL;

		if (last &&
		    lead_alike(partition, partition->order[last->first], partition->order[i]))
			last->count++;
		else
			error = array_append(&partition->parts, ((struct block){ i, 1 }));
	}
	return error;
}

/* `parts` are those of one block; the largest keeps its number. */
static int split_block(struct partition *partition, const struct block *parts, size_t count)
{
	uint32_t number = partition->block_of[partition->order[parts[0].first]];
	size_t largest = 0;
	int error = 0;

	for (size_t i = 1; i < count; i++) {
		if (parts[i].count > parts[largest].count)
			largest = i;
	}
	partition->blocks.items[number] = parts[largest];
	for (size_t i = 0; !error && i < count; i++) {
		if (i != largest)
			error = split_off(partition, parts[i].first, parts[i].count);
	}
	return error;
}

/* How many of `entries`, from the first on, have its key. */
static size_t run_of(const struct sort_entry *entries, size_t count)
{
	size_t run = 1;

	while (run < count && entries[run].key == entries[0].key)
		run++;
	return run;
}

/* The states that wait, by block and then by hash. */
static size_t take_waiting(struct partition *partition)
{
	size_t count = partition->waiting.count;
	struct sort_entry *entries = partition->entries;

	for (size_t i = 0; i < count; i++) {
		uint32_t state = partition->waiting.items[i];

		partition->dirty[state] = false;
		entries[i] = (struct sort_entry){ hash_state(partition, state), state };
	}
	partition->waiting.count = 0;
	sort_entries(entries, partition->scratch, count);
	for (size_t i = 0; i < count; i++)
		entries[i].key = partition->block_of[entries[i].value];
	sort_entries(entries, partition->scratch, count);
	return count;
}

/* All blocks are looked at before the first is split: those states of a block that do not wait lead
 * alike only as long as nothing else has changed. */
static int look_at_waiting(struct partition *partition)
{
	size_t count = take_waiting(partition), at = 0;
	const struct block *parts;
	int error = 0;

	partition->parts.count = 0;
	for (size_t i = 0, run; !error && i < count; i += run) {
		run = run_of(partition->entries + i, count - i);
		error = find_parts(partition, partition->entries + i, run);
	}
	parts = partition->parts.items;
	while (!error && at < partition->parts.count) {
		size_t next = at + 1;

		while (next < partition->parts.count &&
		       partition->block_of[partition->order[parts[next].first]] ==
		               partition->block_of[partition->order[parts[at].first]])
			next++;
		error = split_block(partition, parts + at, next - at);
		at = next;
	}
	return error;
}

/* ---- before the first split -------------------------------------------------------------- */

static uint32_t target_of(const struct partition *partition, uint32_t state, uint32_t way)
{
	const struct state *from = state_of(partition, state);

	return way ? exceptions_of(partition->states, from)[way - 1].target : from->fallback;
}

static void find_sources(struct partition *partition)
{
	uint32_t count = (uint32_t)partition->states->states.count;
	uint32_t *first = partition->first_source;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t way = 0; way <= state_of(partition, i)->count; way++)
			first[target_of(partition, i, way) + 1]++;
	}
	for (uint32_t i = 0; i < count; i++)
		first[i + 1] += first[i];
	for (uint32_t i = count; i-- > 0;) {
		for (uint32_t way = 0; way <= state_of(partition, i)->count; way++)
			partition->sources[--first[target_of(partition, i, way) + 1]] = i;
	}
	/* each has come down to where the one before it ends */
	memmove(first, first + 1, count * sizeof(*first));
	first[count] = (uint32_t)(partition->states->exceptions.count + count);
}

/* A block for each outcome; all states wait. */
static int begin_with_outcomes(struct partition *partition)
{
	uint32_t count = (uint32_t)partition->states->states.count;
	struct sort_entry *entries = partition->entries;
	int error = 0;

	for (uint32_t i = 0; i < count; i++)
		entries[i] = (struct sort_entry){ state_of(partition, i)->outcome, i };
	sort_entries(entries, partition->scratch, count);
	for (uint32_t i = 0; !error && i < count; i++) {
		if (!i || entries[i].key != entries[i - 1].key)
			error = array_append(&partition->blocks, ((struct block){ i, 0 }));
		if (error)
			return error;
		partition->blocks.items[partition->blocks.count - 1].count++;
		partition->block_of[entries[i].value] = (uint32_t)partition->blocks.count - 1;
		partition->order[i] = entries[i].value;
		partition->place[entries[i].value] = i;
	}
	for (uint32_t i = 0; !error && i < count; i++)
		error = wait_for(partition, i);
	return error;
}

int partition_init(struct partition *partition, const struct states *states,
                   const struct patterns *classes)
{
	size_t count = states->states.count, ways = count + states->exceptions.count;

	partition->states = states;
	partition->class_count = classes->class_count;
	for (unsigned i = 0; i < classes->class_count; i++) {
		partition->weights[i] = mix(i + 1) | 1;
		partition->weight_sum += partition->weights[i];
	}
	partition->block_of = calloc(count, sizeof(*partition->block_of));
	partition->order = calloc(count, sizeof(*partition->order));
	partition->place = calloc(count, sizeof(*partition->place));
	partition->sources = calloc(ways, sizeof(*partition->sources));
	partition->first_source = calloc(count + 1, sizeof(*partition->first_source));
	partition->dirty = calloc(count, sizeof(*partition->dirty));
	partition->entries = calloc(count, sizeof(*partition->entries));
	partition->scratch = calloc(count, sizeof(*partition->scratch));
	if (!partition->block_of || !partition->order || !partition->place || !partition->sources ||
	    !partition->first_source || !partition->dirty || !partition->entries ||
	    !partition->scratch)
		return -ENOMEM;
	find_sources(partition);
	return begin_with_outcomes(partition);
}

void partition_fini(struct partition *partition)
{
	free(partition->block_of);
	free(partition->order);
	free(partition->place);
	free(partition->sources);
	free(partition->first_source);
	free(partition->dirty);
	free(partition->entries);
	free(partition->scratch);
	free(partition->blocks.items);
	free(partition->waiting.items);
	free(partition->parts.items);
}

int partition_refine(struct partition *partition)
{
	int error = 0;

	while (!error && partition->waiting.count)
		error = look_at_waiting(partition);
	return error;
}
