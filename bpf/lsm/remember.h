/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was plainly allowed is remembered with the inode, and allowed again without a walk while
 * nothing can have changed that the verdict came from.
 *
 * The hard idea: a verdict comes from a path, the images of the policies asked, and what was asked
 * for. The images are read anew each time, so a reload takes effect at its one word. The path of a
 * dentry on a mount is what the kernel's own d_path() takes it for: as long as the sequences of
 * rename_lock and mount_lock stand still, no dentry has moved and no mount changed. What is left is
 * that the dentry is another one at the same address, with another name of the same inode: the
 * inode has one name, then and now, and had no other in between that was unlinked (inode_unlink
 * counts). HACKING, "What is remembered", has the argument in full; each condition below is part of
 * it.
 *
 * Only inodes of file systems whose names and link counts this machine's VFS alone changes.
 */
#pragma once

#include "file.h"

/* Everything that has to be now what it was then. Eight words, compared and copied as such. */
struct standing {
	struct generations images;
	__u64 dentry, mount;
	__u64 parent, name; /* of the dentry; length and hash */
	__u32 renames, mounts;
	__u32 names_gone, period;
};

#define STANDING_WORDS 8
_Static_assert(sizeof(struct standing) == STANDING_WORDS * sizeof(__u64), "words of a standing");

/* With the inode, from its first open under a policy until it leaves the kernel's memory. Written
 * by programs alone. Without memory nothing is remembered. */
struct remembered {
	__u32 turn;       /* odd: being written; what was read under two turns is not used; it does
	                     not come round: the last one stays */
	__u32 operations; /* 0: nothing */
	__u64 words[STANDING_WORDS];
};
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct remembered);
} remembered_files SEC(".maps") __weak;

#define TURN_LAST 0xfffffffeU

/* How many times, since the programs were loaded, an inode of several names lost one. Key: 0. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} names_gone SEC(".maps") __weak;

/* sequences.bpf.c: of rename_lock in the lower half, of mount_lock in the upper. */
extern __u64 lock_sequences(void);

#define BEING_CHANGED 1U

/* include/linux/dcache.h: names that the file system compares, hashes or revalidates itself. */
#define DENTRY_OP_HASH            (1U << 0)
#define DENTRY_OP_COMPARE         (1U << 1)
#define DENTRY_OP_REVALIDATE      (1U << 2)
#define DENTRY_OP_WEAK_REVALIDATE (1U << 11)
#define DENTRY_OPS \
	(DENTRY_OP_HASH | DENTRY_OP_COMPARE | DENTRY_OP_REVALIDATE | DENTRY_OP_WEAK_REVALIDATE)

/* Whether this kernel is one that the argument holds for. What two processors do to an entry is
 * told apart by the order of loads and stores, which this program cannot ask for: x86 keeps it.
 * PREEMPT_RT has no such rw_semaphore. And a task of another mount namespace must be judged by the
 * same path: class_of_top(). */
static __always_inline int is_known_kernel(void)
{
	return IS_X86 && bpf_core_field_exists(struct rw_semaphore, count) &&
	       bpf_core_field_exists(struct mnt_namespace, seq);
}

/* Whether the inode has one name, and its file system leaves names to the dcache. To be asked
 * before take_standing(): a name that went between would not be missed then. */
static __always_inline int may_be_known(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	return is_known_kernel() && *(const volatile __u32 *)&file->f_inode->i_nlink == 1 &&
	       !(dentry->d_flags & DENTRY_OPS);
}

/* Sequences and counts of 32 bits could come round, and who may rename has the time to see to it.
 * Not within a period, of 8 seconds where the kernel counts 1,000 jiffies in a second and of 82
 * where it counts 100: that would be a rename every 38 ns. So nothing outlives its period. */
#define PERIOD_SHIFT 13

static __always_inline __u32 period_now(void)
{
	return (__u32)(bpf_jiffies64() >> PERIOD_SHIFT);
}

/* Before the walk: a change that the walk may have seen has then another sequence or count. The
 * images, the dentry and the mount stand there already. */
static __always_inline void take_standing(const struct dentry *dentry, struct standing *standing)
{
	__u32 zero = 0;
	const volatile __u64 *gone = bpf_map_lookup_elem(&names_gone, &zero);
	__u64 sequences;

	standing->period = period_now();
	standing->parent = (__u64)dentry->d_parent;
	standing->name = dentry->d_name.hash | (__u64)dentry->d_name.len << 32;
	sequences = lock_sequences();
	standing->renames = (__u32)sequences;
	standing->mounts = (__u32)(sequences >> 32);
	standing->names_gone = gone ? (__u32)*gone : 0;
	if (period_now() != standing->period)
		standing->renames = BEING_CHANGED;
}

/* Word by word: the verifier lets pointers be compared, but no arithmetic be done with them. */
static __always_inline int is_same(const struct remembered *entry, const struct standing *standing)
{
	const __u64 *words = (const __u64 *)standing;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < STANDING_WORDS; i++) {
		if (*(const volatile __u64 *)&entry->words[i] != words[i])
			return 0;
	}
	return 1;
}

static __always_inline int is_remembered(struct inode *inode, const struct standing *now,
                                         __u32 operations)
{
	const struct remembered *entry;
	__u32 turn, known;

	entry = bpf_inode_storage_get(&remembered_files, inode, NULL, 0);
	if (!entry)
		return 0;
	turn = *(const volatile __u32 *)&entry->turn;
	known = *(const volatile __u32 *)&entry->operations;
	if ((turn & 1) || (operations & ~known) || !is_same(entry, now))
		return 0;
	return *(const volatile __u32 *)&entry->turn == turn;
}

/* ---- remembering ------------------------------------------------------------------------- */

/* Whether a link count counts names, and names change by this machine's VFS alone. */
static __always_inline int is_trusted_file_system(__u64 magic)
{
	switch (magic) {
	case 0xef53:     /* ext2, ext3, ext4 */
	case 0x58465342: /* xfs */
	case 0x9123683e: /* btrfs */
	case 0xf2f52010: /* f2fs */
	case 0x01021994: /* tmpfs */
	case 0x794c7630: /* overlayfs */
	case 0x73717368: /* squashfs */
	case 0xe0f5e1e2: /* erofs */
		return 1;
	default:
		return 0;
	}
}

#define HELD_FOR_WRITING 1

/* Whether the dentry's name is one that the inode has, and no unlink of it is on its way. In this
 * order: who unlinks holds the directory until the dentry is unhashed. */
static __always_inline int is_settled(const struct inode *inode, const struct dentry *dentry)
{
	const struct inode *directory = dentry->d_parent->d_inode;
	__s64 held = *(const volatile __s64 *)&directory->i_rwsem.count.counter;
	__u64 hashed = *(const volatile __u64 *)&dentry->d_hash.pprev;
	__u32 names = *(const volatile __u32 *)&inode->i_nlink;

	return !(held & HELD_FOR_WRITING) && hashed && names == 1;
}

static __always_inline void write_entry(struct remembered *entry, const struct standing *standing,
                                        __u32 operations)
{
	const __u64 *words = (const __u64 *)standing;
	__u32 turn = *(volatile __u32 *)&entry->turn;

	if ((turn & 1) || turn == TURN_LAST ||
	    __sync_val_compare_and_swap(&entry->turn, turn, turn + 1) != turn)
		return;
	if (is_same(entry, standing))
		operations |= entry->operations;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < STANDING_WORDS; i++)
		*(volatile __u64 *)&entry->words[i] = words[i];
	*(volatile __u32 *)&entry->operations = operations;
	*(volatile __u32 *)&entry->turn = turn + 2;
}

static __noinline int remember(const struct file *file, const struct standing *standing,
                               __u32 operations)
{
	const struct dentry *dentry = file->f_path.dentry;
	struct inode *inode = file->f_inode;
	struct remembered *entry;

	/* First: of a file that may not be known there is no more. */
	if (standing->renames & BEING_CHANGED)
		return 0;
	if (standing->mounts & BEING_CHANGED)
		return 0;
	if (standing->period != period_now())
		return 0;
	if (!is_trusted_file_system(dentry->d_sb->s_magic) || !is_settled(inode, dentry))
		return 0;
	entry = bpf_inode_storage_get(&remembered_files, inode, NULL,
	                              BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (entry)
		write_entry(entry, standing, operations);
	return 0;
}

/* ---- asking --------------------------------------------------------------------------------- */

/* [file] and [exec] have operations of their own; an inode has one entry for both. */
#define REMEMBERED_EXEC_SHIFT 8

static __always_inline __u32 bits_of(__u32 lsm_hook, __u32 operations)
{
	return lsm_hook == LSM_FILE_OPEN ? operations : operations << REMEMBERED_EXEC_SHIFT;
}

/* Of file_open a question of [file], of other hooks one of [exec]. It is written where it is
 * answered: on the stack it would be too much for 6.1. */
static __noinline __u32 ask_standing(void *ctx, __u32 lsm_hook, __u32 operations,
                                     const struct standing *standing)
{
	struct scratch *scratch = begin_asking();
	int opened = lsm_hook == LSM_FILE_OPEN;
	struct question *question;

	if (!scratch)
		return POLICED_DENIED;
	question = &scratch->question;
	__builtin_memset(question, 0, sizeof(*question));
	question->kind = QUESTION_PATH;
	question->hook = opened ? HOOK_LSM_FILE : HOOK_LSM_EXEC;
	question->lsm_hook = lsm_hook;
	question->section = opened ? SECTION_FILE : SECTION_EXEC;
	question->operations = operations;
	/* The execve that enters a container is judged, though its task is not armed yet. */
	question->flags = lsm_hook == LSM_BPRM_CHECK_SECURITY ? QUESTION_EVERY_TASK : 0;
	question->mount = standing->mount;
	question->dentry = standing->dentry;
	return ask_all(ctx, scratch, BY_NAME, &standing->images);
}

/* Whether what is asked was plainly allowed and still is. If not, `ret_now` is for
 * ask_and_remember(). The first policy that the task is under: find_policy(). */
static __always_inline int recall(const struct file *file, __u32 place, __u32 slot, __u32 bits,
                                  struct standing *ret_now)
{
	images_in_force(place, slot, &ret_now->images);
	ret_now->dentry = (__u64)file->f_path.dentry;
	ret_now->mount = (__u64)file->f_path.mnt;
	ret_now->renames = BEING_CHANGED;
	if (!may_be_known(file))
		return 0;
	take_standing(file->f_path.dentry, ret_now);
	return is_remembered(file->f_inode, ret_now, bits);
}

/* Whether it is denied. */
static __always_inline int ask_and_remember(void *ctx, const struct file *file, __u32 lsm_hook,
                                            __u32 operations, const struct standing *now)
{
	__u32 answer = ask_standing(ctx, lsm_hook, operations, now);

	if (answer & POLICED_PLAIN)
		remember(file, now, bits_of(lsm_hook, operations));
	return answer & POLICED_DENIED;
}
