/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The globs of a section as one tree of elements: what begins alike is stored once. Read as a
 * nondeterministic automaton, a node is the place just behind its element; what is below it is
 * still to be matched.
 *
 * Nodes are numbered in preorder, stars before their siblings: the children of node n are n + 1,
 * end(n + 1), ... below end(n), and a chain without branches has consecutive numbers.
 *
 * Leaves to others: what sets of nodes mean (subsets.c).
 */
#pragma once

#include "base/array.h"
#include "base/glob.h"
#include "compile/diagram.h"

/* One glob of one rule. */
struct pattern {
	struct span glob; /* glob_check() has nothing to say about it */
	uint32_t rule;
	uint8_t verdict;
	uint8_t operations; /* mask */
};

#define NO_NODE       UINT32_MAX
#define SEVERAL_RULES UINT32_MAX

struct pattern_node {
	uint32_t end; /* first node that is not below this one */
	/* Of a star: the nodes from here on up to the star itself match nothing from now on that
	 * the star does not. The star's own number: none. */
	uint32_t covers;
	uint32_t accept; /* index + 1 into accepts, 0: no pattern ends here */
	uint32_t rule;   /* the only one that comes by here, or SEVERAL_RULES */
	uint8_t kind;    /* enum glob_kind of the element; the root's is GLOB_OPEN */
	uint8_t byte;
	uint16_t set; /* index into sets */
};

/* A pattern that ends. Of two that match, the one with the smaller key decides. */
struct pattern_accept {
	uint64_t key;
	uint32_t next; /* index + 1; more that end at the same node */
	uint32_t rule;
	uint8_t verdict, operations;
};

struct patterns {
	ARRAY(struct pattern_node) nodes;
	ARRAY(struct pattern_accept) accepts;
	ARRAY(struct byte_set) sets;
	/* Bytes that no pattern tells apart form a class; NUL is in none. */
	uint8_t class_of[256];
	uint8_t class_byte[256];   /* one of its bytes */
	uint8_t class_weight[256]; /* bytes in it */
	unsigned class_count;
};

#define PATTERNS_INIT \
	{             \
		0     \
	}

void patterns_fini(struct patterns *patterns);

/* 0, -ENOMEM, or -E2BIG: more than the effort has left, or more different sets than can be told. */
int patterns_add(struct patterns *patterns, const struct pattern *globs, size_t count,
                 struct effort *effort);

static inline bool is_star(const struct pattern_node *node)
{
	return node->kind == GLOB_RUN || node->kind == GLOB_DEEP_RUN;
}

static inline bool is_slash(const struct pattern_node *node)
{
	return node->kind == GLOB_BYTE && node->byte == '/';
}
