/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which LSM programs an image needs. Each taxes every process of the machine while it is attached,
 * so one that could only ever say plain allow is left out. A kernel that lacks one of them
 * (abi_lsm.h says which are young) has another of the same row for it.
 */
#include "compile/image.h"
#include "compile/sections.h"

#define HOOK(name) (UINT64_C(1) << LSM_##name)

/* By permission of [file]. Whoever opens, truncates or renames over something writes it; opening
 * for reading goes past file_open too, and a descriptor that is passed on past file_receive. */
static const uint64_t file_hooks[FILE_OPERATIONS] = {
	[0] = HOOK(FILE_OPEN) | HOOK(FILE_RECEIVE),
	[1] = HOOK(FILE_OPEN) | HOOK(FILE_RECEIVE) | HOOK(FILE_TRUNCATE) | HOOK(PATH_TRUNCATE),
	[2] = HOOK(PATH_MKNOD) | HOOK(PATH_MKDIR) | HOOK(PATH_SYMLINK) | HOOK(PATH_LINK) |
	      HOOK(PATH_RENAME) | HOOK(FILE_OPEN),
	[3] = HOOK(PATH_UNLINK) | HOOK(PATH_RMDIR) | HOOK(PATH_RENAME),
	[4] = HOOK(PATH_CHMOD) | HOOK(PATH_CHOWN) | HOOK(INODE_SETATTR) | HOOK(INODE_SETXATTR) |
	      HOOK(INODE_REMOVEXATTR) | HOOK(INODE_SET_ACL) | HOOK(INODE_REMOVE_ACL),
};

/* Without the two that see mappings ld.so would run what may not be run. */
static const uint64_t exec_hooks[EXEC_OPERATIONS] = {
	[0] = HOOK(BPRM_CHECK_SECURITY),
	[1] = HOOK(MMAP_FILE) | HOOK(FILE_MPROTECT),
};

static const uint64_t operation_hooks[OPERATION_KEYS] = {
	[OPERATION_BPF] = HOOK(BPF),
	[OPERATION_PERF] = HOOK(PERF_EVENT_OPEN),
	[OPERATION_PTRACE] = HOOK(PTRACE_ACCESS_CHECK) | HOOK(PTRACE_TRACEME),
	/* open_tree(), fsopen() and mount_setattr() ask for CAP_SYS_ADMIN and nothing else. */
	[OPERATION_MOUNT] = HOOK(SB_MOUNT) | HOOK(MOVE_MOUNT) | HOOK(SB_UMOUNT) |
	                    HOOK(SB_PIVOTROOT) | HOOK(SB_REMOUNT) | HOOK(SB_KERN_MOUNT) |
	                    HOOK(CAPABLE),
	[OPERATION_CHROOT] = HOOK(PATH_CHROOT),
	[OPERATION_MODULE] = HOOK(KERNEL_MODULE_REQUEST) | HOOK(KERNEL_READ_FILE) |
	                     HOOK(KERNEL_LOAD_DATA) |
	                     HOOK(CAPABLE), /* delete_module() has no other */
	[OPERATION_KEXEC] = HOOK(KERNEL_READ_FILE) | HOOK(KERNEL_LOAD_DATA),
	[OPERATION_USERNS] = HOOK(USERNS_CREATE),
	[OPERATION_IO_URING] = HOOK(URING_ALLOWED) | HOOK(INODE_INIT_SECURITY_ANON) |
	                       HOOK(URING_SQPOLL) | HOOK(URING_OVERRIDE_CREDS) | HOOK(URING_CMD),
	[OPERATION_USERFAULTFD] = HOOK(INODE_INIT_SECURITY_ANON),
	[OPERATION_KEYRING] = HOOK(KEY_ALLOC) | HOOK(KEY_PERMISSION),
	[OPERATION_SIGNAL_OUT] = HOOK(TASK_KILL),
	/* Writing cgroup.procs, and clone3() with CLONE_INTO_CGROUP. */
	[OPERATION_CGROUP_ESCAPE] = HOOK(FILE_OPEN) | HOOK(TASK_ALLOC),
	[OPERATION_LISTEN_UNBOUND] = HOOK(SOCKET_LISTEN),
	/* adjtimex() asks for CAP_SYS_TIME and nothing else. */
	[OPERATION_SETTIME] = HOOK(SETTIME) | HOOK(CAPABLE),
	[OPERATION_SYSLOG] = HOOK(SYSLOG),
	[OPERATION_PTRACE_OUTSIDE] = HOOK(PTRACE_ACCESS_CHECK) | HOOK(PTRACE_TRACEME),
	[OPERATION_BPF_OWN] = HOOK(BPF) | HOOK(BPF_MAP) | HOOK(BPF_PROG) | HOOK(PATH_UNLINK) |
	                      HOOK(PATH_RMDIR) | HOOK(PATH_RENAME),
};

/* What the hooks of the numbers in `mask` come to. */
static uint64_t hooks_of(const uint64_t *hooks, size_t count, uint64_t mask)
{
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++) {
		if (mask >> i & 1)
			all |= hooks[i];
	}
	return all;
}

#define HOOKS_OF(table, mask) hooks_of(table, sizeof(table) / sizeof((table)[0]), mask)

static uint64_t hooks_counted(enum hook hook, const uint8_t *automaton_marks, uint64_t operations)
{
	switch (hook) {
	case HOOK_LSM_SOCKET:
		return HOOK(SOCKET_CREATE);
	case HOOK_LSM_FILE:
		return HOOKS_OF(file_hooks, automaton_marks[AUTOMATON_FILE]);
	case HOOK_LSM_EXEC:
		return HOOKS_OF(exec_hooks, automaton_marks[AUTOMATON_EXEC]);
	case HOOK_LSM_UNIX:
		return HOOK(UNIX_STREAM_CONNECT) | HOOK(UNIX_MAY_SEND);
	case HOOK_LSM_CAPABILITY:
		return HOOK(CAPABLE);
	case HOOK_LSM_OPERATION:
		return HOOKS_OF(operation_hooks, operations);
	case HOOK_CONNECT4:
	case HOOK_CONNECT6:
		return HOOK(SOCKET_CONNECT) | HOOK(SOCKET_SENDMSG); /* MSG_FASTOPEN */
	case HOOK_SENDMSG4:
	case HOOK_SENDMSG6:
		return HOOK(SOCKET_SENDMSG);
	case HOOK_BIND4:
	case HOOK_BIND6:
		return HOOK(SOCKET_BIND);
	case HOOK_DEVICE:
	case HOOK_SOCK_CREATE:
	case HOOK_SECCOMP:
	case HOOK_COUNT:
		break;
	}
	return 0;
}

uint64_t lsm_hooks_counted(enum hook hook)
{
	static const uint8_t all[AUTOMATON_COUNT] = { UINT8_MAX, UINT8_MAX, UINT8_MAX };

	return hooks_counted(hook, all, UINT64_MAX);
}

uint64_t lsm_hooks_needed(const struct sections *sections, uint32_t hooks)
{
	const uint32_t of_lsm = ~((1U << PROGRAM_HOOK_COUNT) - 1);
	uint64_t needed = 0;

	for (unsigned hook = 0; hook < HOOK_COUNT; hook++) {
		if (hooks & 1U << hook)
			needed |= hooks_counted(hook, sections->automaton_marks,
			                        sections->operations);
	}
	/* What these remember, inode_unlink makes them forget. */
	if (needed & (HOOK(FILE_OPEN) | HOOK(BPRM_CHECK_SECURITY) | HOOK(MMAP_FILE)))
		needed |= HOOK(INODE_UNLINK);
	/* Which tasks have begun to be judged: ATTACHMENT_ARM_ON_EXEC. Sockets from outside are
	 * judged whoever uses them, as all sockets are. */
	return hooks & of_lsm ? needed | HOOK(BPRM_COMMITTED_CREDS) | HOOK(TASK_ALLOC) : needed;
}
