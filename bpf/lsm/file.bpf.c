// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [file]: opening, receiving and truncating. Names are names.bpf.c, attributes attributes.bpf.c.
 *
 * Opening a cgroup's list of processes for writing is how a task leaves its cgroup, so it is also a
 * question of [operation].
 *
 * An open that was plainly allowed before is not walked again: remember.h.
 */
#include "credentials.h"
#include "remember.h"

#define LIST_NAME_LENGTH 16

static __always_inline int same_name(const char *name, const char other[LIST_NAME_LENGTH])
{
	__u32 different = 0;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < LIST_NAME_LENGTH; i++)
		different |= (__u32)(name[i] ^ other[i]);
	return !different;
}

/* cgroup.procs or cgroup.threads */
static __always_inline int is_process_list(const struct dentry *dentry)
{
	const char procs[LIST_NAME_LENGTH] = "cgroup.procs";
	const char threads[LIST_NAME_LENGTH] = "cgroup.threads";
	char name[LIST_NAME_LENGTH] = { 0 };

	if (magic_of(dentry) != CGROUP2_SUPER_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), FIELD(dentry, d_name.name));
	return same_name(name, procs) || same_name(name, threads);
}

/* Whether it is refused to open the list to write. Moving between cgroups below the policed one is
 * no escape. */
static __noinline __u32 refuses_escape(void *ctx, const struct dentry *list)
{
	const struct kernfs_node *directory;

	if (!is_process_list(list))
		return 0;
	directory = FIELD(list, d_parent, d_inode, i_private);
	return ask_sides(ctx, LSM_FILE_OPEN, FIELD(directory, priv), NO_NUMBER,
	                 OPERATION_CGROUP_ESCAPE, 0);
}

static __always_inline __u32 permissions_of(__u32 mode)
{
	__u32 operations = mode & FMODE_READ_BIT ? PERMISSION_READ : 0;

	operations |= mode & FMODE_WRITE_BIT ? PERMISSION_WRITE : 0;
	/* Opened for neither (O_ACCMODE): for ioctl, which may do either. */
	return operations ? operations : PERMISSION_READ | PERMISSION_WRITE;
}

/* The kernel opens no file that is NULL. */
SEC("lsm/file_open") int file_open(__u64 *ctx)
{
	const struct file *file = ARGUMENT(file, ctx, 0);
	struct standing now;
	__u32 mode, operations, place, slot = 0;

	if (ctx[1])
		return hook_result(1);
	if (!find_policy(&place, &slot))
		return 0;
	/* What is opened to be executed is judged where it is executed; what overlayfs opens of a
	 * layer to serve a file, and below to copy one, was judged by its name in the overlay. */
	mode = file->f_mode;
	if ((file->f_flags & FMODE_EXEC_FLAG) || (mode & FMODE_NOACCOUNT_BIT))
		return 0;
	operations = permissions_of(mode);
	if (recall(file, place, slot, bits_of(LSM_FILE_OPEN, operations), &now))
		return 0;
	if (opens_layer(file))
		return 0;
	if ((mode & FMODE_WRITE_BIT) && refuses_escape(ctx, file->f_path.dentry))
		return hook_result(1);
	return hook_result(ask_and_remember(ctx, file, LSM_FILE_OPEN, operations, &now));
}

/* A name of several goes: see remember.h. */
SEC("lsm/inode_unlink") int inode_unlink(__u64 *ctx)
{
	const struct dentry *dentry = ARGUMENT(dentry, ctx, 1);
	__u32 zero = 0;
	__u64 *count;

	if (FIELD(dentry, d_inode, i_nlink) > 1) {
		count = bpf_map_lookup_elem(&names_gone, &zero);
		if (count)
			__sync_fetch_and_add(count, 1);
	}
	return hook_result(ctx[2] != 0);
}

/* A descriptor that came over a UNIX socket, or out of another process. Sockets and pipes have no
 * path to judge and are judged where they are used. */
SEC("lsm/file_receive") int file_receive(__u64 *ctx)
{
	const struct file *file = ARGUMENT(file, ctx, 0);
	__u32 type;

	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	type = FIELD(file, f_path.dentry, d_inode, i_mode) & MODE_TYPE_MASK;
	if (type == MODE_SOCKET || type == MODE_FIFO || type == 0)
		return 0;
	return hook_result(ask_path(ctx, LSM_FILE_RECEIVE, permissions_of(FIELD(file, f_mode)),
	                            &file->f_path));
}

/* ftruncate and O_TRUNC, since 6.2; before, path_truncate had all. */
SEC("lsm/file_truncate") int file_truncate(__u64 *ctx)
{
	const struct file *file = ARGUMENT(file, ctx, 0);

	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	return hook_result(ask_path(ctx, LSM_FILE_TRUNCATE, PERMISSION_WRITE, &file->f_path));
}

SEC("lsm/path_truncate") int path_truncate(__u64 *ctx)
{
	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	return hook_result(
	        ask_path(ctx, LSM_PATH_TRUNCATE, PERMISSION_WRITE, ARGUMENT(path, ctx, 0)));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
