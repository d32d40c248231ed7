// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [connect] and [bind]: where sockets may send, and what they may be bound to.
 *
 * The hard idea: the hook says which address was given, never user_family, which is whatever the
 * caller wrote (AF_UNSPEC reaches sendmsg4 and bind4 with a real address behind it). IPv4-mapped
 * addresses arrive at connect6 and bind6, but at sendmsg4 when sent to.
 */
#include <bpf/bpf_endian.h>

#include "police.h"

_Static_assert(ROOT_CONNECT6 == ROOT_CONNECT4 + 1 && ROOT_BIND6 == ROOT_BIND4 + 1,
               "roots by family");

/* Whether the socket's own address is IPv4-mapped: then a connect to :: is one to 127.0.0.1. */
static __always_inline __u32 source_mapped(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;

	if (!sk)
		return 0;
	return equal(sk->src_ip6[0] | sk->src_ip6[1] | (sk->src_ip6[2] ^ bpf_htonl(0xffff)), 0);
}

/*
 * Where a connect or send goes. 0.0.0.0 is sometimes the socket's own address: sendmsg4 is told
 * exactly what routing will see (IP_PKTINFO included). The others know the address the socket
 * receives at, which routing does not take if it is a broadcast or multicast one; and of a socket
 * bound to a device nothing but that it is. Then loopback is judged as well. A datagram's device
 * (IP_PKTINFO, IP_UNICAST_IF) is told to no hook.
 */
static __always_inline void redirect(struct bpf_sock_addr *ctx, struct asked *asked)
{
	__u32 mapped = asked->address.is_ipv6 ? source_mapped(ctx) : 0;
	struct bpf_sock *sk = ctx->sk;
	__u32 source = 0, exact = 0, device = 0, replaced;

	if (sk) {
		source = bpf_ntohl(sk->src_ip4);
		device = sk->bound_dev_if;
	}
	if (asked->hook == HOOK_SENDMSG4) {
		source = bpf_ntohl(ctx->msg_src_ip4);
		exact = source;
	}
	replaced = redirect_any(&asked->judged, mapped, !equal(source | device, 0), source);
	asked->or_loopback = replaced & equal(exact, 0);
}

static __always_inline int police_address(struct bpf_sock_addr *ctx, struct asked *asked)
{
	asked->port = bpf_ntohs((__u16)ctx->user_port);
	asked->family = ctx->family;
	asked->socket_type = ctx->type;
	asked->protocol = ctx->protocol;
	asked->operations = 1;
	asked->judged = asked->address;
	unmap_ipv4(&asked->judged);
	if (asked->section == SECTION_CONNECT)
		redirect(ctx, asked);
	asked->first = address_keys(&asked->judged, protocol_class(asked->protocol), asked->port,
	                            asked->keys);
	if (asked->section == SECTION_CONNECT)
		asked->root = ROOT_CONNECT4 + asked->judged.is_ipv6;
	else
		asked->root = ROOT_BIND4 + asked->judged.is_ipv6;
	return police(ctx, asked);
}

static __always_inline int police_ipv4(struct bpf_sock_addr *ctx, enum hook hook,
                                       enum section section)
{
	struct asked asked = { .hook = hook, .section = section };

	asked.address.words[3] = bpf_ntohl(ctx->user_ip4);
	return police_address(ctx, &asked);
}

static __always_inline int police_ipv6(struct bpf_sock_addr *ctx, enum hook hook,
                                       enum section section)
{
	struct asked asked = { .hook = hook, .section = section };

	asked.address.words[0] = bpf_ntohl(ctx->user_ip6[0]);
	asked.address.words[1] = bpf_ntohl(ctx->user_ip6[1]);
	asked.address.words[2] = bpf_ntohl(ctx->user_ip6[2]);
	asked.address.words[3] = bpf_ntohl(ctx->user_ip6[3]);
	asked.address.is_ipv6 = 1;
	return police_address(ctx, &asked);
}

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
	return police_ipv4(ctx, HOOK_CONNECT4, SECTION_CONNECT);
}

SEC("cgroup/connect6") int connect6(struct bpf_sock_addr *ctx)
{
	return police_ipv6(ctx, HOOK_CONNECT6, SECTION_CONNECT);
}

SEC("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *ctx)
{
	return police_ipv4(ctx, HOOK_SENDMSG4, SECTION_CONNECT);
}

SEC("cgroup/sendmsg6") int sendmsg6(struct bpf_sock_addr *ctx)
{
	return police_ipv6(ctx, HOOK_SENDMSG6, SECTION_CONNECT);
}

SEC("cgroup/bind4") int bind4(struct bpf_sock_addr *ctx)
{
	return police_ipv4(ctx, HOOK_BIND4, SECTION_BIND);
}

SEC("cgroup/bind6") int bind6(struct bpf_sock_addr *ctx)
{
	return police_ipv6(ctx, HOOK_BIND6, SECTION_BIND);
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
