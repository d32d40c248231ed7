/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Narrowness as three numbers, compared left to right as the policy language has it, larger being
 * narrower; then the stricter verb; then the order of reading.
 */
#include "output/rule_order.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/glob.h"

struct narrowness {
	uint32_t ranks[3];
};

static int compare_narrowness(const struct narrowness *a, const struct narrowness *b)
{
	for (size_t i = 0; i < 3; i++) {
		if (a->ranks[i] != b->ranks[i])
			return a->ranks[i] < b->ranks[i] ? -1 : 1;
	}
	return 0;
}

static void keep_narrowest(struct narrowness *narrowest, const struct narrowness *candidate)
{
	if (compare_narrowness(narrowest, candidate) < 0)
		*narrowest = *candidate;
}

static struct narrowness device_narrowness(const struct rule *rule)
{
	struct narrowness narrowest = { { 0 } };

	array_foreach (pattern, &rule->device.patterns) {
		struct narrowness candidate = { { pattern->type != ANY_NUMBER,
			                          pattern->major != ANY_NUMBER,
			                          pattern->minor != ANY_NUMBER } };

		keep_narrowest(&narrowest, &candidate);
	}
	return narrowest;
}

static struct narrowness address_narrowness(const struct policy *policy, const struct rule *rule)
{
	const struct prefix_set *set = &policy->sets.items[rule->address.set];
	struct narrowness narrowest = { { 0, rule->address.protocol != ANY_NUMBER, 0 } };

	array_foreach (prefix, &set->prefixes) {
		if (prefix->length > narrowest.ranks[0])
			narrowest.ranks[0] = prefix->length;
	}
	array_foreach (range, &rule->address.ports) {
		uint32_t left_out = UINT16_MAX - (uint32_t)(range->last - range->first);

		if (left_out > narrowest.ranks[2])
			narrowest.ranks[2] = left_out;
	}
	return narrowest;
}

static struct narrowness path_narrowness(const struct rule *rule)
{
	struct narrowness narrowest = { { 0 } };
	struct glob_token elements[GLOB_LENGTH_MAX];
	struct complaint ignored;
	struct glob glob;

	if (!rule->path.glob || glob_scan(span_of(rule->path.glob), "/@", &glob, &ignored))
		return narrowest;
	for (unsigned i = 0; i < glob.alternatives; i++) {
		unsigned count = glob_alternative(&glob, i, elements);
		struct narrowness candidate = { { glob_narrowness(elements, count), 0, 0 } };

		keep_narrowest(&narrowest, &candidate);
	}
	return narrowest;
}

static struct narrowness narrowness_of(const struct policy *policy, const struct rule *rule)
{
	switch (rule->section) {
	case SECTION_DEVICE:
		return device_narrowness(rule);
	case SECTION_SOCKET:
		return (struct narrowness){ { rule->socket.family != ANY_NUMBER,
			                      rule->socket.type != ANY_NUMBER,
			                      rule->socket.protocol != ANY_NUMBER } };
	case SECTION_CONNECT:
	case SECTION_BIND:
		return address_narrowness(policy, rule);
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		return (struct narrowness){ { !rule->names.all, 0, 0 } };
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		return path_narrowness(rule);
	case SECTION_COUNT:
		break;
	}
	return (struct narrowness){ { 0 } };
}

struct ranked_rule {
	const struct rule *rule;
	struct narrowness narrowness;
};

static int compare_rules(const void *left, const void *right)
{
	const struct ranked_rule *a = left, *b = right;
	int order = compare_narrowness(&b->narrowness, &a->narrowness);

	if (order)
		return order;
	if (a->rule->verb != b->rule->verb)
		return a->rule->verb > b->rule->verb ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

int rule_order(const struct policy *policy, enum section section, const struct rule ***ret_rules,
               size_t *ret_count)
{
	size_t room = policy->rules.count + 1, count = 0;
	CLEANUP_FREE struct ranked_rule *ranked = calloc(room, sizeof(*ranked));
	const struct rule **rules;

	if (!ranked)
		return -ENOMEM;
	rules = calloc(room, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	array_foreach (rule, &policy->rules) {
		if (rule->section == section)
			ranked[count++] = (struct ranked_rule){ rule, narrowness_of(policy, rule) };
	}
	qsort(ranked, count, sizeof(*ranked), compare_rules);
	for (size_t i = 0; i < count; i++)
		rules[i] = ranked[i].rule;
	*ret_rules = rules;
	*ret_count = count;
	return 0;
}
