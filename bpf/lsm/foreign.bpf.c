// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [connect] and [bind] for sockets that were made outside of the policed cgroup: inherited, passed
 * over a UNIX socket, held by a task that moved. The programs of a cgroup see the sockets that were
 * made in it, whoever uses them, and no others.
 *
 * The hard idea: a socket remembers its cgroup. If that is the task's own, every policy the task is
 * under has seen the call already; otherwise those are asked that the socket's cgroup is not below
 * (ask_level). So no call is judged by the same policy twice.
 *
 * What is no address is left to the kernel, which refuses it after this. IP_PKTINFO is not looked
 * at: a datagram to 0.0.0.0 that names a source is judged as one to loopback.
 */
#include <bpf/bpf_endian.h>

#include "police_lsm.h"

#define FAMILY_UNSPECIFIED 0
#define FAMILY_INET        2
#define FAMILY_INET6       10

#define PROTOCOL_NUMBER_TCP      6
#define PROTOCOL_NUMBER_UDP      17
#define PROTOCOL_NUMBER_UDP_LITE 136
#define PROTOCOL_NUMBER_MPTCP    262

#define FAST_OPEN_FLAG 0x20000000U

#define IPV4_LENGTH_MIN 16 /* sizeof(struct sockaddr_in) */
#define IPV6_LENGTH_MIN 24 /* SIN6_LEN_RFC2133 */

/* The beginning that sockaddr_in and sockaddr_in6 have in common, and both addresses. */
struct given {
	__u16 family;
	__be16 port;
	__be32 ipv4;
	__be32 ipv6[4];
};

enum use {
	USE_CONNECT,
	USE_SEND,
	USE_BIND
};

/* Of what family the kernel will take the address to be, or FAMILY_UNSPECIFIED: it takes it for
 * none, or disconnects. The programs of cgroups are told by their hook. */
static __always_inline __u32 address_family(enum use use, __u32 family, __u32 protocol, __u32 given)
{
	if (use == USE_BIND)
		return family;
	if (given == FAMILY_INET)
		return FAMILY_INET;
	if (given == FAMILY_INET6 && family == FAMILY_INET6)
		return FAMILY_INET6;
	if (given != FAMILY_UNSPECIFIED || use == USE_CONNECT)
		return FAMILY_UNSPECIFIED;
	/* udp_sendmsg and raw sockets read the address behind it, udpv6_sendmsg does not. */
	if (family == FAMILY_INET6 &&
	    (protocol == PROTOCOL_NUMBER_UDP || protocol == PROTOCOL_NUMBER_UDP_LITE))
		return FAMILY_UNSPECIFIED;
	return family;
}

/* What the program asked for. 0, or -1 if that is no address. */
static __always_inline int read_address(struct question *question, enum use use,
                                        const void *address, __u32 length)
{
	struct given given = { 0 };
	__u32 family;

	if (bpf_probe_read_kernel(&given, sizeof(given), address))
		return -1;
	family = address_family(use, question->family, question->protocol, given.family);
	if (family == FAMILY_UNSPECIFIED ||
	    length < (family == FAMILY_INET ? IPV4_LENGTH_MIN : IPV6_LENGTH_MIN))
		return -1;
	question->number = bpf_ntohs(given.port);
	if (family == FAMILY_INET) {
		question->asked[3] = bpf_ntohl(given.ipv4);
		return 0;
	}
	question->judged.is_ipv6 = 1;
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++)
		question->asked[i] = bpf_ntohl(given.ipv6[i]);
	return 0;
}

/* Whether a connect to :: is one to 127.0.0.1. */
static __always_inline __u32 is_source_mapped(const struct sock *sock)
{
	__be32 source[4] = { 0 };

	if (bpf_core_field_exists(sock->__sk_common.skc_v6_rcv_saddr))
		BPF_CORE_READ_INTO(&source, sock, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32);
	return equal(source[0] | source[1] | (source[2] ^ bpf_htonl(0xffff)), 0);
}

/* Where the call leads: 1 if loopback has to be asked about as well (redirect_any). */
static __always_inline __u32 find_target(struct question *question, enum use use,
                                         const struct sock *sock)
{
	struct address *judged = &question->judged;
	__u32 source, device, mapped;

#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++)
		judged->words[i] = question->asked[i];
	unmap_ipv4(judged);
	if (use == USE_BIND)
		return 0;
	source = bpf_ntohl(FIELD(sock, __sk_common.skc_rcv_saddr));
	device = (__u32)FIELD(sock, __sk_common.skc_bound_dev_if);
	mapped = judged->is_ipv6 & is_source_mapped(sock);
	return redirect_any(judged, mapped, !equal(source | device, 0), source);
}

/* The call is counted where the programs of cgroups would have. They see datagrams to mapped
 * addresses as IPv4. */
static __always_inline void choose_hook(struct question *question, enum use use, __u32 asked_ipv6)
{
	if (use == USE_CONNECT)
		question->hook = asked_ipv6 ? HOOK_CONNECT6 : HOOK_CONNECT4;
	else if (use == USE_BIND)
		question->hook = asked_ipv6 ? HOOK_BIND6 : HOOK_BIND4;
	else
		question->hook = question->judged.is_ipv6 ? HOOK_SENDMSG6 : HOOK_SENDMSG4;
	if (question->hook == HOOK_SENDMSG4)
		question->asked[0] = question->asked[1] = question->asked[2] = 0;
}

static __always_inline __u32 ask_address(void *ctx, __u32 lsm_hook, enum use use,
                                         const struct sock *sock, const void *address, __u32 length)
{
	struct question question = {
		.kind = QUESTION_ADDRESS,
		.flags = QUESTION_EVERY_TASK,
		.lsm_hook = lsm_hook,
		.section = use == USE_BIND ? SECTION_BIND : SECTION_CONNECT,
		.operations = 1,
		.family = (__u8)FIELD(sock, __sk_common.skc_family),
		.socket_type = FIELD(sock, sk_type),
		.protocol = FIELD(sock, sk_protocol),
		.cgroup = (__u64)FIELD(sock, sk_cgrp_data.cgroup),
	};
	const struct address loopback = { .words[3] = LOOPBACK_IPV4 };
	__u32 asked_ipv6, or_loopback;

	if (read_address(&question, use, address, length))
		return 0;
	if (question.protocol == PROTOCOL_NUMBER_MPTCP)
		question.protocol = PROTOCOL_NUMBER_TCP;
	asked_ipv6 = question.judged.is_ipv6;
	or_loopback = find_target(&question, use, sock);
	choose_hook(&question, use, asked_ipv6);
	if (police_address(ctx, &question))
		return 1;
	if (!or_loopback)
		return 0;
	question.judged = loopback;
	return police_address(ctx, &question);
}

/*
 * What nearly every call finds, so no helper is called for it: programs of the cgroup have seen the
 * socket, or nobody polices the task. The arguments are dereferenced as they come, against the rule
 * (HACKING): what is loaded here SELinux loads untested in the same hooks (sock_has_perm()), and
 * the kernel itself before it calls socket_sendmsg (msg_data_left()).
 */
static __always_inline int is_own(const __u64 *ctx)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct socket *socket = (const struct socket *)ctx[0];
	const struct sock *sock = socket->sk;

	return sock && sock->sk_cgrp_data.cgroup == task->cgroups->dfl_cgrp;
}

/* An IPv4 or IPv6 socket that a policed task uses. Sockets that the kernel made for itself are
 * nobody's. */
static __always_inline int is_judged(const struct sock *sock)
{
	__u32 family;

	if (!is_policed())
		return 0;
	family = FIELD(sock, __sk_common.skc_family);
	return (family == FAMILY_INET || family == FAMILY_INET6) &&
	       !BPF_CORE_READ_BITFIELD_PROBED(sock, sk_kern_sock);
}

static __always_inline __u32 judge_call(__u64 *ctx, __u32 lsm_hook, enum use use)
{
	const struct socket *socket = ARGUMENT(socket, ctx, 0);
	const struct sock *sock = FIELD(socket, sk);

	return is_judged(sock) &&
	       ask_address(ctx, lsm_hook, use, sock, (const void *)ctx[1], (__u32)ctx[2]);
}

SEC("lsm/socket_connect") int socket_connect(__u64 *ctx)
{
	if (ctx[3] || is_own(ctx))
		return hook_result(ctx[3] != 0);
	return hook_result(judge_call(ctx, LSM_SOCKET_CONNECT, USE_CONNECT));
}

SEC("lsm/socket_bind") int socket_bind(__u64 *ctx)
{
	if (ctx[3] || is_own(ctx))
		return hook_result(ctx[3] != 0);
	return hook_result(judge_call(ctx, LSM_SOCKET_BIND, USE_BIND));
}

/* TCP reads the address of a message only to open a connection with it. */
static __always_inline __u32 judge_message(__u64 *ctx)
{
	const struct socket *socket = ARGUMENT(socket, ctx, 0);
	const struct msghdr *message = ARGUMENT(msghdr, ctx, 1);
	const struct sock *sock = FIELD(socket, sk);
	enum use use = USE_SEND;
	__u32 protocol;

	if (!is_judged(sock))
		return 0;
	protocol = FIELD(sock, sk_protocol);
	if (protocol == PROTOCOL_NUMBER_TCP || protocol == PROTOCOL_NUMBER_MPTCP) {
		if (!(FIELD(message, msg_flags) & FAST_OPEN_FLAG))
			return 0;
		use = USE_CONNECT;
	}
	return ask_address(ctx, LSM_SOCKET_SENDMSG, use, sock, FIELD(message, msg_name),
	                   (__u32)FIELD(message, msg_namelen));
}

SEC("lsm/socket_sendmsg") int socket_sendmsg(__u64 *ctx)
{
	const struct msghdr *message = (const struct msghdr *)ctx[1];

	if (ctx[3] || !message->msg_name || is_own(ctx))
		return hook_result(ctx[3] != 0);
	return hook_result(judge_message(ctx));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
