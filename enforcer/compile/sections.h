/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sections of a policy mean as boxes, and which hooks the result needs.
 *
 * Narrowness is compared from left to right over the keys, and so are rank (of the heads) and
 * narrowness (of the last key): the order of the language page becomes two numbers.
 */
#pragma once

#include "abi_lsm.h"
#include "compile/diagram.h"
#include "model/policy.h"

struct sections {
	uint32_t roots[ROOT_COUNT];
	/* By root: where something but plain allow can be the answer. Of ROOT_CONNECT* and
	 * ROOT_BIND*: bit per enum protocol_class. */
	uint8_t marks[ROOT_COUNT];
	bool other_families; /* [socket]: the same for a family beside inet and inet6 */
	uint64_t operations; /* [operation]: bit per key, the same */
	struct automaton automata[AUTOMATON_COUNT];
	uint8_t automaton_marks[AUTOMATON_COUNT]; /* bit per operation of the section, the same */
};

/* Builds all diagrams. 0, -ENOMEM, -E2BIG. */
int sections_build(const struct policy *policy, struct nodes *nodes, struct rows *rows,
                   struct effort *effort, struct sections *ret_sections);

/* Bit per enum hook. */
uint32_t hooks_needed(const struct policy *policy, const struct sections *sections);

/* Bit per enum lsm_hook, of those bits of `hooks` that are LSM programs. */
uint64_t lsm_hooks_needed(const struct sections *sections, uint32_t hooks);

/* ---- for section_*.c --------------------------------------------------------------------- */

static inline struct key_range key_range_of(uint32_t number)
{
	return number == ANY_NUMBER ? ANY_KEY : (struct key_range){ number, number };
}

static inline uint32_t is_named(uint32_t number)
{
	return number != ANY_NUMBER;
}

/* A box of `rule` (index, or DECIDED_OUTSIDE). 0 or -ENOMEM. */
int section_add_box(struct diagram *diagram, const struct box *box, uint32_t rule);

/* Each fills in what the questions of its section are like and builds its roots. */
int section_build_device(const struct policy *policy, struct diagram *diagram,
                         struct sections *sections);
int section_build_socket(const struct policy *policy, struct diagram *diagram,
                         struct sections *sections);
int section_build_names(const struct policy *policy, struct diagram *diagram, enum section section,
                        enum root root, struct sections *sections);
int section_build_paths(const struct policy *policy, struct diagram *diagram, enum section section,
                        enum automaton_number number, struct sections *sections);
int section_build_address(const struct policy *policy, struct diagram *diagram,
                          enum section section, enum root root4, enum root root6,
                          struct sections *sections);
