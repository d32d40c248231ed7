/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other commands left when they were killed, and what vanished cgroups left. Runs at the start
 * of every command that changes something, under the exclusive lock; does what it can and reports
 * nothing: whatever resists now is met again by the next command.
 *
 * The hard idea: what a command costs must not grow with the cgroups that are policed. A change
 * that does not come to its end leaves a mark, and only that makes the next command look through
 * everything. A cgroup that vanishes leaves none: so each command looks at a few, in turn. What is
 * dead by then is at most one in SOME of what is policed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"
#include "kernel/run_cgroup.h"
#include "kernel/slots.h"
#include "kernel/ward_private.h"

/* Cgroups that each command looks at. */
#define SOME 16

void change_begin(struct ward *ward)
{
	__atomic_store_n(&ward->ledger->unfinished, 1, __ATOMIC_SEQ_CST);
}

void change_end(struct ward *ward, int error)
{
	ward->has_failed = ward->has_failed || error;
	if (!ward->has_failed)
		__atomic_store_n(&ward->ledger->unfinished, 0, __ATOMIC_SEQ_CST);
}

void ward_begin(struct ward *ward)
{
	change_begin(ward);
}

int policed_open(struct ward *ward, uint64_t cgroup_id, struct cgroup *ret_cgroup)
{
	int fd CLEANUP_CLOSE = cgroup_open_by_id(ward->cgroup_mount_fd, cgroup_id);
	char *path CLEANUP_FREE = NULL;
	int error;

	if (fd < 0)
		return fd;
	error = cgroup_path_of_id(ward->cgroup_mount_fd, cgroup_id, &path);
	if (error)
		return error;
	*ret_cgroup = (struct cgroup){ .fd = TAKE_FD(fd), .id = cgroup_id };
	ret_cgroup->is_root = strcmp(path, "/") == 0;
	ret_cgroup->path = TAKE_PTR(path);
	return 0;
}

/* See move_to_slot. */
static int finish_move(struct ward *ward, const struct cgroup *cgroup, struct policed *policed)
{
	uint32_t number = ward->slot_table[policed->slot & (SLOTS_MAX - 1)].image, hooks;

	if (image_hooks(ward, number, &hooks))
		return -EIO;
	if (storage_write(ward, cgroup, policed->slot, hooks))
		return -EIO;
	links_remove(ward, cgroup->id, ALL_HOOKS & ~hooks);
	if (lsm_move(ward, cgroup, policed))
		return -EIO;
	policed->flags &= ~POLICED_MOVING;
	return policed_set(ward, cgroup->id, policed);
}

/* What was made by `cgward run` goes when it is empty and its runner is dead. The cgroup goes
 * first: while a task is in it, this fails and the policy stays. */
static int sweep_run(struct ward *ward, const struct cgroup *cgroup, const struct policed *policed)
{
	if (run_is_alive((int)policed->runner_pid, policed->runner_start) ||
	    run_cgroup_remove(cgroup))
		return 0;
	return policed_drop(ward, cgroup->id, policed);
}

static int sweep_cgroup(struct ward *ward, struct policed_cgroup *item)
{
	struct cgroup cgroup CLEANUP(cgroup_fini) = CGROUP_INIT;
	struct policed *policed = &item->policed;
	int error;

	if (!policed->flags) {
		int fd CLEANUP_CLOSE = cgroup_open_by_id(ward->cgroup_mount_fd, item->id);

		return fd == -ESTALE ? policed_drop(ward, item->id, policed) : 0;
	}
	error = policed_open(ward, item->id, &cgroup);
	if (error == -ESTALE || (policed->flags & (POLICED_NEW | POLICED_GOING)))
		return policed_drop(ward, item->id, policed);
	if (!error && (policed->flags & POLICED_MOVING))
		error = finish_move(ward, &cgroup, policed);
	if (!error && (policed->flags & POLICED_RUN))
		error = sweep_run(ward, &cgroup, policed);
	return error;
}

/* A flip that was killed between note and word left the note of an image that is not there. */
static void mend_note(struct ward *ward, uint32_t slot)
{
	struct slot_note *note = &ward->ledger->slots[slot];
	uint32_t number = ward->slot_table[slot].image & (IMAGES_MAX - 1);
	uint32_t generation = ward->ledger->image_generations[number];

	if (number && generation && note->generation != generation) {
		note->meta_hash = 0;
		note->generation = generation;
		note->lsm_hooks = UINT64_MAX; /* not known: what is attached stays */
	}
}

/* A command may have been killed between the note of a cgroup and these numbers. */
static void count_anew(struct ward *ward, const struct policed_list *all)
{
	for (uint32_t slot = 0; slot < SLOTS_MAX; slot++)
		ward->ledger->slots[slot].users = 0;
	for (size_t i = 0; i < all->count; i++)
		ward->ledger->slots[all->items[i].policed.slot & (SLOTS_MAX - 1)].users++;
	ward->ledger->policed = (uint32_t)all->count;
}

static void sweep_images(struct ward *ward, const uint8_t named[IMAGES_MAX])
{
	bool waited = false;

	for (uint32_t number = 1; number < IMAGES_MAX; number++) {
		if (!ward->ledger->image_generations[number] || named[number] ||
		    number == ward->ledger->left_image || number == ward->ledger->unused_image)
			continue;
		/* Its command may have been killed just after the flip. */
		if (!waited)
			programs_wait(ward);
		waited = true;
		image_withdraw(ward, number, true);
	}
}

static void sweep_slots(struct ward *ward)
{
	uint8_t named[IMAGES_MAX] = { 0 };

	for (uint32_t slot = 1; slot < SLOTS_MAX; slot++) {
		const struct slot_note *note = &ward->ledger->slots[slot];

		if (!note->generation && !ward->slot_table[slot].image)
			continue;
		mend_note(ward, slot);
		if (!note->users) {
			programs_wait(ward);
			slot_release(ward, slot);
		}
		named[ward->slot_table[slot].image & (IMAGES_MAX - 1)] = 1;
	}
	sweep_images(ward, named);
}

static int sweep_all(struct ward *ward)
{
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };
	int error = policed_of_slot(ward, 0, &all);

	if (error)
		return error;
	count_anew(ward, &all);
	for (size_t i = 0; i < all.count; i++) {
		int failed = sweep_cgroup(ward, &all.items[i]);

		error = error ? error : failed;
	}
	sweep_slots(ward);
	metas_sweep(ward);
	run_cgroups_sweep(ward);
	lsm_sweep(ward);
	return error;
}

void ward_sweep_everything(struct ward *ward)
{
	change_begin(ward);
	change_end(ward, sweep_all(ward));
}

static int sweep_some(struct ward *ward)
{
	struct policed_cgroup items[SOME];
	int count = policed_some(ward, &ward->ledger->sweep_bucket, items, SOME), error = 0;

	for (int i = 0; i < count; i++) {
		int failed = sweep_cgroup(ward, &items[i]);

		error = error ? error : failed;
	}
	metas_sweep_old(ward);
	return count < 0 ? count : error;
}

/* What is dead may hold the last of something. */
static bool is_full(const struct ward *ward)
{
	const struct ledger *ledger = ward->ledger;
	uint32_t slot = 1, number = 1;

	while (slot < SLOTS_MAX && ledger->slots[slot].generation)
		slot++;
	while (number < IMAGES_MAX && ledger->image_generations[number])
		number++;
	return ledger->policed >= CGROUPS_MAX || slot == SLOTS_MAX || number == IMAGES_MAX;
}

void ward_sweep(struct ward *ward)
{
	bool everything = ward->ledger->unfinished || is_full(ward);

	if (everything) {
		images_withdraw_left(ward);
		ward_sweep_everything(ward);
		return;
	}
	change_begin(ward);
	change_end(ward, sweep_some(ward));
}
