/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of all cgroups are fetched in batches: with thousands of them, a system call for each
 * would be seen in the daemon's figures.
 */
#include "kernel/ward_watch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

#define BATCH 256

static int each_of_batch(const uint64_t *ids, const struct cgroup_state *states, uint32_t count,
                         int (*each)(void *, uint64_t, enum hook, uint64_t), void *context)
{
	for (uint32_t i = 0; i < count; i++) {
		for (unsigned int hook = 0; hook < HOOK_COUNT; hook++) {
			uint64_t total = states[i].hooks[hook].suppressed;
			int error = total ? each(context, ids[i], hook, total) : 0;

			if (error)
				return error;
		}
	}
	return 0;
}

int ward_each_suppressed(struct ward *ward,
                         int (*each)(void *context, uint64_t cgroup_id, enum hook hook,
                                     uint64_t total),
                         void *context)
{
	CLEANUP_FREE uint64_t *ids = calloc(BATCH, sizeof(*ids));
	CLEANUP_FREE struct cgroup_state *states = calloc(BATCH, sizeof(*states));
	uint64_t position = 0;
	bool last = false;

	if (!ids || !states)
		return -ENOMEM;
	for (bool first = true; !last; first = false) {
		uint32_t count = BATCH;
		int error =
		        bpf_map_lookup_batch(ward_cgroup_states_fd(ward), first ? NULL : &position,
		                             &position, ids, states, &count, NULL);

		last = error == -ENOENT;
		if (error && !last)
			return error;
		error = each_of_batch(ids, states, count, each, context);
		if (error)
			return error;
	}
	return 0;
}

bool ward_is_replaced(const struct ward *ward)
{
	struct stat ours, named;

	if (fstat(ward->reader_lock_fd, &ours))
		return true;
	return stat(ward->tree, &named) || named.st_ino != ours.st_ino ||
	       named.st_dev != ours.st_dev;
}
