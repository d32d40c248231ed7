/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/lsm.h"

static const char *const hook_names[] = {
	[LSM_FILE_OPEN] = "file_open",
	[LSM_FILE_RECEIVE] = "file_receive",
	[LSM_FILE_TRUNCATE] = "file_truncate",
	[LSM_PATH_TRUNCATE] = "path_truncate",
	[LSM_PATH_MKNOD] = "path_mknod",
	[LSM_PATH_MKDIR] = "path_mkdir",
	[LSM_PATH_UNLINK] = "path_unlink",
	[LSM_PATH_RMDIR] = "path_rmdir",
	[LSM_PATH_SYMLINK] = "path_symlink",
	[LSM_PATH_LINK] = "path_link",
	[LSM_PATH_RENAME] = "path_rename",
	[LSM_PATH_CHMOD] = "path_chmod",
	[LSM_PATH_CHOWN] = "path_chown",
	[LSM_PATH_CHROOT] = "path_chroot",
	[LSM_INODE_SETATTR] = "inode_setattr",
	[LSM_INODE_SETXATTR] = "inode_setxattr",
	[LSM_INODE_REMOVEXATTR] = "inode_removexattr",
	[LSM_INODE_SET_ACL] = "inode_set_acl",
	[LSM_INODE_REMOVE_ACL] = "inode_remove_acl",
	[LSM_INODE_INIT_SECURITY_ANON] = "inode_init_security_anon",
	[LSM_BPRM_CHECK_SECURITY] = "bprm_check_security",
	[LSM_BPRM_COMMITTED_CREDS] = "bprm_committed_creds",
	[LSM_MMAP_FILE] = "mmap_file",
	[LSM_FILE_MPROTECT] = "file_mprotect",
	[LSM_TASK_ALLOC] = "task_alloc",
	[LSM_TASK_KILL] = "task_kill",
	[LSM_SB_MOUNT] = "sb_mount",
	[LSM_MOVE_MOUNT] = "move_mount",
	[LSM_SB_UMOUNT] = "sb_umount",
	[LSM_SB_PIVOTROOT] = "sb_pivotroot",
	[LSM_SB_REMOUNT] = "sb_remount",
	[LSM_SB_KERN_MOUNT] = "sb_kern_mount",
	[LSM_USERNS_CREATE] = "userns_create",
	[LSM_PTRACE_ACCESS_CHECK] = "ptrace_access_check",
	[LSM_PTRACE_TRACEME] = "ptrace_traceme",
	[LSM_CAPABLE] = "capable",
	[LSM_BPF] = "bpf",
	[LSM_BPF_MAP] = "bpf_map",
	[LSM_BPF_PROG] = "bpf_prog",
	[LSM_PERF_EVENT_OPEN] = "perf_event_open",
	[LSM_KERNEL_MODULE_REQUEST] = "kernel_module_request",
	[LSM_KERNEL_READ_FILE] = "kernel_read_file",
	[LSM_KERNEL_LOAD_DATA] = "kernel_load_data",
	[LSM_URING_ALLOWED] = "uring_allowed",
	[LSM_URING_SQPOLL] = "uring_sqpoll",
	[LSM_URING_OVERRIDE_CREDS] = "uring_override_creds",
	[LSM_URING_CMD] = "uring_cmd",
	[LSM_KEY_ALLOC] = "key_alloc",
	[LSM_KEY_PERMISSION] = "key_permission",
	[LSM_SETTIME] = "settime",
	[LSM_SYSLOG] = "syslog",
	[LSM_SOCKET_CREATE] = "socket_create",
	[LSM_SOCKET_BIND] = "socket_bind",
	[LSM_SOCKET_CONNECT] = "socket_connect",
	[LSM_SOCKET_SENDMSG] = "socket_sendmsg",
	[LSM_SOCKET_LISTEN] = "socket_listen",
	[LSM_UNIX_STREAM_CONNECT] = "unix_stream_connect",
	[LSM_UNIX_MAY_SEND] = "unix_may_send",
	[LSM_INODE_UNLINK] = "inode_unlink",
};

_Static_assert(sizeof(hook_names) / sizeof(hook_names[0]) == LSM_HOOK_COUNT, "a name for each");

const char *lsm_hook_name(enum lsm_hook hook)
{
	return hook < LSM_HOOK_COUNT ? hook_names[hook] : "unknown";
}

const char *object_class_name(enum object_class object_class)
{
	static const char *const names[] = {
		[OBJECT_NONE] = "none",           [OBJECT_NORMAL] = "normal",
		[OBJECT_FOREIGN] = "foreign",     [OBJECT_DETACHED] = "detached",
		[OBJECT_ANONYMOUS] = "anonymous", [OBJECT_ERROR] = "error",
		[OBJECT_UNSEEN] = "unseen",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == OBJECT_CLASSES, "a name for each");
	return object_class < OBJECT_CLASSES ? names[object_class] : "unknown";
}
