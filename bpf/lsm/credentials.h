/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a task does for the kernel and not for itself.
 *
 * The hard idea: overlayfs works on its layers in the middle of a task's call, with the credentials
 * of who mounted it: it copies a file up, notes where it came from, makes a whiteout. The call was
 * judged by its name in the overlay; the work must pass, or a policy that denies by default denies
 * each write to a file of the lower layer. But a task that may borrow credentials itself, by a
 * personality of io_uring, is not to be taken for the kernel.
 */
#pragma once

#include "walk.h"

/* Whether the task has taken on credentials that are not its own for the moment. It is not believed
 * of a task that has ever used io_uring, nor of a thread that works for one. */
static __always_inline int acts_for_the_kernel(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task_btf();

	if ((__u64)task->cred == (__u64)task->real_cred || (task->flags & TASK_RING_WORKER))
		return 0;
	return !bpf_core_field_exists(task->io_uring) || !task->io_uring;
}

/* Whether overlayfs opens a file of a layer: by a copy of the layer's mount that it keeps to
 * itself, and no path leads to. Memfds and message queues are on mounts of the kernel's own as
 * well, but so is their whole file system. */
static __always_inline int opens_layer(const struct file *file)
{
	const struct vfsmount *vfsmount = file->f_path.mnt;
	const struct mount *mount = (const struct mount *)mount_of((__u64)vfsmount);

	return acts_for_the_kernel() && (__u64)FIELD(mount, mnt_ns) >= NAMESPACE_INTERNAL &&
	       !(FIELD(file, f_path.dentry, d_sb, s_flags) & SUPER_KERNEL_MOUNT);
}
