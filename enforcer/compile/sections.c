/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which section is built how, and what an absent one is.
 */
#include "compile/sections.h"

#include <errno.h>

#include "compile/closures.h"

int section_add_box(struct diagram *diagram, const struct box *box, uint32_t rule)
{
	if (rule < DECIDED_OUTSIDE)
		diagram->effort->by_rule[rule]++;
	return array_append(&diagram->boxes, *box);
}

static int build_section(const struct policy *policy, struct diagram *diagram, enum section section,
                         struct sections *sections)
{
	switch (section) {
	case SECTION_DEVICE:
		return section_build_device(policy, diagram, sections);
	case SECTION_SOCKET:
		return section_build_socket(policy, diagram, sections);
	case SECTION_CONNECT:
		return section_build_address(policy, diagram, section, ROOT_CONNECT4, ROOT_CONNECT6,
		                             sections);
	case SECTION_BIND:
		return section_build_address(policy, diagram, section, ROOT_BIND4, ROOT_BIND6,
		                             sections);
	case SECTION_CAPABILITY:
		return section_build_names(policy, diagram, section, ROOT_CAPABILITY, sections);
	case SECTION_OPERATION:
		return section_build_names(policy, diagram, section, ROOT_OPERATION, sections);
	case SECTION_FILE:
		return section_build_paths(policy, diagram, section, AUTOMATON_FILE, sections);
	case SECTION_EXEC:
		return section_build_paths(policy, diagram, section, AUTOMATON_EXEC, sections);
	case SECTION_UNIX:
		return section_build_paths(policy, diagram, section, AUTOMATON_UNIX, sections);
	case SECTION_COUNT:
		break;
	}
	return -EINVAL;
}

int sections_build(const struct policy *policy, struct nodes *nodes, struct rows *rows,
                   struct effort *effort, struct sections *ret_sections)
{
	struct sections sections = { 0 };

	for (unsigned i = 0; i < ROOT_COUNT; i++)
		sections.roots[i] = REF_ABSENT;
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		struct diagram diagram = {
			.fallback = policy->sections[i].fallback,
			.nodes = nodes,
			.rows = rows,
			.effort = effort,
		};
		int error;

		if (!policy->sections[i].present &&
		    !(i == SECTION_OPERATION && judges_operations(policy)))
			continue;
		error = build_section(policy, &diagram, i, &sections);
		diagram_fini(&diagram);
		if (error)
			return error;
	}
	*ret_sections = sections;
	return 0;
}
