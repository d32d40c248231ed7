/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From patterns to a deterministic automaton: a state is the set of places in the patterns that a
 * string may have come to (Rabin and Scott, 1959), found from the first on, each set once.
 */
#include "compile/states.h"

#include <errno.h>
#include <stdlib.h>

#include "compile/subsets.h"

static int gather_child(struct subsets *subsets, uint32_t place)
{
	const struct pattern_node *node = &subsets->patterns->nodes.items[place];
	struct sort_entry entry = { .key = subsets->patterns->class_of[node->byte],
		                    .value = place };

	switch ((enum glob_kind)node->kind) {
	case GLOB_BYTE:
		return array_append(&subsets->bytes, entry);
	case GLOB_ANY:
		return array_append(&subsets->any, place);
	case GLOB_SET:
		return array_append(&subsets->sets, place);
	case GLOB_RUN: /* behind it already: close_set() */
	case GLOB_DEEP_RUN:
	case GLOB_OPEN:
	case GLOB_BRANCH:
	case GLOB_CLOSE:
		break;
	}
	return 0;
}

/* What the places of a state are waiting for. */
static int gather(struct subsets *subsets, const struct subset *subset)
{
	const struct pattern_node *nodes = subsets->patterns->nodes.items;
	int error = 0;

	subsets->bytes.count = subsets->sets.count = 0;
	subsets->any.count = subsets->deep.count = 0;
	for (uint32_t i = 0; !error && i < subset->count; i++) {
		uint32_t place = subsets->places.items[subset->first + i];

		if (nodes[place].kind == GLOB_RUN)
			error = array_append(&subsets->any, place);
		if (nodes[place].kind == GLOB_DEEP_RUN)
			error = array_append(&subsets->deep, place);
		for (uint32_t child = place + 1; !error && child < nodes[place].end;
		     child = nodes[child].end)
			error = gather_child(subsets, child);
	}
	return error;
}

/* Where a byte leads that is not among the literal ones, or also is. */
static int add_common(struct subsets *subsets, unsigned byte)
{
	int error = 0;

	for (size_t i = 0; !error && i < subsets->deep.count; i++)
		error = subsets_add(subsets, subsets->deep.items[i]);
	for (size_t i = 0; !error && byte != '/' && i < subsets->any.count; i++)
		error = subsets_add(subsets, subsets->any.items[i]);
	for (size_t i = 0; !error && i < subsets->sets.count; i++) {
		const struct pattern_node *node =
		        &subsets->patterns->nodes.items[subsets->sets.items[i]];

		if (byte_set_has(&subsets->patterns->sets.items[node->set], byte))
			error = subsets_add(subsets, subsets->sets.items[i]);
	}
	return error;
}

/* Where `class` leads; *at is the first of the literal bytes that is not of a lower class. */
static int add_class(struct subsets *subsets, unsigned class, size_t *at, uint32_t *ret_target)
{
	int error;

	subsets_begin(subsets);
	error = add_common(subsets, subsets->patterns->class_byte[class]);
	for (; !error && *at < subsets->bytes.count && subsets->bytes.items[*at].key == class;
	     ++*at)
		error = subsets_add(subsets, subsets->bytes.items[*at].value);
	return error ? error : subsets_finish(subsets, ret_target);
}

/* True if `class` may lead elsewhere than a byte that no pattern waits for. */
static bool is_special(const struct subsets *subsets, unsigned class, size_t at)
{
	if (subsets->sets.count)
		return true;
	if (at < subsets->bytes.count && subsets->bytes.items[at].key == class)
		return true;
	return subsets->any.count && class == subsets->patterns->class_of['/'];
}

static int add_exception(struct subsets *subsets, struct state *state, unsigned class, size_t *at)
{
	struct exception exception = { .class = class };
	int error = add_class(subsets, class, at, &exception.target);

	if (error || exception.target == state->fallback)
		return error;
	state->count++;
	return array_append(&subsets->states->exceptions, exception);
}

static int expand(struct subsets *subsets, uint32_t number)
{
	struct subset subset = subsets->subsets.items[number];
	struct state state = subsets->states->states.items[number];
	unsigned plain = 0; /* a class that is not special, if there is one */
	size_t at = 0;
	int error = gather(subsets, &subset);

	while (!error && subsets->scratch.count < subsets->bytes.count)
		error = array_append(&subsets->scratch, (struct sort_entry){ 0 });
	if (error)
		return error;
	if (subsets->bytes.count)
		sort_entries(subsets->bytes.items, subsets->scratch.items, subsets->bytes.count);
	for (; plain + 1 < subsets->patterns->class_count && is_special(subsets, plain, at);
	     plain++) {
		while (at < subsets->bytes.count && subsets->bytes.items[at].key <= plain)
			at++;
	}
	at = 0;
	while (at < subsets->bytes.count && subsets->bytes.items[at].key < plain)
		at++;
	error = add_class(subsets, plain, &at, &state.fallback);
	state.first = (uint32_t)subsets->states->exceptions.count;
	at = 0;
	for (unsigned class = 0; !error && class < subsets->patterns->class_count; class ++) {
		if (class != plain && is_special(subsets, class, at))
			error = add_exception(subsets, &state, class, &at);
	}
	subsets->states->states.items[number] = state;
	return error;
}

static int make_states(struct subsets *subsets)
{
	size_t count = subsets->patterns->nodes.count;
	uint32_t start = 0;
	int error;

	subsets->stamps = calloc(count, sizeof(*subsets->stamps));
	if (!subsets->stamps)
		return -ENOMEM;
	subsets_begin(subsets);
	error = subsets_add(subsets, 0);
	if (!error)
		error = subsets_finish(subsets, &start);
	for (uint32_t i = 0; !error && i < subsets->subsets.count; i++)
		error = expand(subsets, i);
	return error;
}

int states_from_patterns(const struct patterns *patterns, const struct outcomes *outcomes,
                         struct effort *effort, struct states *states)
{
	struct subsets subsets = {
		.patterns = patterns, .outcomes = outcomes, .effort = effort, .states = states
	};
	int error = make_states(&subsets);

	subsets_fini(&subsets);
	return error;
}
