/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a mount and a dentry to a path and a class: up the parents, at the root of a mount on to
 * where it is mounted, to the root of the mount namespace.
 *
 * The hard idea: to the namespace's root and not to the task's, so that chroot changes no name; and
 * what hangs in no namespace has no name at all, so that no mount can lend one. bpf_d_path is not
 * used: most path hooks refuse it, and it follows the task's root.
 *
 * The walk takes no locks. A rename that runs meanwhile can mix an old component with a new one;
 * the rename itself was judged. Whatever does not end at a root is an error, and errors are denied.
 */
#pragma once

#include "state.h"

/* Components and mounts that are followed; a longer way is an error. A component takes two bytes
 * at least. */
#define WALK_STEPS_MAX (PATH_LENGTH_MAX / 2 + 512)

/* How far the path has come stands in scratch->start: what the verifier knew of a number on the
 * stack would be another thing after each step, and it would follow them all. */
struct walk {
	__u64 dentry, mount; /* struct mount */
	__u64 root;          /* dentry: where the mount ends */
	__u64 class;
	struct scratch *scratch;
};

static __always_inline __u64 mount_of(__u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline int walk_enter(struct walk *walk, __u64 mount)
{
	const struct mount *entered = (const struct mount *)mount;

	walk->mount = mount;
	walk->root = (__u64)FIELD(entered, mnt.mnt_root);
	return walk->root ? 0 : -1;
}

/* mq_open() opens on a mount of its own, which hangs in no namespace. Nothing but queues is there.
 */
static __always_inline int is_queues(const struct mount *top)
{
	return FIELD(top, mnt.mnt_root, d_sb, s_magic) == MQUEUE_MAGIC;
}

/* The top is reached: whose is it? */
static __always_inline __u64 class_of_top(const struct mount *top)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task_btf();
	const struct mnt_namespace *namespace = FIELD(top, mnt_ns);
	const struct mnt_namespace *own = task->nsproxy->mnt_ns;

	if (!namespace || (__u64) namespace >= NAMESPACE_INTERNAL)
		return is_queues(top) ? OBJECT_ANONYMOUS : OBJECT_DETACHED;
	if (namespace == own)
		return FIELD(namespace, root) == top ? OBJECT_NORMAL : OBJECT_DETACHED;
	/* Without the field, what open_tree made cannot be told from another namespace. */
	if (!bpf_core_field_exists(namespace->seq) || !FIELD(namespace, seq))
		return OBJECT_DETACHED;
	return OBJECT_FOREIGN;
}

/* A dentry that is its own parent and not the root of its mount: a memfd, a pipe or their like on a
 * mount that the kernel keeps to itself. On any other mount it was opened by handle, and its place
 * is not known. */
static __always_inline __u64 class_of_loose(const struct mount *mount)
{
	return (__u64)FIELD(mount, mnt_ns) >= NAMESPACE_INTERNAL ? OBJECT_ANONYMOUS : OBJECT_ERROR;
}

/* What a dentry says of the way up, as it stands there. */
struct link_up {
	const struct dentry *parent;
	__u32 hash, length;
	const char *name;
};

#define BEHIND_PARENT(field)                           \
	(bpf_core_field_offset(struct dentry, field) - \
	 bpf_core_field_offset(struct dentry, d_parent))

/* In one read where the kernel has them side by side, as all have so far: a read is a call, and
 * costs more than all else in a step. */
static __always_inline void read_link_up(const struct dentry *dentry, struct link_up *up)
{
	if (BEHIND_PARENT(d_name.len) == __builtin_offsetof(struct link_up, length) &&
	    BEHIND_PARENT(d_name.name) == __builtin_offsetof(struct link_up, name)) {
		bpf_probe_read_kernel(up, sizeof(*up), &dentry->d_parent);
		return;
	}
	up->parent = FIELD(dentry, d_parent);
	up->length = FIELD(dentry, d_name.len);
	up->name = (const char *)FIELD(dentry, d_name.name);
}

static long walk_step(__u32 index, struct walk *walk)
{
	const struct dentry *dentry = (const struct dentry *)walk->dentry;
	const struct mount *mount = (const struct mount *)walk->mount;
	__u64 position = walk->scratch->start, length;
	struct link_up up = { 0 };

	(void)index;
	if (walk->dentry == walk->root) {
		const struct mount *above = FIELD(mount, mnt_parent);

		if (above == mount) {
			walk->class = class_of_top(mount);
			return 1;
		}
		walk->dentry = (__u64)FIELD(mount, mnt_mountpoint);
		return walk_enter(walk, (__u64)above) ? 1 : 0;
	}
	read_link_up(dentry, &up);
	length = up.length;
	if (up.parent == dentry) {
		walk->class = class_of_loose(mount);
		return 1;
	}
	if (length > NAME_LENGTH_MAX || length + 1 > position)
		return 1;
	position -= length;
	if (bpf_probe_read_kernel(&walk->scratch->buffer[position & (PATH_LENGTH_MAX - 1)],
	                          length & NAME_LENGTH_MAX, up.name))
		return 1;
	position--;
	walk->scratch->buffer[position & (PATH_LENGTH_MAX - 1)] = '/';
	walk->scratch->start = position;
	walk->dentry = (__u64)up.parent;
	return 0;
}

/* Fills class, start and length. A global function: the verifier checks it once. */
__weak __noinline int find_path(struct scratch *scratch)
{
	struct walk walk = {
		.class = OBJECT_ERROR,
		.scratch = scratch,
	};

	if (!scratch)
		return 0;
	scratch->start = PATH_LENGTH_MAX;
	walk.dentry = scratch->question.dentry;
	if (!walk_enter(&walk, mount_of(scratch->question.mount)))
		bpf_loop(WALK_STEPS_MAX, walk_step, &walk, 0);
	scratch->class = walk.class;
	/* The walk goes from the end to the beginning, and did not get there. (Asked of the scratch
	 * slot: what the verifier has to know of `walk` multiplies the steps that it follows.) */
	if (*(volatile __u32 *)&scratch->class == OBJECT_ERROR) {
		scratch->flags = EVENT_PATH_TRUNCATED;
	} else if (scratch->start == PATH_LENGTH_MAX) {
		scratch->start--;
		scratch->buffer[PATH_LENGTH_MAX - 1] = '/';
	}
	scratch->length = PATH_LENGTH_MAX - scratch->start;
	return 0;
}
