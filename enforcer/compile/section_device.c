/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [device]: keys are major and minor; one diagram for character devices, one for block devices.
 */
#include <linux/bpf.h>

#include "compile/sections.h"

static int add_pattern(struct diagram *diagram, const struct rule *rule, uint32_t index,
                       const struct device_pattern *pattern)
{
	struct tail_item item = {
		.range = key_range_of(pattern->minor),
		.narrowness = is_named(pattern->minor),
		.rule = index,
		.verdict = (uint8_t)rule->verb,
		.operations = (uint8_t)rule->device.access,
	};
	struct box box = {
		.heads = { key_range_of(pattern->major) },
		.rank = is_named(pattern->type) << 1 | is_named(pattern->major),
	};
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	return error ? error : section_add_box(diagram, &box, index);
}

static int build_device(const struct policy *policy, struct diagram *diagram, uint32_t type,
                        uint32_t *ret_root)
{
	for (uint32_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		if (rule->section != SECTION_DEVICE)
			continue;
		array_foreach (pattern, &rule->device.patterns) {
			int error;

			if (pattern->type != type && pattern->type != ANY_NUMBER)
				continue;
			error = add_pattern(diagram, rule, i, pattern);
			if (error)
				return error;
		}
	}
	return diagram_build(diagram, ret_root);
}

int section_build_device(const struct policy *policy, struct diagram *diagram,
                         struct sections *sections)
{
	int error;

	diagram->heads = 1;
	diagram->last_key = UINT32_MAX;
	diagram->mark_shift = 31;
	diagram->operations = DEVICE_OPERATIONS;
	error = build_device(policy, diagram, BPF_DEVCG_DEV_CHAR,
	                     &sections->roots[ROOT_DEVICE_CHAR]);
	if (!error)
		error = build_device(policy, diagram, BPF_DEVCG_DEV_BLOCK,
		                     &sections->roots[ROOT_DEVICE_BLOCK]);
	for (unsigned root = ROOT_DEVICE_CHAR; !error && root <= ROOT_DEVICE_BLOCK; root++)
		sections->marks[root] = diagram_marks(diagram, sections->roots[root]);
	return error;
}
