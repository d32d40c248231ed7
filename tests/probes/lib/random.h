/* SPDX-License-Identifier: BSD-2-Clause */
/* Random choices that a seed repeats: xorshift64* (Vigna, "An experimental exploration of
 * Marsaglia's xorshift generators, scrambled", 2016). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state; /* never 0 */
};

static inline uint32_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)((random->state * 0x2545f4914f6cdd1dULL) >> 32);
}

/* From 0 to bound - 1. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
	return random_next(random) % bound;
}

static inline bool random_chance(struct random *random, uint32_t percent)
{
	return random_below(random, 100) < percent;
}

#define RANDOM_OF(random, array) ((array)[random_below(random, sizeof(array) / sizeof((array)[0]))])
