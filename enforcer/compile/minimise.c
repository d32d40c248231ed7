/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest automaton with the same outcomes: one state for each block of the partition.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/partition.h"

struct smallest {
	const struct partition *partition;
	uint32_t *numbers;   /* by block: number + 1, or 0 */
	ARRAY(uint32_t) met; /* a state of each block, by number */
};

/* The number of a block's state, given when it is first met. */
static int meet(struct smallest *smallest, uint32_t state, uint32_t *ret_number)
{
	uint32_t block = smallest->partition->block_of[state];
	int error = 0;

	if (!smallest->numbers[block]) {
		error = array_append(&smallest->met, state);
		smallest->numbers[block] = (uint32_t)smallest->met.count;
	}
	*ret_number = smallest->numbers[block] - 1;
	return error;
}

static int copy_state(struct smallest *smallest, const struct state *from, struct states *to)
{
	const struct exception *exceptions = exceptions_of(smallest->partition->states, from);
	struct state state = { .outcome = from->outcome, .first = (uint32_t)to->exceptions.count };
	int error = meet(smallest, from->fallback, &state.fallback);

	for (uint32_t i = 0; !error && i < from->count; i++) {
		struct exception exception = { .class = exceptions[i].class };

		error = meet(smallest, exceptions[i].target, &exception.target);
		if (!error && exception.target != state.fallback)
			error = array_append(&to->exceptions, exception);
	}
	state.count = (uint32_t)to->exceptions.count - state.first;
	return error ? error : array_append(&to->states, state);
}

/* In the order they are met from the first on. */
static int copy_smallest(const struct partition *partition, struct states *to)
{
	CLEANUP_FREE uint32_t *numbers = calloc(partition->blocks.count, sizeof(*numbers));
	struct smallest smallest = { .partition = partition, .numbers = numbers };
	uint32_t first = 0;
	int error = numbers ? meet(&smallest, 0, &first) : -ENOMEM;

	for (size_t i = 0; !error && i < smallest.met.count; i++)
		error = copy_state(&smallest,
		                   &partition->states->states.items[smallest.met.items[i]], to);
	free(smallest.met.items);
	return error;
}

int states_minimise(const struct states *states, const struct patterns *classes,
                    struct states *smallest)
{
	struct partition partition = { 0 };
	int error = partition_init(&partition, states, classes);

	if (!error)
		error = partition_refine(&partition);
	if (!error)
		error = copy_smallest(&partition, smallest);
	partition_fini(&partition);
	return error;
}
