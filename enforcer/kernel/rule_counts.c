/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map `rule_counts`: all cgroups' counts by rule in one table, which can be large.
 *
 * The hard idea: what a cgroup has in it need not be looked for. Its calls were counted by hook as
 * well, and the image says which rules there are; so it is known where to look and when all of it
 * has been found. Only counts of rules that a reload took away are looked for in the whole table.
 */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

/* No bucket is nearly as full. */
#define BATCH 4096

int rule_counts_each(struct ward *ward,
                     int (*each)(void *context, const struct rule_key *key, uint64_t count),
                     void *context)
{
	CLEANUP_FREE struct rule_key *keys = calloc(BATCH, sizeof(*keys));
	CLEANUP_FREE uint64_t *counts = calloc(BATCH, sizeof(*counts));
	uint32_t bucket = 0;
	int error = 0;

	if (!keys || !counts)
		return -ENOMEM;
	while (!error) {
		uint32_t count = BATCH, from = bucket;
		int failed;

		error = bpf_map_lookup_batch(ward->rule_counts, &from, &bucket, keys, counts,
		                             &count, NULL);
		if (error && error != -ENOENT)
			return error;
		for (uint32_t i = 0; i < count; i++) {
			failed = each(context, &keys[i], counts[i]);
			if (failed)
				return failed;
		}
	}
	return 0;
}

struct drop {
	struct ward *ward;
	uint64_t cgroup_id;
};

static int drop_if_its(void *context, const struct rule_key *key, uint64_t count)
{
	const struct drop *drop = context;

	(void)count;
	if (key->cgroup_id == drop->cgroup_id)
		bpf_map_delete_elem(drop->ward->rule_counts, key);
	return 0;
}

/* Calls of the cgroup that were also counted by rule. */
static uint64_t count_calls(struct ward *ward, uint64_t cgroup_id)
{
	struct cgroup_state state;
	uint64_t calls = 0;

	if (bpf_map_lookup_elem(ward->cgroup_states, &cgroup_id, &state) < 0)
		return 0;
	for (uint32_t hook = 0; hook < HOOK_COUNT; hook++)
		calls += state.hooks[hook].denied + state.hooks[hook].would_deny +
		         state.hooks[hook].audited;
	return calls;
}

/* How many of `calls` the rules of this image do not account for. */
static uint64_t drop_of_image(struct ward *ward, uint64_t cgroup_id, uint32_t number,
                              uint64_t calls)
{
	CLEANUP_FREE uint64_t *cookies = NULL;
	size_t cookie_count = 0;

	if (image_cookies(ward, number, &cookies, &cookie_count))
		return calls;
	for (size_t i = 0; i < cookie_count && calls; i++) {
		struct rule_key key = { .cgroup_id = cgroup_id, .cookie = cookies[i] };
		uint64_t count;

		if (bpf_map_lookup_elem(ward->rule_counts, &key, &count) < 0)
			continue;
		bpf_map_delete_elem(ward->rule_counts, &key);
		calls -= count < calls ? count : calls;
	}
	return calls;
}

void rule_counts_drop(struct ward *ward, uint64_t cgroup_id, uint32_t slot)
{
	uint32_t number = ward->slot_table[slot & (SLOTS_MAX - 1)].image;
	uint64_t calls = count_calls(ward, cgroup_id);
	struct drop drop = { ward, cgroup_id };

	if (calls)
		calls = drop_of_image(ward, cgroup_id, number, calls);
	if (calls)
		rule_counts_each(ward, drop_if_its, &drop);
}
