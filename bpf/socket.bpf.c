// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [socket]: creation of AF_INET and AF_INET6 sockets. The kernel asks after it resolved protocol 0
 * (net/ipv4/af_inet.c, inet_create), and asks about no other family.
 */
#include "police.h"

__noinline int record_socket(struct bpf_sock *ctx, const struct call *call)
{
	struct event event = { 0 };

	if (!call)
		return CALL_DENIED;
	event.family = ctx->family;
	event.socket_type = ctx->type;
	event.protocol = ctx->protocol;
	return record(ctx, call, 1, &event);
}

SEC("cgroup/sock_create") int sock_create(struct bpf_sock *ctx)
{
	const __u32 keys[KEYS_MAX] = { 0, 0, ctx->family, ctx->type, ctx->protocol };
	struct found found;

	if (is_simply_allowed(ROOT_SOCKET, keys, KEYS_MAX - 3, 1, &found))
		return CALL_ALLOWED;

	struct call call = { .hook = HOOK_SOCK_CREATE, .section = SECTION_SOCKET, .found = found };
	return as_result(record_socket(ctx, &call));
}

/*
 * Anchors only make the kernel allocate a cgroup's storage, so that user space can fill it before
 * the first enforcing program is attached; they allow everything. The first program of a type on
 * the host, and the last, cost a rewrite of kernel code (static keys, a tenth of a millisecond):
 * so one of a type that the policy uses anyway is to be preferred to the one that is of no hook.
 */
SEC("cgroup/sock_create") int anchor_socket(struct bpf_sock *ctx)
{
	(void)ctx;
	bpf_get_local_storage(&storage, 0);
	return CALL_ALLOWED;
}

SEC("cgroup/sysctl") int anchor(struct bpf_sysctl *ctx)
{
	(void)ctx;
	bpf_get_local_storage(&storage, 0);
	return CALL_ALLOWED;
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
