// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* [operation]: what a task does to the machine or to other tasks, beside files and mounts. */
#include "operation.h"

#define NAME_MAX_READ 16

/* enum kernel_read_file_id and enum kernel_load_data_id */
#define LOADING_MODULE          2
#define LOADING_KEXEC_IMAGE     3
#define LOADING_KEXEC_INITRAMFS 4

OPERATION_PROGRAM(settime, 2, LSM_SETTIME, OPERATION_SETTIME)
OPERATION_PROGRAM(syslog, 1, LSM_SYSLOG, OPERATION_SYSLOG)
OPERATION_PROGRAM(key_alloc, 3, LSM_KEY_ALLOC, OPERATION_KEYRING)
OPERATION_PROGRAM(key_permission, 3, LSM_KEY_PERMISSION, OPERATION_KEYRING)
OPERATION_PROGRAM(kernel_module_request, 1, LSM_KERNEL_MODULE_REQUEST, OPERATION_MODULE)
OPERATION_PROGRAM(uring_allowed, 0, LSM_URING_ALLOWED, OPERATION_IO_URING)
OPERATION_PROGRAM(uring_sqpoll, 0, LSM_URING_SQPOLL, OPERATION_IO_URING)
OPERATION_PROGRAM(uring_override_creds, 1, LSM_URING_OVERRIDE_CREDS, OPERATION_IO_URING)
OPERATION_PROGRAM(uring_cmd, 1, LSM_URING_CMD, OPERATION_IO_URING)

/* The verdict of an earlier program stands behind two arguments, since 6.14 behind one; an earlier
 * denial ends the call before this is asked. */
SEC("lsm/perf_event_open") int perf_event_open(__u64 *ctx)
{
	if (!is_policed())
		return 0;
	return hook_result(ask_operation(ctx, LSM_PERF_EVENT_OPEN, OPERATION_PERF));
}

/* Before uring_allowed was there, this is where io_uring_setup can be refused. */
SEC("lsm/inode_init_security_anon") int inode_init_security_anon(__u64 *ctx)
{
	const struct qstr *name = ARGUMENT(qstr, ctx, 1);
	char text[NAME_MAX_READ] = { 0 };

	if (ctx[3] || !is_policed())
		return hook_result(ctx[3] != 0);
	bpf_probe_read_kernel_str(text, sizeof(text), FIELD(name, name));
	/* "[io_uring]", "[userfaultfd]" */
	if (text[1] == 'i' && text[2] == 'o' && text[3] == '_' && text[4] == 'u')
		return hook_result(
		        ask_operation(ctx, LSM_INODE_INIT_SECURITY_ANON, OPERATION_IO_URING));
	if (text[1] == 'u' && text[2] == 's' && text[3] == 'e' && text[4] == 'r')
		return hook_result(
		        ask_operation(ctx, LSM_INODE_INIT_SECURITY_ANON, OPERATION_USERFAULTFD));
	return 0;
}

static __always_inline __u32 ask_loading(void *ctx, __u32 lsm_hook, __u32 what)
{
	if (what == LOADING_MODULE)
		return ask_operation(ctx, lsm_hook, OPERATION_MODULE);
	if (what == LOADING_KEXEC_IMAGE || what == LOADING_KEXEC_INITRAMFS)
		return ask_operation(ctx, lsm_hook, OPERATION_KEXEC);
	return 0;
}

SEC("lsm/kernel_read_file") int kernel_read_file(__u64 *ctx)
{
	if (ctx[3] || !is_policed())
		return hook_result(ctx[3] != 0);
	return hook_result(ask_loading(ctx, LSM_KERNEL_READ_FILE, (__u32)ctx[1]));
}

SEC("lsm/kernel_load_data") int kernel_load_data(__u64 *ctx)
{
	if (ctx[2] || !is_policed())
		return hook_result(ctx[2] != 0);
	return hook_result(ask_loading(ctx, LSM_KERNEL_LOAD_DATA, (__u32)ctx[0]));
}

/* ---- other tasks ------------------------------------------------------------------------- */

#define PTRACE_MODE_ATTACH_BIT 0x2U

static __always_inline __u32 ask_task(void *ctx, __u32 lsm_hook, const struct task_struct *task,
                                      __u32 inside, __u32 outside)
{
	return ask_sides(ctx, lsm_hook, FIELD(task, cgroups, dfl_cgrp), inside, outside,
	                 (__u32)FIELD(task, tgid));
}

/* Attaching, memory and descriptors of another task. Reading of its files in /proc is not asked
 * about: every ps does it. */
SEC("lsm/ptrace_access_check") int ptrace_access_check(__u64 *ctx)
{
	if (ctx[2] || !(ctx[1] & PTRACE_MODE_ATTACH_BIT) || !is_policed())
		return hook_result(ctx[2] != 0);
	return hook_result(ask_task(ctx, LSM_PTRACE_ACCESS_CHECK, ARGUMENT(task_struct, ctx, 0),
	                            OPERATION_PTRACE, OPERATION_PTRACE_OUTSIDE));
}

SEC("lsm/ptrace_traceme") int ptrace_traceme(__u64 *ctx)
{
	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	return hook_result(ask_task(ctx, LSM_PTRACE_TRACEME, ARGUMENT(task_struct, ctx, 0),
	                            OPERATION_PTRACE, OPERATION_PTRACE_OUTSIDE));
}

/* Signal 0 only asks whether the task is there. */
SEC("lsm/task_kill") int task_kill(__u64 *ctx)
{
	if (ctx[4] || !(__u32)ctx[2] || !is_policed())
		return hook_result(ctx[4] != 0);
	return hook_result(ask_task(ctx, LSM_TASK_KILL, ARGUMENT(task_struct, ctx, 0), NO_NUMBER,
	                            OPERATION_SIGNAL_OUT));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
