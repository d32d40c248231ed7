/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions of [file], as several programs ask them. */
#pragma once

#include "operation.h"

static __always_inline __u32 ask_object(void *ctx, __u32 lsm_hook, __u32 operations,
                                        const struct vfsmount *mount, const struct dentry *dentry)
{
	struct question question = {
		.kind = QUESTION_PATH,
		.hook = HOOK_LSM_FILE,
		.lsm_hook = lsm_hook,
		.section = SECTION_FILE,
		.operations = operations,
		.mount = (__u64)mount,
		.dentry = (__u64)dentry,
	};

	return police_name(ctx, &question);
}

static __always_inline __u32 ask_path(void *ctx, __u32 lsm_hook, __u32 operations,
                                      const struct path *path)
{
	return ask_object(ctx, lsm_hook, operations, FIELD(path, mnt), FIELD(path, dentry));
}

/* The path by which the user knows the file: a mapping of a file of overlayfs holds the layer's. */
static __always_inline const struct path *path_of(const struct file *file)
{
	const struct backing_file *backing = (const struct backing_file *)file;

	if (bpf_core_type_exists(struct backing_file) && (FIELD(file, f_mode) & FMODE_BACKING_BIT))
		return &backing->user_path;
	return &file->f_path;
}

static __always_inline __u64 magic_of(const struct dentry *dentry)
{
	return FIELD(dentry, d_sb, s_magic);
}
