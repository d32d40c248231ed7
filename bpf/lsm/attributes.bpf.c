// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [file], letter a: mode, owner, times, extended attributes, access lists.
 *
 * The hard idea: the hooks of times and extended attributes know no mount, and so no path. The file
 * is judged by its path through the first mount of its file system, in the task's mount namespace,
 * below which it lies (mounts.h).
 */
#include "credentials.h"
#include "file.h"
#include "mounts.h"

/* of iattr.ia_valid */
#define ATTRIBUTE_MODE  (1U << 0)
#define ATTRIBUTE_UID   (1U << 1)
#define ATTRIBUTE_GID   (1U << 2)
#define ATTRIBUTE_SIZE  (1U << 3)
#define ATTRIBUTE_ATIME (1U << 4)
#define ATTRIBUTE_MTIME (1U << 5)
#define ATTRIBUTE_FORCE (1U << 9)

#define ATTRIBUTE_PROGRAM(NAME, ARGUMENTS, HOOK)                                             \
	SEC("lsm/" #NAME) int NAME(__u64 *ctx)                                               \
	{                                                                                    \
		if (ctx[ARGUMENTS] || !is_policed())                                         \
			return hook_result(ctx[ARGUMENTS] != 0);                             \
		return hook_result(                                                          \
		        ask_path(ctx, HOOK, PERMISSION_ATTRIBUTES, ARGUMENT(path, ctx, 0))); \
	}

ATTRIBUTE_PROGRAM(path_chmod, 2, LSM_PATH_CHMOD)
ATTRIBUTE_PROGRAM(path_chown, 3, LSM_PATH_CHOWN)

static __always_inline __u32 ask_inode(void *ctx, __u32 lsm_hook, const struct dentry *dentry)
{
	struct question question = {
		.kind = QUESTION_INODE,
		.hook = HOOK_LSM_FILE,
		.lsm_hook = lsm_hook,
		.section = SECTION_FILE,
		.operations = PERMISSION_ATTRIBUTES,
		.dentry = (__u64)dentry,
	};

	/* overlayfs, at work on a layer: the call was judged by its name in the overlay. */
	if (acts_for_the_kernel())
		return 0;
	question.mount = find_mount((__u64)dentry);
	return police_name(ctx, &question);
}

/* utimes alone: the others have hooks that know the path. */
static __always_inline int sets_times(const struct iattr *attributes)
{
	__u32 valid = FIELD(attributes, ia_valid);

	return (valid & (ATTRIBUTE_ATIME | ATTRIBUTE_MTIME)) &&
	       !(valid & (ATTRIBUTE_MODE | ATTRIBUTE_UID | ATTRIBUTE_GID | ATTRIBUTE_SIZE |
	                  ATTRIBUTE_FORCE));
}

/* Since 6.3 the map of ids of the mount comes first. */
SEC("lsm/inode_setattr") int inode_setattr(__u64 *ctx)
{
	__u64 first = ctx[0], second = ctx[1];
	int shifted = bpf_core_type_exists(struct mnt_idmap);
	__u64 attributes, dentry = shifted ? second : first;

	if (shifted) {
		if (ctx[3])
			return hook_result(1);
		attributes = ctx[2];
	} else {
		if (ctx[2])
			return hook_result(1);
		attributes = second;
	}
	if (!is_policed() || !sets_times((const struct iattr *)attributes))
		return 0;
	return hook_result(ask_inode(ctx, LSM_INODE_SETATTR, (const struct dentry *)dentry));
}

#define INODE_PROGRAM(NAME, ARGUMENTS, HOOK)                                        \
	SEC("lsm/" #NAME) int NAME(__u64 *ctx)                                      \
	{                                                                           \
		if (ctx[ARGUMENTS] || !is_policed())                                \
			return hook_result(ctx[ARGUMENTS] != 0);                    \
		return hook_result(ask_inode(ctx, HOOK, ARGUMENT(dentry, ctx, 1))); \
	}

INODE_PROGRAM(inode_setxattr, 6, LSM_INODE_SETXATTR)
INODE_PROGRAM(inode_removexattr, 3, LSM_INODE_REMOVEXATTR)
INODE_PROGRAM(inode_set_acl, 4, LSM_INODE_SET_ACL)
INODE_PROGRAM(inode_remove_acl, 3, LSM_INODE_REMOVE_ACL)

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
