// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [unix]: to which sockets a task may connect or send. A socket bound to a path is judged by the
 * path it was bound to, an abstract one by "@" and its name; one without a name, the other end of a
 * socketpair of datagrams, by the rule `anonymous`. Such a pair of streams passes no hook.
 */
#include "operation.h"

static __always_inline __u32 ask_peer(void *ctx, __u32 lsm_hook, const struct unix_sock *peer)
{
	struct question question = {
		.kind = QUESTION_PATH,
		.hook = HOOK_LSM_UNIX,
		.lsm_hook = lsm_hook,
		.section = SECTION_UNIX,
		.operations = 1,
		.mount = (__u64)FIELD(peer, path.mnt),
		.dentry = (__u64)FIELD(peer, path.dentry),
	};
	const struct unix_address *address = FIELD(peer, addr);
	__u32 length;

	if (question.dentry)
		return police_name(ctx, &question);
	question.kind = QUESTION_ABSTRACT;
	/* The family, a NUL, and the name, which may hold any bytes. */
	length = address ? (__u32)FIELD(address, len) : 0;
	if (length > 3) {
		question.number = length - 3;
		question.dentry =
		        (__u64)address + bpf_core_field_offset(struct unix_address, len) + 4 + 3;
	}
	return police_name(ctx, &question);
}

SEC("lsm/unix_stream_connect") int unix_stream_connect(__u64 *ctx)
{
	if (ctx[3] || !is_policed())
		return hook_result(ctx[3] != 0);
	return hook_result(ask_peer(ctx, LSM_UNIX_STREAM_CONNECT, ARGUMENT(unix_sock, ctx, 1)));
}

SEC("lsm/unix_may_send") int unix_may_send(__u64 *ctx)
{
	const struct socket *peer = ARGUMENT(socket, ctx, 1);

	if (ctx[2] || !is_policed())
		return hook_result(ctx[2] != 0);
	return hook_result(
	        ask_peer(ctx, LSM_UNIX_MAY_SEND, (const struct unix_sock *)FIELD(peer, sk)));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
