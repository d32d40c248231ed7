// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [file]: making, removing and renaming names.
 *
 * The hard idea: a second name for a file must not give what its first name denies. Who links or
 * renames a file must hold for its old name all that a name can give (AppArmor asks likewise).
 * Of a directory that is renamed the directory's own name is judged, not all that is below it.
 *
 * Names on bpffs are cgward's or somebody else's hold on programs: to change them is a question of
 * [operation].
 */
#include "file.h"

#define ALL_OF_CONTENT (PERMISSION_READ | PERMISSION_WRITE | PERMISSION_ATTRIBUTES)
#define MOVE_AWAY      (ALL_OF_CONTENT | PERMISSION_DELETE)

#define RENAME_EXCHANGE_FLAG (1U << 1)

/* `directory` and `dentry` as the hooks have them: the dentry may be negative, its parent and name
 * are there. */
static __always_inline __u32 ask_name(void *ctx, __u32 lsm_hook, __u32 operations,
                                      const struct path *directory, const struct dentry *dentry)
{
	if (magic_of(dentry) == BPF_FS_MAGIC && ask_operation(ctx, lsm_hook, OPERATION_BPF_OWN))
		return 1;
	return ask_object(ctx, lsm_hook, operations, FIELD(directory, mnt), dentry);
}

#define NAME_PROGRAM(NAME, ARGUMENTS, HOOK, PERMISSION)                                    \
	SEC("lsm/" #NAME) int NAME(__u64 *ctx)                                             \
	{                                                                                  \
		if (ctx[ARGUMENTS] || !is_policed())                                       \
			return hook_result(ctx[ARGUMENTS] != 0);                           \
		return hook_result(ask_name(ctx, HOOK, PERMISSION, ARGUMENT(path, ctx, 0), \
		                            ARGUMENT(dentry, ctx, 1)));                    \
	}

NAME_PROGRAM(path_mknod, 4, LSM_PATH_MKNOD, PERMISSION_CREATE)
NAME_PROGRAM(path_mkdir, 3, LSM_PATH_MKDIR, PERMISSION_CREATE)
NAME_PROGRAM(path_symlink, 3, LSM_PATH_SYMLINK, PERMISSION_CREATE)
NAME_PROGRAM(path_unlink, 2, LSM_PATH_UNLINK, PERMISSION_DELETE)
NAME_PROGRAM(path_rmdir, 2, LSM_PATH_RMDIR, PERMISSION_DELETE)

/* The old name is on the mount of the new one. A file of O_TMPFILE has its directory's path and a
 * name of its inode number. */
SEC("lsm/path_link") int path_link(__u64 *ctx)
{
	const struct dentry *old = ARGUMENT(dentry, ctx, 0), *new = ARGUMENT(dentry, ctx, 2);
	const struct path *directory = ARGUMENT(path, ctx, 1);

	if (ctx[3] || !is_policed())
		return hook_result(ctx[3] != 0);
	if (ask_name(ctx, LSM_PATH_LINK, ALL_OF_CONTENT, directory, old))
		return hook_result(1);
	return hook_result(ask_name(ctx, LSM_PATH_LINK, PERMISSION_CREATE, directory, new));
}

/* What stands under the new name is deleted, or goes to the old one. */
SEC("lsm/path_rename") int path_rename(__u64 *ctx)
{
	const struct path *from = ARGUMENT(path, ctx, 0), *to = ARGUMENT(path, ctx, 2);
	const struct dentry *old = ARGUMENT(dentry, ctx, 1), *new = ARGUMENT(dentry, ctx, 3);
	__u32 there = PERMISSION_CREATE, here = MOVE_AWAY;

	if (ctx[5] || !is_policed())
		return hook_result(ctx[5] != 0);
	if (FIELD(new, d_inode))
		there |= PERMISSION_DELETE;
	if (ctx[4] & RENAME_EXCHANGE_FLAG) {
		there |= MOVE_AWAY;
		here |= PERMISSION_CREATE;
	}
	if (ask_name(ctx, LSM_PATH_RENAME, here, from, old))
		return hook_result(1);
	return hook_result(ask_name(ctx, LSM_PATH_RENAME, there, to, new));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
