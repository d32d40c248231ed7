/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other commands left when they were killed, and what vanished cgroups left. Runs at the start
 * of every command that changes something, under the exclusive lock; does what it can and reports
 * nothing: whatever resists now is met again by the next command.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/run_cgroup.h"
#include "kernel/slots.h"
#include "kernel/ward_private.h"

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
static void finish_move(struct ward *ward, const struct cgroup *cgroup, struct policed *policed)
{
	uint32_t number = ward->slot_table[policed->slot & (SLOTS_MAX - 1)].image, hooks;

	if (storage_write(ward, cgroup, policed->slot))
		return;
	if (image_hooks(ward, number, &hooks) == 0)
		links_remove(ward, cgroup->id, ALL_HOOKS & ~hooks);
	policed->flags &= ~POLICED_MOVING;
	policed_set(ward, cgroup->id, policed);
}

static void sweep_cgroup(struct ward *ward, uint64_t id, struct policed *policed)
{
	struct cgroup cgroup CLEANUP(cgroup_fini) = CGROUP_INIT;
	int error = policed_open(ward, id, &cgroup);

	if (error == -ESTALE || (policed->flags & (POLICED_NEW | POLICED_GOING)))
		policed_drop(ward, id, policed);
	else if (error)
		return;
	else if (policed->flags & POLICED_MOVING)
		finish_move(ward, &cgroup, policed);
	/* The cgroup goes first: while a task is in it, this fails and the policy stays. */
	if (!error && (policed->flags & POLICED_RUN) &&
	    !run_is_alive((int)policed->runner_pid, policed->runner_start) &&
	    run_cgroup_remove(&cgroup) == 0)
		policed_drop(ward, id, policed);
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
	}
}

static int mark_used(struct ward *ward, uint8_t used[SLOTS_MAX])
{
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };
	int error = policed_of_slot(ward, 0, &all);

	for (size_t i = 0; i < all.count && !error; i++)
		used[all.items[i].policed.slot & (SLOTS_MAX - 1)] = 1;
	return error;
}

static void sweep_images(struct ward *ward, const uint8_t named[IMAGES_MAX])
{
	bool waited = false;

	for (uint32_t number = 1; number < IMAGES_MAX; number++) {
		if (!ward->ledger->image_generations[number] || named[number])
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
	uint8_t used[SLOTS_MAX] = { 0 }, named[IMAGES_MAX] = { 0 };

	if (mark_used(ward, used))
		return;
	for (uint32_t slot = 1; slot < SLOTS_MAX; slot++) {
		if (!ward->ledger->slots[slot].generation && !ward->slot_table[slot].image)
			continue;
		mend_note(ward, slot);
		if (!used[slot]) {
			programs_wait(ward);
			slot_release(ward, slot);
		}
		named[ward->slot_table[slot].image & (IMAGES_MAX - 1)] = 1;
	}
	sweep_images(ward, named);
}

void ward_sweep(struct ward *ward)
{
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };

	if (policed_of_slot(ward, 0, &all))
		return;
	for (size_t i = 0; i < all.count; i++)
		sweep_cgroup(ward, all.items[i].id, &all.items[i].policed);
	sweep_slots(ward);
	metas_sweep(ward);
	run_cgroups_sweep(ward);
}
