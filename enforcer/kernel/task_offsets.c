/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * task_struct is randomised and configured: its members may stand in anonymous structs within it,
 * so these are searched too.
 */
#include "kernel/task_offsets.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

#define NESTING_MAX 8

static void cleanup_btf(struct btf **btf)
{
	btf__free(*btf);
}

static bool find_member(const struct btf *btf, uint32_t type_id, const char *name, int depth,
                        uint32_t *ret_offset)
{
	const struct btf_type *type = btf__type_by_id(btf, type_id);

	if (!type || depth > NESTING_MAX || !btf_is_composite(type))
		return false;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		uint32_t offset = btf_member_bit_offset(type, i) / 8;
		const char *member_name = btf__name_by_offset(btf, member->name_off);
		uint32_t inner;

		if (member_name && !strcmp(member_name, name)) {
			*ret_offset = offset;
			return true;
		}
		if (member_name && *member_name)
			continue;
		if (find_member(btf, member->type, name, depth + 1, &inner)) {
			*ret_offset = offset + inner;
			return true;
		}
	}
	return false;
}

int task_offsets_find(struct task_offsets *ret_offsets)
{
	CLEANUP(cleanup_btf) struct btf *btf = btf__load_vmlinux_btf();
	struct task_offsets offsets;
	int task;

	if (!btf)
		return errno == ENOMEM ? -ENOMEM : -ENOENT;
	task = btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);
	if (task < 0)
		return -ENOENT;
	if (!find_member(btf, (uint32_t)task, "real_parent", 0, &offsets.real_parent) ||
	    !find_member(btf, (uint32_t)task, "tgid", 0, &offsets.tgid) ||
	    !find_member(btf, (uint32_t)task, "comm", 0, &offsets.comm))
		return -ENOENT;
	*ret_offsets = offsets;
	return 0;
}
