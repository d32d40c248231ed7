/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alternatives are threaded into a tree of linked children, which is then copied in preorder.
 *
 * The hard idea is what a star covers. Behind `**` anything may follow before the rest of the
 * pattern, so whatever an earlier place of the same pattern could still match, the place behind
 * `**` can match too; the same holds of `*` within a component. Without that, subsets would carry
 * along every way in which a pattern's beginning could be met again, and patterns with a few stars
 * would explode before they are minimised. It holds only where nothing else hangs on those earlier
 * places: no branch, no pattern that ends.
 */
#include "compile/patterns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETS_MAX UINT16_MAX

/* Under construction: children are a list. */
struct twig {
	struct pattern_node node;
	uint32_t child, sibling; /* 0: none */
};

struct visit {
	uint32_t twig, parent; /* the parent's number */
};

struct tree {
	struct patterns *patterns;
	struct effort *effort;
	ARRAY(struct twig) twigs;
	ARRAY(struct visit) visits; /* still to be numbered */
};

void patterns_fini(struct patterns *patterns)
{
	free(patterns->nodes.items);
	free(patterns->accepts.items);
	free(patterns->sets.items);
}

/* ---- byte classes ------------------------------------------------------------------------ */

/* Splits each class into what is in the set and what is not. */
static void split_classes(struct patterns *patterns, const struct byte_set *set)
{
	unsigned inside[256] = { 0 }, split[256] = { 0 }; /* by class; 0: not split */
	unsigned before = patterns->class_count;

	for (unsigned byte = 1; byte < 256; byte++)
		inside[patterns->class_of[byte]] += byte_set_has(set, byte);
	for (unsigned class = 0; class < before; class ++) {
		if (!inside[class] || inside[class] == patterns->class_weight[class])
			continue;
		split[class] = patterns->class_count++;
		patterns->class_weight[split[class]] = (uint8_t)inside[class];
		patterns->class_weight[class] -= (uint8_t)inside[class];
	}
	for (unsigned byte = 1; byte < 256; byte++) {
		uint8_t *class = &patterns->class_of[byte];

		if (split[*class] && byte_set_has(set, byte))
			*class = (uint8_t)split[*class];
	}
}

static void make_classes(struct patterns *patterns)
{
	struct byte_set bytes = { { 0 } };

	patterns->class_count = 1;
	patterns->class_weight[0] = 255;
	bytes.words[0] |= UINT64_C(1) << '/';
	array_foreach (node, &patterns->nodes) {
		if (node->kind == GLOB_BYTE)
			bytes.words[node->byte / 64] |= UINT64_C(1) << node->byte % 64;
	}
	for (unsigned byte = 1; byte < 256; byte++) {
		struct byte_set one = { { 0 } };

		one.words[byte / 64] = bytes.words[byte / 64] & UINT64_C(1) << byte % 64;
		split_classes(patterns, &one);
	}
	array_foreach (set, &patterns->sets)
		split_classes(patterns, set);
	for (unsigned byte = 255; byte > 0; byte--)
		patterns->class_byte[patterns->class_of[byte]] = (uint8_t)byte;
}

/* ---- the tree ---------------------------------------------------------------------------- */

static int find_set(struct patterns *patterns, const struct byte_set *set, uint16_t *ret_index)
{
	int error;

	for (size_t i = 0; i < patterns->sets.count; i++) {
		if (memcmp(&patterns->sets.items[i], set, sizeof(*set)) == 0) {
			*ret_index = (uint16_t)i;
			return 0;
		}
	}
	if (patterns->sets.count == SETS_MAX)
		return -E2BIG;
	error = array_append(&patterns->sets, *set);
	if (!error)
		*ret_index = (uint16_t)(patterns->sets.count - 1);
	return error;
}

static int make_node(struct tree *tree, const struct glob *glob, const struct glob_token *element,
                     uint32_t rule, struct pattern_node *ret_node)
{
	struct pattern_node node = { .kind = element->kind, .byte = element->byte, .rule = rule };
	int error = 0;

	if (node.kind == GLOB_SET) {
		struct byte_set set = glob_set(glob, element);

		error = effort_spend(tree->effort, tree->patterns->sets.count);
		if (!error)
			error = find_set(tree->patterns, &set, &node.set);
	}
	if (!error)
		*ret_node = node;
	return error;
}

static bool same_element(const struct pattern_node *a, const struct pattern_node *b)
{
	return a->kind == b->kind && a->byte == b->byte && a->set == b->set;
}

/* The child of `parent` for an element; made if it is not there. */
static int descend(struct tree *tree, uint32_t parent, const struct pattern_node *node,
                   uint32_t *ret_child)
{
	struct twig twig = { .node = *node, .sibling = tree->twigs.items[parent].child };
	int error;

	for (uint32_t i = twig.sibling; i; i = tree->twigs.items[i].sibling) {
		struct pattern_node *there = &tree->twigs.items[i].node;

		if (!same_element(there, node))
			continue;
		if (there->rule != node->rule)
			there->rule = SEVERAL_RULES;
		*ret_child = i;
		return 0;
	}
	error = array_append(&tree->twigs, twig);
	if (error)
		return error;
	*ret_child = (uint32_t)tree->twigs.count - 1;
	tree->twigs.items[parent].child = *ret_child;
	return 0;
}

/* Narrower first, then stricter, then earlier. */
static uint64_t accept_key(const struct pattern *pattern, uint32_t narrowness)
{
	uint64_t wider = (UINT32_C(1) << 25) - 1 - narrowness;

	return wider << 34 | (uint64_t)(VERDICT_DENY - pattern->verdict) << 32 | pattern->rule;
}

static int add_alternative(struct tree *tree, const struct glob *glob,
                           const struct pattern *pattern, const struct glob_token *elements,
                           unsigned count)
{
	struct pattern_accept accept = {
		.key = accept_key(pattern, glob_narrowness(elements, count)),
		.rule = pattern->rule,
		.verdict = pattern->verdict,
		.operations = pattern->operations,
	};
	int error = effort_spend(tree->effort, count);
	uint32_t at = 0;

	for (unsigned i = 0; !error && i < count; i++) {
		struct pattern_node node;

		error = make_node(tree, glob, &elements[i], pattern->rule, &node);
		if (!error)
			error = descend(tree, at, &node, &at);
	}
	if (error)
		return error;
	accept.next = tree->twigs.items[at].node.accept;
	error = array_append(&tree->patterns->accepts, accept);
	if (!error)
		tree->twigs.items[at].node.accept = (uint32_t)tree->patterns->accepts.count;
	return error;
}

static int add_glob(struct tree *tree, const struct pattern *pattern)
{
	struct glob_token elements[GLOB_LENGTH_MAX];
	struct complaint complaint;
	struct glob glob;
	int error = glob_scan(pattern->glob, "/@", &glob, &complaint);

	for (unsigned i = 0; !error && i < glob.alternatives; i++) {
		unsigned count = glob_alternative(&glob, i, elements);
		size_t before = tree->twigs.count;

		error = add_alternative(tree, &glob, pattern, elements, count);
		tree->effort->by_rule[pattern->rule] += (uint32_t)(tree->twigs.count - before);
	}
	return error;
}

/* ---- preorder ---------------------------------------------------------------------------- */

/* Puts the children of a twig on the stack: stars, or what is no star. */
static int push_children(struct tree *tree, uint32_t twig, uint32_t number, bool stars)
{
	for (uint32_t i = tree->twigs.items[twig].child; i; i = tree->twigs.items[i].sibling) {
		struct visit visit = { .twig = i, .parent = number };
		int error = 0;

		if (is_star(&tree->twigs.items[i].node) == stars)
			error = array_append(&tree->visits, visit);
		if (error)
			return error;
	}
	return 0;
}

static int number_nodes(struct tree *tree)
{
	struct patterns *patterns = tree->patterns;
	struct visit visit = { .parent = NO_NODE };
	struct pattern_node node;
	int error = array_append(&tree->visits, visit);

	while (!error && tree->visits.count) {
		uint32_t number = (uint32_t)patterns->nodes.count;

		visit = tree->visits.items[--tree->visits.count];
		node = tree->twigs.items[visit.twig].node;
		node.covers = visit.parent; /* until plant() knows what it covers */
		error = array_append(&patterns->nodes, node);
		if (!error)
			error = push_children(tree, visit.twig, number, false);
		if (!error)
			error = push_children(tree, visit.twig, number, true);
	}
	return error;
}

static void find_ends(struct tree *tree)
{
	struct pattern_node *nodes = tree->patterns->nodes.items;

	for (uint32_t i = 0; i < tree->patterns->nodes.count; i++)
		nodes[i].end = i + 1;
	for (uint32_t i = (uint32_t)tree->patterns->nodes.count; i-- > 1;) {
		uint32_t parent = nodes[i].covers;

		if (nodes[parent].end < nodes[i].end)
			nodes[parent].end = nodes[i].end;
	}
}

/* Up from a star as long as nothing else hangs there and, for one star, no slash lies between. */
static uint32_t covered_from(const struct tree *tree, uint32_t star)
{
	const struct pattern_node *nodes = tree->patterns->nodes.items;
	bool deep = nodes[star].kind == GLOB_DEEP_RUN;
	uint32_t first = star;

	while (first) {
		const struct pattern_node *above = &nodes[first - 1];

		if (above->accept || above->end != nodes[first].end ||
		    (!deep && above->kind == GLOB_DEEP_RUN))
			break;
		first--;
		if (!deep && is_slash(above))
			break;
	}
	return first;
}

static int plant(struct tree *tree, const struct pattern *globs, size_t count)
{
	struct twig root = { .node = { .kind = GLOB_OPEN, .rule = SEVERAL_RULES } };
	int error = array_append(&tree->twigs, root);

	for (size_t i = 0; !error && i < count; i++)
		error = add_glob(tree, &globs[i]);
	if (!error)
		error = number_nodes(tree);
	if (error)
		return error;
	find_ends(tree);
	for (uint32_t i = 0; i < tree->patterns->nodes.count; i++)
		if (is_star(&tree->patterns->nodes.items[i]))
			tree->patterns->nodes.items[i].covers = covered_from(tree, i);
	return 0;
}

int patterns_add(struct patterns *patterns, const struct pattern *globs, size_t count,
                 struct effort *effort)
{
	struct tree tree = { .patterns = patterns, .effort = effort };
	int error = plant(&tree, globs, count);

	free(tree.twigs.items);
	free(tree.visits.items);
	if (!error)
		make_classes(patterns);
	return error;
}
