/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: which policies are in force, each once. The word of a slot names its image; flipping it is
 * the instant of a reload.
 */
#pragma once

#include "kernel/lsm.h"
#include "kernel/ward_private.h"

/* A policy on its way into force. */
struct candidate {
	const struct image *image;
	const char *path; /* absolute */
	char *meta;       /* owned */
	size_t meta_length;
	uint64_t meta_hash, path_hash;
	uint32_t
	        hooks; /* bit per enum hook: by which it is enforced, linked to the cgroup or not */
	uint64_t lsm_hooks;
};

int candidate_init(const struct policy *policy, const struct image *image, const char *path,
                   const struct lsm_means *means, uint64_t lsm_hooks, struct diag *diag,
                   struct candidate *ret_candidate);
void candidate_fini(struct candidate *candidate);

/* Whether the slot has this policy, byte for byte: image, and meta with its path and lines. */
bool slot_holds(struct ward *ward, uint32_t slot, const struct candidate *candidate);

/* The slot that holds it, or 0. */
uint32_t slot_find(struct ward *ward, const struct candidate *candidate);

/* A new slot with a new image. */
int slot_make(struct ward *ward, const struct candidate *candidate, struct diag *diag,
              uint32_t *ret_slot);

/* slot_find, else slot_make. */
int slot_for(struct ward *ward, const struct candidate *candidate, struct diag *diag,
             uint32_t *ret_slot);

/* Gives the slots the candidate's image: published once, then one word each; *ret_change_ns is how
 * long that took, from the first to the last. */
int slot_flip(struct ward *ward, const uint32_t *slots, size_t count,
              const struct candidate *candidate, struct diag *diag, uint64_t *ret_change_ns);

/* Frees a slot that no cgroup uses, and its image if no other slot has it. Whoever took the last
 * cgroup away has called programs_wait. */
void slot_release(struct ward *ward, uint32_t slot);
void slot_release_unused(struct ward *ward, uint32_t slot);
