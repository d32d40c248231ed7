/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What only the LSM half of the programs and user space agree on: the hooks, the operations, the
 * classes of objects.
 *
 * ABI_VERSION (abi.h) covers what stands here too.
 */
#pragma once

#include "abi.h"

/* ---- hooks ------------------------------------------------------------------------------- */

/* One BPF program each, named as the kernel names its hook. Not every kernel has all of them. The
 * numbers stand in event records and, as bits, in image_header.lsm_hooks. */
enum lsm_hook {
	LSM_FILE_OPEN,
	LSM_FILE_RECEIVE,
	LSM_FILE_TRUNCATE, /* since 6.2 */
	LSM_PATH_TRUNCATE,
	LSM_PATH_MKNOD,
	LSM_PATH_MKDIR,
	LSM_PATH_UNLINK,
	LSM_PATH_RMDIR,
	LSM_PATH_SYMLINK,
	LSM_PATH_LINK,
	LSM_PATH_RENAME,
	LSM_PATH_CHMOD,
	LSM_PATH_CHOWN,
	LSM_PATH_CHROOT,
	LSM_INODE_SETATTR,
	LSM_INODE_SETXATTR,
	LSM_INODE_REMOVEXATTR,
	LSM_INODE_SET_ACL,    /* since 6.2 */
	LSM_INODE_REMOVE_ACL, /* since 6.2 */
	LSM_INODE_INIT_SECURITY_ANON,
	LSM_BPRM_CHECK_SECURITY,
	LSM_BPRM_COMMITTED_CREDS,
	LSM_MMAP_FILE,
	LSM_FILE_MPROTECT,
	LSM_TASK_ALLOC,
	LSM_TASK_KILL,
	LSM_SB_MOUNT,
	LSM_MOVE_MOUNT,
	LSM_SB_UMOUNT,
	LSM_SB_PIVOTROOT,
	LSM_SB_REMOUNT,
	LSM_SB_KERN_MOUNT,
	LSM_USERNS_CREATE,
	LSM_PTRACE_ACCESS_CHECK,
	LSM_PTRACE_TRACEME,
	LSM_CAPABLE,
	LSM_BPF,
	LSM_BPF_MAP,
	LSM_BPF_PROG,
	LSM_PERF_EVENT_OPEN,
	LSM_KERNEL_MODULE_REQUEST,
	LSM_KERNEL_READ_FILE,
	LSM_KERNEL_LOAD_DATA,
	LSM_URING_ALLOWED, /* since 6.15 */
	LSM_URING_SQPOLL,
	LSM_URING_OVERRIDE_CREDS,
	LSM_URING_CMD,
	LSM_KEY_ALLOC,
	LSM_KEY_PERMISSION,
	LSM_SETTIME,
	LSM_SYSLOG,
	LSM_SOCKET_CREATE,
	LSM_SOCKET_BIND,
	LSM_SOCKET_CONNECT,
	LSM_SOCKET_SENDMSG,
	LSM_SOCKET_LISTEN,
	LSM_UNIX_STREAM_CONNECT,
	LSM_UNIX_MAY_SEND,
	LSM_INODE_UNLINK, /* judges nothing: lsm/remember.h */
	LSM_HOOK_COUNT,
};

_Static_assert(LSM_HOOK_COUNT <= 64, "a bit for each in image_header.lsm_hooks");

/* ---- [operation] ------------------------------------------------------------------------- */

/* Keys of ROOT_OPERATION. */
enum policy_operation {
	OPERATION_BPF,
	OPERATION_PERF,
	OPERATION_PTRACE,
	OPERATION_MOUNT,
	OPERATION_CHROOT,
	OPERATION_MODULE,
	OPERATION_KEXEC,
	OPERATION_USERNS,
	OPERATION_IO_URING,
	OPERATION_USERFAULTFD,
	OPERATION_KEYRING,
	OPERATION_SIGNAL_OUT,
	OPERATION_CGROUP_ESCAPE,
	OPERATION_LISTEN_UNBOUND,
	OPERATION_SETTIME,
	OPERATION_SYSLOG,
	OPERATION_COUNT,
	/* What is closed by default beside a [file] or [exec]. No rule names these alone: `ptrace`
	 * and `bpf` cover them, a program asks about the one or the other. */
	OPERATION_PTRACE_OUTSIDE = OPERATION_COUNT, /* ptrace of a task outside the cgroup */
	OPERATION_BPF_OWN, /* bpf() on what cgward loaded, and changing its pins */
	OPERATION_KEYS,    /* keys from here on are not asked about */
};

/* ---- objects with a path ----------------------------------------------------------------- */

/* What the walk from an object up to the root of a mount namespace found. */
enum object_class {
	OBJECT_NONE,      /* the hook has no path */
	OBJECT_NORMAL,    /* a path in the task's mount namespace */
	OBJECT_FOREIGN,   /* a path in another mount namespace; matched as any path */
	OBJECT_DETACHED,  /* the mount hangs in no namespace: always denied */
	OBJECT_ANONYMOUS, /* never had a path: memfd and the like; automaton.anonymous decides */
	OBJECT_ERROR,     /* too deep, too long, or changed under the walk: always denied */
	OBJECT_UNSEEN, /* a socket that a seccomp filter cannot judge (enum unseen): always denied
	                */
	OBJECT_CLASSES,
};

/* ---- attachments ------------------------------------------------------------------------- */

/* attachment.flags: the LSM rules judge only tasks that have completed an execve in the cgroup. */
#define ATTACHMENT_ARM_ON_EXEC (1U << 0)

/* attachment.flags: depth of the cgroup, above; for user space. */
#define ATTACHMENT_LEVEL_SHIFT 16

/* Keys of own_objects: the id of a map, or of a program with this. */
#define OWN_PROGRAM (1ULL << 32)

/* ---- which depths are policed ------------------------------------------------------------- */

#define LSM_LEVELS_MAX 32

/* See lsm/state.h. */
struct lsm_level {
	__u64 level;  /* depth below the root cgroup */
	__u64 filter; /* bit (id & 63) for each policed cgroup of this depth */
};

struct lsm_levels {
	__u64 count;
	__u64 arming; /* not 0: some attachment may have ATTACHMENT_ARM_ON_EXEC */
	struct lsm_level items[LSM_LEVELS_MAX];
};
