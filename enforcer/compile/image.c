/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy to an image: the diagrams of its sections, then rows and cookies, then the header.
 */
#include "compile/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/image_block.h"
#include "compile/closures.h"
#include "compile/findings.h"
#include "compile/sections.h"

/* Boxes swept and items painted. A list of 100,000 addresses is 200,000; an image of the largest
 * size is reached long before, unless a policy is made to explode. */
#define EFFORT_MAX (1U << 23)

#define COSTLY_NAMED 3

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->words);
	free(image);
}

/* The costliest rule not yet reported; its cost is set to zero. */
static const struct rule *take_costliest(const struct policy *policy, struct effort *effort)
{
	size_t costliest = 0;

	for (size_t i = 0; i < policy->rules.count; i++) {
		if (effort->by_rule[i] > effort->by_rule[costliest])
			costliest = i;
	}
	if (!policy->rules.count || !effort->by_rule[costliest])
		return NULL;
	effort->by_rule[costliest] = 0;
	return &policy->rules.items[costliest];
}

static void report_too_large(const struct policy *policy, struct effort *effort, struct diag *diag)
{
	struct place place = { .path = policy->path };
	const struct rule *rule;
	bool found = false;

	for (unsigned i = 0; i < COSTLY_NAMED; i++) {
		rule = take_costliest(policy, effort);
		if (!rule)
			break;
		place = rule_place(policy, rule);
		diag_add(
		        diag, SEVERITY_ERROR, "image-too-large", &place,
		        has_globs(rule->section)
		                ? "fewer `*` and `**`, and more before the first one, or split the policy"
		                : "merge addresses into prefixes and ports into ranges, or split the "
		                  "policy",
		        found ? "the policy is too large, this rule is among the costliest"
		              : "the policy is too large, this rule costs most");
		found = true;
	}
	if (!found)
		diag_add(diag, SEVERITY_ERROR, "image-too-large", &place, NULL,
		         "the policy is too large");
}

/* ---- rows, cookies, header -------------------------------------------------------------- */

static int add_rows(struct nodes *nodes, const struct rows *rows, uint32_t *ret_offset)
{
	size_t offset;
	int error = nodes_area(nodes, rows->words.count, SORTED_ALIGN, &offset);

	if (error)
		return error;
	if (rows->words.count)
		memcpy(nodes->words + offset, rows->words.items,
		       rows->words.count * sizeof(*rows->words.items));
	*ret_offset = (uint32_t)offset;
	return 0;
}

static void put_cookie(uint32_t *words, uint64_t cookie)
{
	words[0] = (uint32_t)cookie;
	words[1] = (uint32_t)(cookie >> 32);
}

static int add_cookies(struct nodes *nodes, const struct policy *policy, uint32_t *ret_offset)
{
	size_t count = SECTION_COUNT + policy->rules.count, offset;
	int error = nodes_area(nodes, 2 * count, SORTED_ALIGN, &offset);

	if (error)
		return error;
	for (unsigned i = 0; i < SECTION_COUNT; i++)
		put_cookie(nodes->words + offset + (size_t)2 * i, rule_cookie(policy, NULL, i));
	for (size_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		put_cookie(nodes->words + offset + 2 * (SECTION_COUNT + i),
		           rule_cookie(policy, rule, rule->section));
	}
	*ret_offset = (uint32_t)offset;
	return 0;
}

/* Automata are walked through the map of all blocks, wherever they lie. */
static bool is_far(const struct nodes *nodes, const struct sections *sections)
{
	bool far = nodes->far || nodes->used > IMAGE_BLOCK_WORDS;

	for (unsigned i = 0; i < AUTOMATON_COUNT; i++)
		far |= sections->automata[i].start != 0;
	return far;
}

static void put_header(uint32_t *words, const struct policy *policy,
                       const struct sections *sections, struct image_header header)
{
	uint64_t lsm_hooks;

	header.magic = IMAGE_MAGIC;
	header.abi_version = ABI_VERSION;
	header.log = policy->log;
	header.rate_count = policy->rate_count;
	header.rate_period_s = policy->rate_period_s ? policy->rate_period_s : 1;
	header.hooks = hooks_needed(policy, sections);
	lsm_hooks = lsm_hooks_needed(sections, header.hooks);
	header.lsm_hooks[0] = (uint32_t)lsm_hooks;
	header.lsm_hooks[1] = (uint32_t)(lsm_hooks >> 32);
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		if (policy->sections[i].present && policy->sections[i].audit)
			header.audit_sections |= 1U << i;
	}
	if (judges_operations(policy) && audits_operations(policy))
		header.audit_sections |= 1U << SECTION_OPERATION;
	memcpy(header.roots, sections->roots, sizeof(header.roots));
	memcpy(header.automata, sections->automata, sizeof(header.automata));
	memcpy(words, &header, sizeof(header));
}

/* Hands the words over to a new image. */
static int make_image(struct nodes *nodes, struct image **ret_image)
{
	uint32_t blocks = (uint32_t)((nodes->used + IMAGE_BLOCK_WORDS - 1) / IMAGE_BLOCK_WORDS);
	struct image *image = calloc(1, sizeof(*image));
	uint32_t *words;

	if (!image)
		return -ENOMEM;
	words = realloc(nodes->words, (size_t)blocks * IMAGE_BLOCK_WORDS * sizeof(*words));
	image->words = words ? words : nodes->words;
	image->blocks = blocks;
	nodes->words = NULL;
	*ret_image = image;
	return 0;
}

/* Asked of the finished diagram, so that they cannot differ from it. */
static void fill_usual_devices(struct image *image)
{
	const struct image_words view = { image->words, image->blocks };
	struct image_header *header = (struct image_header *)(void *)image->words;
	uint32_t root = header->roots[ROOT_DEVICE_CHAR];

	for (uint32_t major = 0; major < USUAL_MAJORS; major++) {
		for (uint32_t minor = 0; minor < USUAL_MINORS; minor++) {
			const uint32_t keys[KEYS_MAX] = { 0, 0, 0, major, minor };

			header->usual_devices[major][minor] =
			        diagram_walk(&view, root, keys, KEYS_MAX - 2);
		}
	}
}

static int compile(const struct policy *policy, struct nodes *nodes, struct rows *rows,
                   struct effort *effort, struct image **ret_image)
{
	struct image_header header = { 0 };
	struct sections sections;
	int error = rows_init(rows, policy->rules.count);

	if (!error)
		error = sections_build(policy, nodes, rows, effort, &sections);
	if (!error)
		error = add_rows(nodes, rows, &header.rows);
	if (!error)
		error = add_cookies(nodes, policy, &header.cookies);
	if (error)
		return error;
	header.words = (uint32_t)nodes->used;
	header.far = is_far(nodes, &sections);
	put_header(nodes->words, policy, &sections, header);
	error = make_image(nodes, ret_image);
	if (!error)
		fill_usual_devices(*ret_image);
	return error;
}

int image_compile(const struct policy *policy, struct diag *diag, struct image **ret_image)
{
	CLEANUP_FREE uint32_t *by_rule = calloc(policy->rules.count + 1, sizeof(*by_rule));
	struct effort effort = { .limit = EFFORT_MAX, .by_rule = by_rule };
	struct nodes nodes = NODES_INIT;
	struct rows rows = ROWS_INIT;
	int error;

	if (!by_rule)
		return -ENOMEM;
	error = compile(policy, &nodes, &rows, &effort, ret_image);
	nodes_fini(&nodes);
	rows_fini(&rows);
	if (error != -E2BIG)
		return error;
	report_too_large(policy, &effort, diag);
	return -EINVAL;
}
