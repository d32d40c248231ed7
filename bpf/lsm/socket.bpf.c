// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [socket] for the families that programs of cgroups do not see; and listening on a port that the
 * kernel chooses, which they do not see either.
 */
#include "operation.h"

#define FAMILY_INET  2
#define FAMILY_INET6 10

/* Sockets that the kernel makes for itself are always allowed. inet and inet6 are sock_create's,
 * which knows the protocol that 0 stands for. */
SEC("lsm/socket_create") int socket_create(__u64 *ctx)
{
	struct question question = {
		.kind = QUESTION_SOCKET,
		.hook = HOOK_LSM_SOCKET,
		.lsm_hook = LSM_SOCKET_CREATE,
		.section = SECTION_SOCKET,
		.operations = 1,
		.family = (__u8)ctx[0],
		.socket_type = (__u32)ctx[1],
		.protocol = (__u32)ctx[2],
	};

	if (ctx[4] || (__u32)ctx[3] || question.family == FAMILY_INET ||
	    question.family == FAMILY_INET6 || !is_policed())
		return hook_result(ctx[4] != 0);
	return hook_result(police_number(ctx, &question));
}

SEC("lsm/socket_listen") int socket_listen(__u64 *ctx)
{
	const struct socket *socket = ARGUMENT(socket, ctx, 0);
	const struct sock *sock;
	__u32 family;

	if (ctx[2] || !is_policed())
		return hook_result(ctx[2] != 0);
	sock = FIELD(socket, sk);
	family = FIELD(sock, __sk_common.skc_family);
	if ((family != FAMILY_INET && family != FAMILY_INET6) || FIELD(sock, __sk_common.skc_num))
		return 0;
	return hook_result(ask_operation(ctx, LSM_SOCKET_LISTEN, OPERATION_LISTEN_UNBOUND));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
