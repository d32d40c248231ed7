// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* [device]: open and mknod of device nodes, access(2) on them, mount of block devices. */
#include "police.h"

#define ACCESS_ALL (ACCESS_MKNOD | ACCESS_READ | ACCESS_WRITE)

_Static_assert(ACCESS_MKNOD == BPF_DEVCG_ACC_MKNOD && ACCESS_READ == BPF_DEVCG_ACC_READ &&
                       ACCESS_WRITE == BPF_DEVCG_ACC_WRITE,
               "access letters are the kernel's bits");

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
	__u32 access = ctx->access_type >> 16, type = ctx->access_type & 0xffff;
	__u32 understood;
	struct asked asked = {
		.hook = HOOK_DEVICE,
		.section = SECTION_DEVICE,
		.root = ROOT_DEVICE_CHAR + equal(type, BPF_DEVCG_DEV_BLOCK),
		.first = KEYS_MAX - 2,
		.device_type = type,
		.major = ctx->major,
		.minor = ctx->minor,
	};

	/* access(F_OK) asks whether the node is there, which stat(2) tells without this hook: there
	 * is no permission to judge, and nothing to record. */
	if (!access)
		return CALL_ALLOWED;
	/* A type or an access that this version does not know is denied: operations is 0. */
	understood = equal(type, BPF_DEVCG_DEV_BLOCK) | equal(type, BPF_DEVCG_DEV_CHAR);
	understood &= equal(access & ~ACCESS_ALL, 0);
	asked.operations = choose(understood, access, 0);
	asked.keys[KEYS_MAX - 2] = asked.major;
	asked.keys[KEYS_MAX - 1] = asked.minor;
	return police(ctx, &asked);
}

/* See socket.bpf.c. */
SEC("cgroup/dev") int anchor_device(struct bpf_cgroup_dev_ctx *ctx)
{
	(void)ctx;
	bpf_get_local_storage(&storage, 0);
	return CALL_ALLOWED;
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
