// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [file]: opening, receiving and truncating. Names are names.bpf.c, attributes attributes.bpf.c.
 *
 * Opening a cgroup's list of processes for writing is how a task leaves its cgroup, so it is also a
 * question of [operation].
 */
#include "file.h"

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

/* Moving between cgroups below the policed one is no escape. */
static __always_inline __u32 ask_escape(void *ctx, const struct dentry *list)
{
	const struct kernfs_node *directory = FIELD(list, d_parent, d_inode, i_private);

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

SEC("lsm/file_open") int file_open(__u64 *ctx)
{
	const struct file *file = ARGUMENT(file, ctx, 0);
	const struct dentry *dentry;
	__u32 mode;

	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	/* What is opened to be executed is judged where it is executed; what overlayfs opens of a
	 * layer was judged by its name in the overlay. */
	mode = FIELD(file, f_mode);
	if ((FIELD(file, f_flags) & FMODE_EXEC_FLAG) || (mode & FMODE_NOACCOUNT_BIT))
		return 0;
	dentry = FIELD(file, f_path.dentry);
	if ((mode & FMODE_WRITE_BIT) && is_process_list(dentry) && ask_escape(ctx, dentry))
		return hook_result(1);
	return hook_result(ask_object(ctx, LSM_FILE_OPEN, permissions_of(mode),
	                              FIELD(file, f_path.mnt), dentry));
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
