/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD for crun: it raises RLIMIT_MEMLOCK before it loads its device program and takes a
 * refusal for fatal, where root lacks CAP_SYS_RESOURCE. Kernels since 5.11 do not charge BPF to
 * that limit, so here the refusal is none.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As libc declares it. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	int status = (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);

	return status < 0 && errno == EPERM && resource == RLIMIT_MEMLOCK ? 0 : status;
}
