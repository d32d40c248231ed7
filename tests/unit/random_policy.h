/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random policies and questions about them, close to the boundaries of their rules: what differs
 * from one seed to the next, and is the same for the same seed on every machine.
 */
#pragma once

#include "model/policy.h"

struct random {
	uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t limit);

/* `scale` is about how many rules, and how many addresses a set has. */
struct policy *random_policy(struct random *random, uint32_t scale);
struct question random_question(struct random *random, const struct policy *policy);
