// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [exec]: what is run and what is mapped executable; and where tasks are armed (arming.h).
 *
 * The hard idea: execve alone is not enough. ld.so runs a program that it was merely told to map,
 * so whatever is mapped executable is judged as well, and what mprotect makes executable later.
 */
#include "remember.h"

#define PROT_EXEC_BIT 0x4U

#define CLONE_INTO_CGROUP_FLAG 0x200000000ULL

static __always_inline int refuses_program(void *ctx, const struct file *file, __u32 place,
                                           __u32 slot, __u32 lsm_hook, __u32 operation)
{
	struct standing now;

	if (recall(file, place, slot, bits_of(lsm_hook, operation), &now))
		return 0;
	return ask_and_remember(ctx, file, lsm_hook, operation, &now);
}

/* There is no memory to arm the task with. */
static __always_inline int refuse_unarmed(void)
{
	count_broken();
	return hook_result(1);
}

/* Once for the program, once for each interpreter. The execve that enters a container is judged,
 * though its task is not armed yet. What arming needs is made here, where it can be refused. */
SEC("lsm/bprm_check_security") int bprm_check_security(__u64 *ctx)
{
	const struct linux_binprm *bprm = ARGUMENT(linux_binprm, ctx, 0);
	__u32 place, slot = 0;

	if (ctx[1])
		return hook_result(1);
	if (!find_policy(&place, &slot))
		return 0;
	if (somebody_arms() && !armed_of_current())
		return refuse_unarmed();
	return hook_result(
	        refuses_program(ctx, bprm->file, place, slot, LSM_BPRM_CHECK_SECURITY, EXEC_RUN));
}

SEC("lsm/mmap_file") int mmap_file(__u64 *ctx)
{
	__u64 file = 0;
	__u32 place, slot = 0;

	if (ctx[4])
		return hook_result(1);
	if (!(ctx[2] & PROT_EXEC_BIT) || !find_policy(&place, &slot))
		return 0;
	/* Anonymous memory has no file: a number tells, the argument itself is taken for never
	 * NULL (kernel_types.h). */
	if (bpf_probe_read_kernel(&file, sizeof(file), ctx)) {
		count_broken();
		return hook_result(1);
	}
	if (!file)
		return 0;
	return hook_result(
	        refuses_program(ctx, ARGUMENT(file, ctx, 0), place, slot, LSM_MMAP_FILE, EXEC_MAP));
}

SEC("lsm/file_mprotect") int file_mprotect(__u64 *ctx)
{
	const struct vm_area_struct *area = ARGUMENT(vm_area_struct, ctx, 0);
	struct question question = {
		.kind = QUESTION_PATH,
		.hook = HOOK_LSM_EXEC,
		.lsm_hook = LSM_FILE_MPROTECT,
		.section = SECTION_EXEC,
		.operations = EXEC_MAP,
	};
	const struct path *path;
	const struct file *file;

	if (ctx[3] || !(ctx[2] & PROT_EXEC_BIT) || !is_policed())
		return hook_result(ctx[3] != 0);
	file = FIELD(area, vm_file);
	/* Anonymous memory: nothing is executed but what the program wrote itself. */
	if (!file)
		return 0;
	path = path_of(file);
	question.mount = (__u64)FIELD(path, mnt);
	question.dentry = (__u64)FIELD(path, dentry);
	return hook_result(police_name(ctx, &question));
}

/* ---- arming ------------------------------------------------------------------------------ */

static long collect_level(__u32 index, __u64 *bits)
{
	__u32 zero = 0;
	const struct lsm_levels *levels = bpf_map_lookup_elem(&lsm_levels, &zero);
	const struct lsm_level *at;

	if (!levels || index >= levels->count)
		return 1;
	at = &levels->items[index & (LSM_LEVELS_MAX - 1)];
	if (attachment_at(at))
		*bits |= level_bit(at->level);
	return 0;
}

/* The execve cannot be refused any more: a task that came under a policy since
 * bprm_check_security, and for which there is no memory now, is killed. */
SEC("lsm/bprm_committed_creds") int bprm_committed_creds(__u64 *ctx)
{
	struct armed *armed;
	__u64 bits = 0;

	(void)ctx;
	if (!somebody_arms() || !is_policed())
		return 0;
	bpf_loop(LSM_LEVELS_MAX, collect_level, &bits, 0);
	armed = armed_of_current();
	if (armed) {
		armed->levels |= bits;
	} else {
		count_broken();
		bpf_send_signal(9);
	}
	return 0;
}

/* Whoever left its cgroup must not have children who come back unarmed. 0, or there is no memory
 * for that. */
static __always_inline int arm_child(struct task_struct *task, int policed)
{
	const struct armed *own = policed ? armed_of_current() : armed_already();
	struct armed *child;

	if (!own)
		return policed ? -ENOMEM : 0;
	if (!own->levels)
		return 0;
	child = armed_of(task);
	if (!child) {
		wait_for_storage();
		child = armed_of(task);
	}
	if (!child)
		return -ENOMEM;
	child->levels = own->levels;
	return 0;
}

SEC("lsm/task_alloc") int task_alloc(__u64 *ctx)
{
	int policed, arms = somebody_arms();

	if (ctx[2])
		return hook_result(1);
	if (!arms && !(ctx[1] & CLONE_INTO_CGROUP_FLAG))
		return 0;
	policed = is_policed();
	if (arms && arm_child((struct task_struct *)ctx[0], policed))
		return refuse_unarmed();
	/* Where to, only the kernel knows yet. */
	if (policed && (ctx[1] & CLONE_INTO_CGROUP_FLAG))
		return hook_result(ask_operation(ctx, LSM_TASK_ALLOC, OPERATION_CGROUP_ESCAPE));
	return 0;
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
