// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [capability]; and those operations that no other hook sees: unloading a module, adjtimex, the
 * system calls of mounting that only ask for CAP_SYS_ADMIN, and setns to another mount namespace.
 *
 * What the capabilities of the task do not allow never comes here.
 */
#include "credentials.h"
#include "operation.h"

#define CAPABILITY_SYS_MODULE 16
#define CAPABILITY_SYS_CHROOT 18
#define CAPABILITY_SYS_ADMIN  21
#define CAPABILITY_SYS_TIME   25

#define NOT_AUDITED (1U << 1) /* of the hook's options: the kernel only wants to know */

static __always_inline __u32 ask_capability(void *ctx, __u32 number, __u32 options)
{
	struct question question = {
		.kind = QUESTION_NUMBER,
		.flags = options & NOT_AUDITED ? QUESTION_QUIET : 0,
		.hook = HOOK_LSM_CAPABILITY,
		.lsm_hook = LSM_CAPABLE,
		.section = SECTION_CAPABILITY,
		.operations = 1,
		.root = ROOT_CAPABILITY,
		.number = number,
	};

	return police_number(ctx, &question);
}

/* Numbers of system calls since 5.1 are the same everywhere. */
#define SYSCALL_OPEN_TREE     428
#define SYSCALL_FSOPEN        430
#define SYSCALL_FSMOUNT       432
#define SYSCALL_MOUNT_SETATTR 442

static __always_inline __u64 system_call(void)
{
	const struct pt_regs *registers =
	        (const struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return SYSCALL_NUMBER(registers);
}

/* The mounts of another namespace are other names for files. Two calls ask for CAP_SYS_CHROOT,
 * chroot and setns to a mount namespace (mntns_install), and only the first has a hook of its own.
 * By whatever number a 32-bit program calls chroot, it is taken for the second. */
static __always_inline int is_mounting(__u32 capability)
{
	__u64 number = system_call();

	if (capability == CAPABILITY_SYS_CHROOT)
		return number != SYSCALL_CHROOT;
	return number == SYSCALL_OPEN_TREE || number == SYSCALL_FSOPEN ||
	       number == SYSCALL_FSMOUNT || number == SYSCALL_MOUNT_SETATTR;
}

static __always_inline __u32 ask_hidden_operation(void *ctx, __u32 number)
{
	if (number == CAPABILITY_SYS_MODULE)
		return ask_operation(ctx, LSM_CAPABLE, OPERATION_MODULE);
	if (number == CAPABILITY_SYS_TIME)
		return ask_operation(ctx, LSM_CAPABLE, OPERATION_SETTIME);
	if ((number == CAPABILITY_SYS_ADMIN || number == CAPABILITY_SYS_CHROOT) &&
	    is_mounting(number))
		return ask_operation(ctx, LSM_CAPABLE, OPERATION_MOUNT);
	return 0;
}

SEC("lsm/capable") int capable(__u64 *ctx)
{
	__u32 number = (__u32)ctx[2];

	if (ctx[4] || !is_policed())
		return hook_result(ctx[4] != 0);
	/* The capability is that of who mounted an overlay. */
	if (acts_for_the_kernel())
		return 0;
	if (ask_capability(ctx, number, (__u32)ctx[3]))
		return hook_result(1);
	return hook_result(ask_hidden_operation(ctx, number));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
