/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map `attachments`: which cgroups are policed, and by which slot; and how many, in the ledger.
 *
 * It is read in batches: the kernel's place in a walk is then a number of a bucket, which stays
 * right whatever is added or deleted meanwhile.
 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

/* The fullest of CGROUPS_MAX buckets, which hold one each when the map is full, is far from it. */
#define BATCH 1024

int policed_get(struct ward *ward, uint64_t cgroup_id, struct policed *ret_policed)
{
	return bpf_map_lookup_elem(ward->attachments, &cgroup_id, ret_policed) < 0 ? -errno : 0;
}

int policed_set(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	return bpf_map_update_elem(ward->attachments, &cgroup_id, policed, BPF_ANY) < 0 ? -errno
	                                                                                : 0;
}

int policed_add(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	int error = policed_set(ward, cgroup_id, policed);

	if (error)
		return error;
	ward->ledger->policed++;
	ward->ledger->slots[policed->slot].users++;
	return 0;
}

int policed_move(struct ward *ward, uint64_t cgroup_id, const struct policed *policed,
                 uint32_t old_slot)
{
	int error = policed_set(ward, cgroup_id, policed);

	if (error)
		return error;
	ward->ledger->slots[old_slot].users--;
	ward->ledger->slots[policed->slot].users++;
	return 0;
}

int policed_delete(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	if (bpf_map_delete_elem(ward->attachments, &cgroup_id) < 0)
		return errno == ENOENT ? 0 : -errno;
	ward->ledger->policed--;
	ward->ledger->slots[policed->slot & (SLOTS_MAX - 1)].users--;
	return 0;
}

static int read_some(const struct ward *ward, uint32_t *bucket, struct policed_cgroup *items,
                     uint32_t count)
{
	CLEANUP_FREE uint64_t *ids = calloc(count, sizeof(*ids));
	CLEANUP_FREE struct policed *values = calloc(count, sizeof(*values));
	uint32_t from = *bucket, next = 0;
	int error;

	if (!ids || !values)
		return -ENOMEM;
	error = bpf_map_lookup_batch(ward->attachments, &from, &next, ids, values, &count, NULL);
	if (error && error != -ENOENT)
		return error;
	for (uint32_t i = 0; i < count; i++)
		items[i] = (struct policed_cgroup){ ids[i], values[i] };
	*bucket = error ? 0 : next;
	return (int)count;
}

int policed_some(const struct ward *ward, uint32_t *bucket, struct policed_cgroup *items,
                 uint32_t count)
{
	int read = read_some(ward, bucket, items, count);

	/* More in one bucket than were asked for: a whole sweep will meet them. */
	if (read == -ENOSPC) {
		++*bucket;
		return 0;
	}
	return read;
}

int policed_of_slot(const struct ward *ward, uint32_t slot, struct policed_list *ret_list)
{
	struct policed_list list CLEANUP(policed_list_fini) = { 0 };
	CLEANUP_FREE struct policed_cgroup *items = calloc(BATCH, sizeof(*items));
	uint32_t bucket = 0;

	if (!items)
		return -ENOMEM;
	do {
		int read = read_some(ward, &bucket, items, BATCH);

		if (read < 0)
			return read;
		for (int i = 0; i < read; i++) {
			if (slot && items[i].policed.slot != slot)
				continue;
			if (array_append(&list, items[i]))
				return -ENOMEM;
		}
	} while (bucket);
	*ret_list = list;
	list.items = NULL;
	return 0;
}
