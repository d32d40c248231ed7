/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiling a policy to an image, and asking the image: pure, deterministic (the same policy gives
 * the same bytes), no kernel. How the diagram is built is diagram.c's business.
 */
#pragma once

#include "base/diag.h"
#include "model/policy.h"

/* Everything the kernel decides with, plus nothing. */
struct image {
	uint32_t *words; /* owned; header first (struct image_header), whole blocks, unused words 0;
	                  * header.generation is 0 until the kernel layer publishes it */
	uint32_t blocks;
};

/*
 * 0, -ENOMEM, or -EINVAL with errors in `diag`: the image would pass a stated limit (the rules that
 * cost most are named). The caller owns *ret_image.
 */
int image_compile(const struct policy *policy, struct diag *diag, struct image **ret_image);
void image_free(struct image *image);

static inline const struct image_header *image_header(const struct image *image)
{
	return (const struct image_header *)(const void *)image->words;
}

/* Bit per enum lsm_hook: the LSM programs the image needs. */
static inline uint64_t image_lsm_hooks(const struct image *image)
{
	const struct image_header *header = image_header(image);

	return header->lsm_hooks[0] | (uint64_t)header->lsm_hooks[1] << 32;
}

/* Those that can have a part in what is counted for `hook`, needed or not. */
uint64_t lsm_hooks_counted(enum hook hook);

/* The kernel's own answer, by match.h. mode = audit does not change it. Never fails: an image out
 * of order gives deny and REASON_BROKEN. */
struct decision image_decide(const struct image *image, const struct question *question);

/* 64-bit key under which a rule's counter survives a reload: hash of section, file and text, not of
 * the line. `rule` NULL: the section's default. */
uint64_t rule_cookie(const struct policy *policy, const struct rule *rule, enum section section);
