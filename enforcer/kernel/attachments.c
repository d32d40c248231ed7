/* SPDX-License-Identifier: BSD-2-Clause */
/* The map `attachments`: which cgroups are policed, and by which slot. */
#include <errno.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

int policed_get(struct ward *ward, uint64_t cgroup_id, struct policed *ret_policed)
{
	return bpf_map_lookup_elem(ward->attachments, &cgroup_id, ret_policed) < 0 ? -errno : 0;
}

int policed_set(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	return bpf_map_update_elem(ward->attachments, &cgroup_id, policed, BPF_ANY) < 0 ? -errno
	                                                                                : 0;
}

int policed_of_slot(const struct ward *ward, uint32_t slot, struct policed_list *ret_list)
{
	struct policed_list list CLEANUP(policed_list_fini) = { 0 };
	struct policed_cgroup cgroup;
	uint64_t *previous = NULL, last;

	while (bpf_map_get_next_key(ward->attachments, previous, &cgroup.id) == 0) {
		last = cgroup.id;
		previous = &last;
		if (bpf_map_lookup_elem(ward->attachments, &cgroup.id, &cgroup.policed) < 0)
			continue;
		if (slot && cgroup.policed.slot != slot)
			continue;
		if (array_append(&list, cgroup))
			return -ENOMEM;
	}
	if (errno != ENOENT)
		return -errno;
	*ret_list = list;
	list.items = NULL;
	return 0;
}
