/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a dentry alone to a mount it can be reached through: the list of mounts of its super block,
 * the first that is in the task's mount namespace and whose root is above the dentry.
 *
 * The list is walked without its lock; what does not lead on ends the search. No mount found means
 * class error, and that is denied.
 */
#pragma once

#include "walk.h"

#define MOUNTS_MAX  1024
#define PARENTS_MAX (PATH_LENGTH_MAX / 2)

struct search {
	__u64 dentry;
	__u64 own;   /* mount namespace of the task */
	__u64 entry; /* of the list */
	__u64 head;
	__u64 found; /* struct mount */
	__u64 other; /* the first in another namespace, or the kernel's own */
};

struct climb {
	__u64 dentry;
	__u64 root;
	__u64 reached;
};

static long climb_step(__u32 index, struct climb *climb)
{
	const struct dentry *dentry = (const struct dentry *)climb->dentry;
	__u64 parent = (__u64)FIELD(dentry, d_parent);

	(void)index;
	if (climb->dentry == climb->root) {
		climb->reached = 1;
		return 1;
	}
	if (!parent || parent == climb->dentry)
		return 1;
	climb->dentry = parent;
	return 0;
}

static long search_step(__u32 index, struct search *search)
{
	const struct mount *mount;
	const struct list_head *entry = (const struct list_head *)search->entry;
	struct climb climb = { .dentry = search->dentry };

	(void)index;
	if (!search->entry || search->entry == search->head)
		return 1;
	mount = (const struct mount *)(search->entry -
	                               bpf_core_field_offset(struct mount, mnt_instance));
	if (!search->other)
		search->other = (__u64)mount;
	if ((__u64)FIELD(mount, mnt_ns) == search->own) {
		climb.root = (__u64)FIELD(mount, mnt.mnt_root);
		bpf_loop(PARENTS_MAX, climb_step, &climb, 0);
		if (climb.reached) {
			search->found = (__u64)mount;
			return 1;
		}
	}
	search->entry = (__u64)FIELD(entry, next);
	return 0;
}

/* A struct vfsmount, or 0. A file of no mount in the task's namespace gets one of another, and with
 * it the class that says so. */
static __noinline __u64 find_mount(__u64 dentry)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	const struct dentry *start = (const struct dentry *)dentry;
	const struct super_block *super = FIELD(start, d_sb);
	struct search search = { .dentry = dentry };
	__u64 mount;

	if (!bpf_core_field_exists(struct mount, mnt_instance))
		return 0;
	search.own = (__u64)FIELD(task, nsproxy, mnt_ns);
	search.head = (__u64)super + bpf_core_field_offset(struct super_block, s_mounts);
	search.entry = (__u64)FIELD(super, s_mounts.next);
	bpf_loop(MOUNTS_MAX, search_step, &search, 0);
	mount = search.found ? search.found : search.other;
	return mount ? mount + bpf_core_field_offset(struct mount, mnt) : 0;
}
