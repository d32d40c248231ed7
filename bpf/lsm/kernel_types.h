/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few fields of kernel structures that the LSM programs read, and how a hook's arguments are
 * taken.
 *
 * The hard idea: no argument of a hook is ever compared with NULL, and none is dereferenced but a
 * file that is opened, run or mapped, once a number has told that there is one (remember.h). The
 * verifier of 6.12 takes arguments for never NULL, deletes the comparison, and the load oopses
 * (mmap_file of anonymous memory). FIELD() reads through a helper that fails gently: what hangs on
 * a NULL pointer reads as zero, and that number is tested instead.
 *
 * Offsets are relocated by libbpf to those of the running kernel; a field that it does not have
 * makes the program fail to load, and `cgward doctor` says so.
 */
#pragma once

#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define RELOCATED __attribute__((preserve_access_index))

/* Numbers of the kernel's own headers, which user space is not given. */
#define FMODE_READ_BIT      0x1U
#define FMODE_WRITE_BIT     0x2U
#define FMODE_EXEC_FLAG     0x20U /* in f_flags: the kernel opens it to execute it */
#define CGROUP2_SUPER_MAGIC 0x63677270UL
#define MQUEUE_MAGIC        0x19800202UL
#define BPF_FS_MAGIC        0xcafe4a11UL
#define NAMESPACE_INTERNAL  (~0UL - 4094) /* ERR_PTR: mounts that the kernel keeps to itself */
#define SUPER_KERNEL_MOUNT  (1UL << 22)   /* SB_KERNMOUNT: the file system is the kernel's own */
#define FMODE_BACKING_BIT   (1U << 25)
#define FMODE_NOACCOUNT_BIT (1U << 29) /* the kernel's own, no descriptor leads to it */
#define TASK_RING_WORKER    0x10U      /* PF_IO_WORKER */
#define MODE_TYPE_MASK      0170000U
#define MODE_FIFO           0010000U
#define MODE_SOCKET         0140000U

struct kernfs_node {
	void *priv;
	__u64 id;
} RELOCATED;

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[];
} RELOCATED;

struct css_set {
	struct cgroup *dfl_cgrp;
} RELOCATED;

struct atomic_count {
	__s64 counter;
} RELOCATED;

struct rw_semaphore {
	struct atomic_count count; /* bit 0: held for writing; not under PREEMPT_RT */
} RELOCATED;

struct super_block;
struct inode {
	__u16 i_mode;
	__u32 i_nlink;
	struct rw_semaphore i_rwsem;
	struct super_block *i_sb;
	void *i_private;
} RELOCATED;

struct qstr {
	__u32 hash; /* of an anonymous union in the kernel */
	__u32 len;
	const unsigned char *name;
} RELOCATED;

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
} RELOCATED;

struct dentry {
	__u32 d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
} RELOCATED;

struct vfsmount {
	struct dentry *mnt_root;
} RELOCATED;

struct list_head {
	struct list_head *next, *prev;
} RELOCATED;

struct super_block {
	unsigned long s_flags;
	unsigned long s_magic;
	struct list_head s_mounts;
} RELOCATED;

struct mnt_namespace;
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_instance;
	struct mnt_namespace *mnt_ns;
} RELOCATED;

struct mnt_namespace {
	struct mount *root;
	__u64 seq; /* zero: made by open_tree or fsmount, no task is in it */
} RELOCATED;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
} RELOCATED;

struct cred;
struct io_uring_task;

struct task_struct {
	__u32 flags;
	__s32 tgid;
	const struct cred *real_cred;
	const struct cred *cred;
	struct io_uring_task *io_uring;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
} RELOCATED;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} RELOCATED;

struct file {
	__u32 f_mode;
	__u32 f_flags;
	struct path f_path;
	struct inode *f_inode;
} RELOCATED;

/* Since 6.6: overlayfs opens the file of a layer behind the user's back. */
struct backing_file {
	struct path user_path;
} RELOCATED;

struct linux_binprm {
	struct file *file;
} RELOCATED;

struct vm_area_struct {
	struct file *vm_file;
} RELOCATED;

/* Only to be asked whether it exists: since 6.3, some hooks have one more argument in front. */
struct mnt_idmap {
	int unused;
} RELOCATED;

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
} RELOCATED;

struct sock_common {
	__be32 skc_rcv_saddr;
	__u16 skc_num;
	__u16 skc_family;
	int skc_bound_dev_if;
	struct in6_addr skc_v6_rcv_saddr;
} RELOCATED;

struct sock_cgroup_data {
	struct cgroup *cgroup;
} RELOCATED;

struct sock {
	struct sock_common __sk_common;
	__u8 sk_kern_sock : 1;
	__u16 sk_type;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
} RELOCATED;

struct msghdr {
	void *msg_name;
	int msg_namelen;
	__u32 msg_flags;
} RELOCATED;

struct socket {
	struct sock *sk;
} RELOCATED;

struct unix_address {
	int len; /* of the struct sockaddr_un that follows */
} RELOCATED;

struct unix_sock {
	struct unix_address *addr;
	struct path path;
} RELOCATED;

/* The number of the system call that the task is in. */
#if defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__s32 syscallno;
} RELOCATED;
#define IS_X86                    0
#define SYSCALL_NUMBER(registers) ((__u64)FIELD(registers, syscallno))
#define SYSCALL_CHROOT            51
#else
struct pt_regs {
	unsigned long orig_ax;
} RELOCATED;
#define IS_X86                    bpf_core_field_exists(struct pt_regs, orig_ax)
#define SYSCALL_NUMBER(registers) FIELD(registers, orig_ax)
#define SYSCALL_CHROOT            161
#endif

struct bpf_map {
	__u32 id;
} RELOCATED;

struct bpf_prog_aux {
	__u32 id;
} RELOCATED;

struct bpf_prog {
	struct bpf_prog_aux *aux;
} RELOCATED;

struct iattr {
	__u32 ia_valid;
} RELOCATED;

/* A pointer argument, for FIELD() and for remembering. */
#define ARGUMENT(type, ctx, number) ((const struct type *)(ctx)[number])

/* ptr->a.b, or with FIELD(ptr, a, b) ptr->a->b: 0 where a pointer on the way leads nowhere. */
#define FIELD(pointer, ...) BPF_CORE_READ(pointer, __VA_ARGS__)
