/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sections of a policy mean as boxes, and which hooks the result needs.
 */
#pragma once

#include "compile/diagram.h"
#include "model/policy.h"

struct sections {
	uint32_t roots[ROOT_COUNT];
	/* By root: where something but plain allow can be the answer. Of ROOT_CONNECT* and
	 * ROOT_BIND*: bit per enum protocol_class. */
	uint8_t marks[ROOT_COUNT];
};

/* Builds all diagrams. 0, -ENOMEM, -E2BIG. */
int sections_build(const struct policy *policy, struct nodes *nodes, struct rows *rows,
                   struct effort *effort, struct sections *ret_sections);

/* Bit per enum hook. */
uint32_t hooks_needed(const struct policy *policy, const struct sections *sections);
