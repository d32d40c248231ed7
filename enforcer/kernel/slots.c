/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/slots.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

static uint32_t hooks_in_force(uint32_t needed, const struct lsm_means *means)
{
	uint32_t hooks = needed & ~means->missing;

	return means->by_filter ? (hooks & ~(1U << HOOK_LSM_SOCKET)) | 1U << HOOK_SECCOMP : hooks;
}

int candidate_init(const struct policy *policy, const struct image *image, const char *path,
                   const struct lsm_means *means, uint64_t lsm_hooks, struct diag *diag,
                   struct candidate *ret_candidate)
{
	struct candidate candidate = { .image = image, .path = path };
	int error;

	candidate.hooks = hooks_in_force(image_header(image)->hooks, means);
	candidate.lsm_hooks = lsm_hooks;
	error = policy_meta_encode(policy, path, candidate.hooks, means->missing, &candidate.meta,
	                           &candidate.meta_length);
	if (error) {
		diag_add(diag, SEVERITY_ERROR, "meta", NULL,
		         error == -EFBIG ? "rules and their texts take too much room" : NULL,
		         "cannot describe %s for the kernel: %s", path, strerror(-error));
		return error;
	}
	candidate.meta_hash = content_hash(candidate.meta, candidate.meta_length);
	candidate.path_hash = content_hash(path, strlen(path));
	*ret_candidate = candidate;
	return 0;
}

void candidate_fini(struct candidate *candidate)
{
	free(candidate->meta);
}

static bool same_meta(struct ward *ward, uint32_t generation, const struct candidate *candidate)
{
	char *text CLEANUP_FREE = NULL;
	size_t length;

	return meta_read(ward, generation, &text, &length) == 0 &&
	       length == candidate->meta_length && memcmp(text, candidate->meta, length) == 0;
}

bool slot_holds(struct ward *ward, uint32_t slot, const struct candidate *candidate)
{
	const struct slot_note *note = &ward->ledger->slots[slot & (SLOTS_MAX - 1)];
	uint32_t number = ward->slot_table[slot & (SLOTS_MAX - 1)].image;

	return note->generation && number && note->meta_hash == candidate->meta_hash &&
	       same_meta(ward, note->generation, candidate) &&
	       image_is(ward, number, candidate->image);
}

uint32_t slot_find(struct ward *ward, const struct candidate *candidate)
{
	for (uint32_t slot = 1; slot < SLOTS_MAX; slot++) {
		if (slot_holds(ward, slot, candidate))
			return slot;
	}
	return 0;
}

/* Notes first, then the word: see ledger.h. */
static void set_slot(struct ward *ward, uint32_t slot, const struct candidate *candidate,
                     uint32_t number, uint32_t generation)
{
	ward->ledger->slots[slot] = (struct slot_note){
		.generation = generation,
		.users = ward->ledger->slots[slot].users,
		.meta_hash = candidate->meta_hash,
		.path_hash = candidate->path_hash,
		.lsm_hooks = candidate->lsm_hooks,
	};
	__atomic_store_n(&ward->slot_table[slot].image, number, __ATOMIC_SEQ_CST);
}

int slot_make(struct ward *ward, const struct candidate *candidate, struct diag *diag,
              uint32_t *ret_slot)
{
	uint32_t number, generation, slot = 1;
	int error;

	while (slot < SLOTS_MAX && ward->ledger->slots[slot].generation)
		slot++;
	if (slot == SLOTS_MAX) {
		diag_add(diag, SEVERITY_ERROR, "too-many-policies", NULL,
		         "remove policies that are no longer needed",
		         "no more than %d different policies can be in force", SLOTS_MAX - 1);
		return -ENOSPC;
	}
	error = image_publish(ward, candidate->image, candidate->meta, candidate->meta_length, diag,
	                      &number, &generation);
	if (error)
		return error;
	set_slot(ward, slot, candidate, number, generation);
	*ret_slot = slot;
	return 0;
}

int slot_for(struct ward *ward, const struct candidate *candidate, struct diag *diag,
             uint32_t *ret_slot)
{
	uint32_t slot = slot_find(ward, candidate);

	if (!slot)
		return slot_make(ward, candidate, diag, ret_slot);
	*ret_slot = slot;
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Slots may have shared an image; then it is gone already. */
static bool is_gone(const struct ward *ward, uint32_t number)
{
	return !number || !ward->ledger->image_generations[number] ||
	       number == ward->ledger->left_image;
}

/* What a flip took out of its slots. All have the same image, most often: it is left. */
static void give_up(struct ward *ward, const uint32_t *numbers, size_t count)
{
	bool has_left = false;

	for (size_t i = 0; i < count; i++) {
		if (is_gone(ward, numbers[i]) || image_in_use(ward, numbers[i]))
			continue;
		if (!has_left) {
			image_leave(ward, numbers[i]);
			has_left = true;
			continue;
		}
		programs_wait(ward);
		image_withdraw(ward, numbers[i], true);
	}
}

int slot_flip(struct ward *ward, const uint32_t *slots, size_t count,
              const struct candidate *candidate, struct diag *diag, uint64_t *ret_change_ns)
{
	uint64_t begin_ns;
	uint32_t number, generation, *old CLEANUP_FREE = calloc(count + 1, sizeof(*old));
	int error;

	if (!old)
		return -ENOMEM;
	error = image_publish(ward, candidate->image, candidate->meta, candidate->meta_length, diag,
	                      &number, &generation);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		old[i] = ward->slot_table[slots[i]].image;
	begin_ns = now_ns();
	for (size_t i = 0; i < count; i++)
		set_slot(ward, slots[i], candidate, number, generation);
	*ret_change_ns = now_ns() - begin_ns;
	give_up(ward, old, count);
	return 0;
}

void slot_release(struct ward *ward, uint32_t slot)
{
	uint32_t number = ward->slot_table[slot].image;

	__atomic_store_n(&ward->slot_table[slot].image, 0, __ATOMIC_SEQ_CST);
	if (number && !image_in_use(ward, number))
		image_withdraw(ward, number, true);
	ward->ledger->slots[slot] = (struct slot_note){ 0 };
}

void slot_release_unused(struct ward *ward, uint32_t slot)
{
	if (slot && slot < SLOTS_MAX && !ward->ledger->slots[slot].users)
		slot_release(ward, slot);
}
