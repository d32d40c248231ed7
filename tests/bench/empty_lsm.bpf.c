// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* LSM programs that look at nothing and allow everything, on the hooks that cgward has where a file
 * is opened and a program executed: what any program costs there (tests/vm/bench). */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("lsm/file_open") int file_open(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/bprm_check_security") int bprm_check_security(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/bprm_committed_creds") int bprm_committed_creds(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/task_alloc") int task_alloc(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/mmap_file") int mmap_file(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/file_mprotect") int file_mprotect(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("lsm/capable") int capable(void *ctx)
{
	(void)ctx;
	return 0;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
