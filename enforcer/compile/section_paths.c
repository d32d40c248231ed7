/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [file], [exec] and [unix]: their globs as an automaton each, and what decides on objects that
 * have no path.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/automaton.h"
#include "compile/sections.h"

static unsigned operations_of(enum automaton_number number)
{
	static const unsigned operations[AUTOMATON_COUNT] = {
		[AUTOMATON_FILE] = FILE_OPERATIONS,
		[AUTOMATON_EXEC] = EXEC_OPERATIONS,
		[AUTOMATON_UNIX] = 1,
	};

	return operations[number];
}

/* Rules with the keyword are all equally narrow. */
static void decide_anonymous(const struct rule *rule, uint32_t index, struct globs *globs)
{
	for (unsigned i = 0; i < globs->operations; i++) {
		struct decided *decided = &globs->anonymous[i];

		if (!(rule->path.permissions >> i & 1))
			continue;
		if (decided->rule == DECIDED_BY_DEFAULT || decided->verdict < rule->verb)
			*decided = (struct decided){ index, (uint8_t)rule->verb };
	}
}

static void gather_rules(const struct policy *policy, enum section section,
                         struct pattern *patterns, struct globs *globs)
{
	for (uint32_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		if (rule->section != section)
			continue;
		if (!rule->path.glob) {
			decide_anonymous(rule, i, globs);
			continue;
		}
		patterns[globs->count++] = (struct pattern){
			.glob = span_of(rule->path.glob),
			.rule = i,
			.verdict = (uint8_t)rule->verb,
			.operations = (uint8_t)rule->path.permissions,
		};
	}
}

int section_build_paths(const struct policy *policy, struct diagram *diagram, enum section section,
                        enum automaton_number number, struct sections *sections)
{
	CLEANUP_FREE struct pattern *patterns = calloc(policy->rules.count + 1, sizeof(*patterns));
	uint8_t fallback = (uint8_t)policy->sections[section].fallback;
	struct globs globs = {
		.patterns = patterns,
		.operations = operations_of(number),
		.fallback = fallback,
	};
	int error;

	if (!patterns)
		return -ENOMEM;
	for (unsigned i = 0; i < globs.operations; i++)
		globs.anonymous[i] = (struct decided){ DECIDED_BY_DEFAULT, fallback };
	gather_rules(policy, section, patterns, &globs);
	error = automaton_build(&globs, diagram->nodes, diagram->rows, diagram->effort,
	                        &sections->automata[number], &sections->automaton_marks[number]);
	if (!error && policy->log == LOG_ALL)
		sections->automaton_marks[number] = (uint8_t)((1U << globs.operations) - 1);
	return error;
}
