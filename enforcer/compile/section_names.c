/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [capability] and [operation]: the one key is the number. A name outranks the group `all`.
 *
 * The diagram of [operation] is there without the section too, as soon as a [file] or [exec] closes
 * something (closures.c): what is closed outranks `all` and the default, and is outranked by a rule
 * that names it.
 */
#include "compile/closures.h"
#include "compile/sections.h"

enum {
	NARROWNESS_ALL,
	NARROWNESS_CLOSED,
	NARROWNESS_NAMED
};

/* What a rule says about `ptrace` and `bpf`, it says about the parts of them too. */
static uint64_t keys_of(enum section section, uint64_t numbers)
{
	if (section == SECTION_OPERATION && numbers & UINT64_C(1) << OPERATION_PTRACE)
		numbers |= UINT64_C(1) << OPERATION_PTRACE_OUTSIDE;
	if (section == SECTION_OPERATION && numbers & UINT64_C(1) << OPERATION_BPF)
		numbers |= UINT64_C(1) << OPERATION_BPF_OWN;
	return numbers;
}

/* One item for each run of numbers. */
static int add_numbers(struct diagram *diagram, uint64_t numbers, struct tail_item item)
{
	int error = 0;

	for (uint32_t first = 0; !error && first < 64; first++) {
		uint32_t end = first;

		while (end < 64 && numbers >> end & 1)
			end++;
		if (end == first)
			continue;
		item.range = (struct key_range){ first, end - 1 };
		error = diagram_add_item(diagram, &item);
		first = end;
	}
	return error;
}

static int add_names_rule(struct diagram *diagram, const struct rule *rule, uint32_t index)
{
	struct tail_item item = {
		.range = ANY_KEY,
		.narrowness = rule->names.all ? NARROWNESS_ALL : NARROWNESS_NAMED,
		.rule = index,
		.verdict = (uint8_t)rule->verb,
		.operations = 1,
	};
	struct box box = { .rank = 0 };
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error && rule->names.all)
		error = diagram_add_item(diagram, &item);
	else if (!error)
		error = add_numbers(diagram, keys_of(rule->section, rule->names.numbers), item);
	return error ? error : section_add_box(diagram, &box, index);
}

/* `present`: whether there is an [operation] for what is not closed. */
static int add_closed(struct diagram *diagram, uint32_t closed, bool present)
{
	struct tail_item item = {
		.narrowness = NARROWNESS_CLOSED,
		.rule = DECIDED_BY_DEFAULT,
		.verdict = VERDICT_DENY,
		.operations = 1,
	};
	struct tail_item absent = {
		.range = ANY_KEY,
		.narrowness = NARROWNESS_ALL,
		.rule = DECIDED_OUTSIDE,
		.verdict = VERDICT_ALLOW,
		.operations = 1,
	};
	struct box box = { .rank = 0 };
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = add_numbers(diagram, closed, item);
	if (!error && !present)
		error = diagram_add_item(diagram, &absent);
	return error ? error : section_add_box(diagram, &box, DECIDED_BY_DEFAULT);
}

/* Keys with something but plain allow as the answer, or with something to record. */
static uint64_t keys_to_judge(const struct policy *policy, const struct diagram *diagram,
                              uint32_t root)
{
	const struct image_words view = {
		diagram->nodes->words, (uint32_t)(diagram->nodes->capacity / IMAGE_BLOCK_WORDS)
	};
	bool log_all = policy->log == LOG_ALL && policy->sections[SECTION_OPERATION].present;
	uint64_t keys = 0;

	for (uint32_t key = 0; key < OPERATION_KEYS; key++) {
		if (log_all || diagram_marks(diagram, diagram_step(&view, root, key)))
			keys |= UINT64_C(1) << key;
	}
	return keys;
}

int section_build_names(const struct policy *policy, struct diagram *diagram, enum section section,
                        enum root root, struct sections *sections)
{
	uint32_t closed = section == SECTION_OPERATION ? operations_closed(policy) : 0;
	bool present = policy->sections[section].present;
	int error = 0;

	diagram->heads = 0;
	diagram->last_key = UINT32_MAX;
	diagram->mark_shift = 31;
	diagram->operations = 1;
	if (closed)
		error = add_closed(diagram, closed, present);
	for (uint32_t i = 0; !error && present && i < policy->rules.count; i++) {
		if (policy->rules.items[i].section == section)
			error = add_names_rule(diagram, &policy->rules.items[i], i);
	}
	if (!error)
		error = diagram_build(diagram, &sections->roots[root]);
	if (error)
		return error;
	sections->marks[root] = diagram_marks(diagram, sections->roots[root]);
	if (section == SECTION_OPERATION)
		sections->operations = keys_to_judge(policy, diagram, sections->roots[root]);
	return 0;
}
