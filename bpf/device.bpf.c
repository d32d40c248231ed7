// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* [device]: open and mknod of device nodes, access(2) on them, mount of block devices. */
#include "police.h"

#define ACCESS_ALL (ACCESS_MKNOD | ACCESS_READ | ACCESS_WRITE)

_Static_assert(ACCESS_MKNOD == BPF_DEVCG_ACC_MKNOD && ACCESS_READ == BPF_DEVCG_ACC_READ &&
                       ACCESS_WRITE == BPF_DEVCG_ACC_WRITE,
               "access letters are the kernel's bits");

__noinline int record_device(struct bpf_cgroup_dev_ctx *ctx, const struct call *call)
{
	struct event event = { 0 };

	if (!call)
		return CALL_DENIED;
	event.device_type = ctx->access_type & 0xffff;
	event.major = ctx->major;
	event.minor = ctx->minor;
	return record(ctx, call, call->operations, &event);
}

static __always_inline int is_simply_allowed_device(__u32 root, __u32 major, __u32 minor,
                                                    __u32 access, struct found *found)
{
	struct image_view view = { 0 };

	if (open_image(&view, found))
		return 0;
	found->ref = device_walk(&view, view_header(&view), root, major, minor);
	return goes_on(&view, found->ref, access);
}

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
	__u32 access = ctx->access_type >> 16, type = ctx->access_type & 0xffff;
	__u32 block = equal(type, BPF_DEVCG_DEV_BLOCK), understood;
	struct found found;

	/* access(F_OK) asks whether the node is there, which stat(2) tells without this hook: there
	 * is no permission to judge, and nothing to record. */
	if (!access)
		return CALL_ALLOWED;
	/* A type or an access that this version does not know is denied: operations is 0. */
	understood = block | equal(type, BPF_DEVCG_DEV_CHAR);
	understood &= equal(access & ~ACCESS_ALL, 0);
	access = choose(understood, access, 0);
	if (is_simply_allowed_device(ROOT_DEVICE_CHAR + block, ctx->major, ctx->minor, access,
	                             &found))
		return CALL_ALLOWED;

	struct call call = {
		.hook = HOOK_DEVICE, .section = SECTION_DEVICE, .operations = access, .found = found
	};
	return as_result(record_device(ctx, &call));
}

/* See socket.bpf.c. */
SEC("cgroup/dev") int anchor_device(struct bpf_cgroup_dev_ctx *ctx)
{
	(void)ctx;
	bpf_get_local_storage(&storage, 0);
	return CALL_ALLOWED;
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
