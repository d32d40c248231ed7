// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * bpf(2): at all ([operation] bpf), and on what cgward itself loaded, which every [file] or [exec]
 * policy closes.
 *
 * Maps and programs are known by their ids when a descriptor is made for them. Links have no hook
 * of their own: the commands that change one are refused whatever link it is.
 */
#include "operation.h"

/* Ids of our maps, and of our programs with OWN_PROGRAM. Written by user space when it has loaded
 * them; images come and go and are frozen, they do not stand here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u64);
	__type(value, __u8);
} own_objects SEC(".maps") __weak;

static __always_inline int changes_link(__u32 command)
{
	return command == BPF_LINK_UPDATE || command == BPF_LINK_DETACH ||
	       command == BPF_LINK_GET_FD_BY_ID || command == BPF_PROG_DETACH;
}

/* A kernel that tells whether it calls itself (6.14) has one more argument; an earlier denial ends
 * the call before this is asked. */
SEC("lsm/bpf") int call_of_bpf(__u64 *ctx)
{
	__u32 command = (__u32)ctx[0];

	if (!is_policed())
		return 0;
	return hook_result(ask_operation(
	        ctx, LSM_BPF, changes_link(command) ? OPERATION_BPF_OWN : OPERATION_BPF));
}

static __always_inline __u32 ask_own(void *ctx, __u32 lsm_hook, __u64 key)
{
	if (!bpf_map_lookup_elem(&own_objects, &key))
		return 0;
	return ask_operation(ctx, lsm_hook, OPERATION_BPF_OWN);
}

SEC("lsm/bpf_map") int own_map(__u64 *ctx)
{
	const struct bpf_map *map = ARGUMENT(bpf_map, ctx, 0);

	if (ctx[2] || !is_policed())
		return hook_result(ctx[2] != 0);
	return hook_result(ask_own(ctx, LSM_BPF_MAP, FIELD(map, id)));
}

SEC("lsm/bpf_prog") int own_program(__u64 *ctx)
{
	const struct bpf_prog *program = ARGUMENT(bpf_prog, ctx, 0);

	if (ctx[1] || !is_policed())
		return hook_result(ctx[1] != 0);
	return hook_result(ask_own(ctx, LSM_BPF_PROG, OWN_PROGRAM | FIELD(program, aux, id)));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
