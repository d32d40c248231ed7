/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [socket]: keys are family, type and protocol. Families that the section leaves alone are boxes
 * too, which outrank every rule.
 */
#include <linux/bpf.h>

#include "compile/sections.h"

#define FAMILIES_NAMED 64 /* section_settings.families has a bit for each below */
#define RANK_OUTSIDE   255U

static bool polices(const struct policy *policy, unsigned family)
{
	uint64_t families = policy->sections[SECTION_SOCKET].families;

	return family < FAMILIES_NAMED ? families >> family & 1 : families == UINT64_MAX;
}

/* The families that the section leaves alone, as boxes that outrank every rule. */
static int add_outside(const struct policy *policy, struct diagram *diagram)
{
	struct tail_item item = {
		.range = ANY_KEY, .rule = DECIDED_OUTSIDE, .verdict = VERDICT_ALLOW, .operations = 1
	};
	struct box box = { .heads = { ANY_KEY, ANY_KEY }, .rank = RANK_OUTSIDE };
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	for (unsigned family = 0; !error && family <= FAMILIES_NAMED; family++) {
		unsigned first = family;

		while (family <= FAMILIES_NAMED && !polices(policy, family))
			family++;
		if (family == first)
			continue;
		box.heads[0].first = first;
		box.heads[0].last = family > FAMILIES_NAMED ? UINT32_MAX : family - 1;
		error = section_add_box(diagram, &box, DECIDED_OUTSIDE);
	}
	return error;
}

static int add_socket_rule(struct diagram *diagram, const struct rule *rule, uint32_t index)
{
	struct tail_item item = {
		.range = key_range_of(rule->socket.protocol),
		.narrowness = is_named(rule->socket.protocol),
		.rule = index,
		.verdict = (uint8_t)rule->verb,
		.operations = 1,
	};
	struct box box = {
		.heads = { key_range_of(rule->socket.family), key_range_of(rule->socket.type) },
		.rank = is_named(rule->socket.family) << 1 | is_named(rule->socket.type),
	};
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	return error ? error : section_add_box(diagram, &box, index);
}

/* sock_create sees AF_INET and AF_INET6 alone: what the others get needs no hook. */
static uint8_t socket_marks(const struct diagram *diagram, uint32_t root)
{
	const struct image_words view = {
		diagram->nodes->words, (uint32_t)(diagram->nodes->capacity / IMAGE_BLOCK_WORDS)
	};

	return diagram_marks(diagram, diagram_step(&view, root, 2)) |
	       diagram_marks(diagram, diagram_step(&view, root, 10));
}

/* Something but plain allow, or something to record, for a family that sock_create does not see. */
static bool marks_other_families(const struct policy *policy, const struct diagram *diagram,
                                 uint32_t root)
{
	const struct image_words view = {
		diagram->nodes->words, (uint32_t)(diagram->nodes->capacity / IMAGE_BLOCK_WORDS)
	};

	for (uint32_t family = 0; family <= FAMILIES_NAMED; family++) {
		uint32_t ref = diagram_step(&view, root, family);

		if (family == 2 || family == 10 || outcome_row(ref) == OUTCOME_ROW_MASK)
			continue;
		if (policy->log == LOG_ALL || diagram_marks(diagram, ref))
			return true;
	}
	return false;
}

int section_build_socket(const struct policy *policy, struct diagram *diagram,
                         struct sections *sections)
{
	int error;

	diagram->heads = 2;
	diagram->last_key = UINT32_MAX;
	diagram->mark_shift = 31;
	diagram->operations = 1;
	error = add_outside(policy, diagram);
	for (uint32_t i = 0; !error && i < policy->rules.count; i++) {
		if (policy->rules.items[i].section == SECTION_SOCKET)
			error = add_socket_rule(diagram, &policy->rules.items[i], i);
	}
	if (!error)
		error = diagram_build(diagram, &sections->roots[ROOT_SOCKET]);
	if (error)
		return error;
	sections->marks[ROOT_SOCKET] = socket_marks(diagram, sections->roots[ROOT_SOCKET]);
	sections->other_families =
	        marks_other_families(policy, diagram, sections->roots[ROOT_SOCKET]);
	return 0;
}
