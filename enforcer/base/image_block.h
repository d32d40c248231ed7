/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * match.h for user space: an image is plain memory, a block of it a pointer. The kernel half has
 * its own way to a block in bpf/lookup.h; the decision above both is the same lines.
 */
#pragma once

#include <stddef.h>

#include "abi.h"

/* Words of an image, a whole number of blocks; owned by somebody else. */
struct image_words {
	const __u32 *words;
	__u32 blocks;
};

typedef const struct image_words *image_handle;

static inline const __u32 *image_block(image_handle image, __u32 number)
{
	return number < image->blocks ? image->words + (size_t)number * IMAGE_BLOCK_WORDS : NULL;
}

static inline const __u32 *near_block(image_handle image)
{
	return image->words;
}

static inline __u32 far_step(image_handle image, __u32 ref, __u32 key);

#include "match.h"

/* The kernel has this as a function of its own, which its verifier looks at once. */
static inline __u32 far_step(image_handle image, __u32 ref, __u32 key)
{
	return diagram_step(image, ref, key);
}

/* What the automaton makes of a whole string: an outcome, or REF_INVALID: deny. */
static inline __u32 automaton_match(image_handle image, const struct automaton *automaton,
                                    const char *text, size_t length)
{
	struct automaton_walk walk;

	if (automaton_begin(image, automaton->start, &walk))
		return REF_INVALID;
	for (size_t i = 0; i < length && !automaton_settled(&walk); i++) {
		if (automaton_step(image, &walk, (__u8)text[i]))
			return REF_INVALID;
	}
	return automaton_outcome(image, &walk);
}
