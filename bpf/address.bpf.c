// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [connect] and [bind]: where sockets may send, and what they may be bound to.
 *
 * The hard idea: the hook says which address was given, never user_family, which is whatever the
 * caller wrote (AF_UNSPEC reaches sendmsg4 and bind4 with a real address behind it). IPv4-mapped
 * addresses arrive at connect6 and bind6, but at sendmsg4 when sent to.
 *
 * An address that is looked up as it was given is looked up inline. One that means another (mapped,
 * or the any-address) goes to police_other.
 */
#include <bpf/bpf_endian.h>

#include "police.h"

_Static_assert(ROOT_CONNECT6 == ROOT_CONNECT4 + 1 && ROOT_BIND6 == ROOT_BIND4 + 1,
               "roots by family");

__noinline int record_address(struct bpf_sock_addr *ctx, const struct call *call)
{
	struct event event = { 0 };

	if (!call)
		return CALL_DENIED;
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		event.asked[i] = call->asked[i];
		event.judged[i] = call->judged.words[i];
	}
	event.judged_family = choose(equal(call->judged.is_ipv6, 0), 2, 10);
	event.port = bpf_ntohs((__u16)ctx->user_port);
	event.family = ctx->family;
	event.socket_type = ctx->type;
	event.protocol = ctx->protocol;
	return record(ctx, call, 1, &event);
}

static __always_inline __u32 port_key(struct bpf_sock_addr *ctx)
{
	return PORT_KEY(protocol_class(ctx->protocol), bpf_ntohs((__u16)ctx->user_port));
}

static __always_inline __u32 root_of(__u32 section, __u32 is_ipv6)
{
	return choose(equal(section, SECTION_CONNECT), ROOT_CONNECT4, ROOT_BIND4) + is_ipv6;
}

/* ---- addresses that mean another --------------------------------------------------------- */

/* Whether the socket's own address is IPv4-mapped: then a connect to :: is one to 127.0.0.1. */
static __always_inline __u32 source_mapped(const struct bpf_sock *sk)
{
	return equal(sk->src_ip6[0] | sk->src_ip6[1] | (sk->src_ip6[2] ^ bpf_htonl(0xffff)), 0);
}

/*
 * Where a connect or send goes. 0.0.0.0 is sometimes the socket's own address: sendmsg4 is told
 * exactly what routing will see (IP_PKTINFO included), `message_source`. The others know the
 * address the socket receives at, which routing does not take if it is a broadcast or multicast
 * one; and of a socket bound to a device nothing but that it is. Then loopback has to be judged as
 * well, and 1 is returned. A datagram's device (IP_PKTINFO, IP_UNICAST_IF) is told to no hook.
 */
static __always_inline __u32 redirect(struct bpf_sock_addr *ctx, struct call *call,
                                      __u32 message_source)
{
	struct address *judged = &call->judged;
	__u32 source = 0, device = 0, mapped = 0, replaced;
	struct bpf_sock *sk = ctx->sk;

	if (sk) {
		source = bpf_ntohl(sk->src_ip4);
		device = sk->bound_dev_if;
		mapped = judged->is_ipv6 & source_mapped(sk);
	}
	source = choose(equal(call->hook, HOOK_SENDMSG4), message_source, source);
	replaced = redirect_any(judged, mapped, !equal(source | device, 0), source);
	return replaced & equal(message_source, 0);
}

__noinline __u32 step_by_call(__u32 image, __u32 ref, __u32 key)
{
	const struct image_view view = { .number = image, .first = first_block(image) };

	return view.first ? near_or_far_step(&view, ref, key) : REF_INVALID;
}

/* diagram_walk by calls alone: what is seldom run is to be verified fast. */
static __always_inline __u32 walk_by_calls(const struct image_view *view, __u32 section,
                                           const struct address *address, __u32 port)
{
	__u32 root = root_of(section, address->is_ipv6) & 7;
	__u32 image = view->number, ref = view_header(view)->roots[root];

	if (address->is_ipv6) {
		ref = step_by_call(image, ref, address->words[0]);
		ref = step_by_call(image, ref, address->words[1]);
		ref = step_by_call(image, ref, address->words[2]);
	}
	ref = step_by_call(image, ref, address->words[3]);
	ref = step_by_call(image, ref, port);
	return as_outcome(ref);
}

_Static_assert(ROOT_BIND6 <= 7, "a root number is masked");

static __always_inline void judge_loopback_too(const struct image_view *view, struct call *call,
                                               __u32 port)
{
	const struct address loopback = { .words[3] = LOOPBACK_IPV4 };
	__u32 other = walk_by_calls(view, SECTION_CONNECT, &loopback, port);

	/* One less, so that no verdict at all is the strictest. */
	if (outcome_verdict(other, 0) - 1 <= outcome_verdict(call->found.ref, 0) - 1)
		return;
	call->judged = loopback;
	call->found.ref = other;
}

/* Any question at all, asked with call->asked and judged.is_ipv6 filled; see redirect() for
 * `message_source`, 0 where the hook is not sendmsg4. */
__noinline int police_other(struct bpf_sock_addr *ctx, struct call *call, __u32 message_source)
{
	struct image_view view;
	__u32 port, or_loopback = 0;

	if (!call)
		return CALL_DENIED;
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++)
		call->judged.words[i] = call->asked[i];
	unmap_ipv4(&call->judged);
	if (call->section == SECTION_CONNECT)
		or_loopback = redirect(ctx, call, message_source);
	if (view_open(bpf_get_local_storage(&storage, 0), &view) == 0) {
		port = port_key(ctx);
		call->found.image = view.number;
		call->found.ref = walk_by_calls(&view, call->section, &call->judged, port);
		if (or_loopback)
			judge_loopback_too(&view, call, port);
		if (outcome_allows(call->found.ref, 1) && view_header(&view)->log != LOG_ALL)
			return CALL_ALLOWED;
	}
	return as_result(record_address(ctx, call));
}

/* ---- the programs ------------------------------------------------------------------------ */

static __always_inline int police_ipv4(struct bpf_sock_addr *ctx, enum hook hook,
                                       enum section section)
{
	__u32 address = bpf_ntohl(ctx->user_ip4);
	const __u32 keys[KEYS_MAX] = { 0, 0, 0, address, port_key(ctx) };
	struct found found;

	if (section == SECTION_CONNECT && address == 0) {
		struct call other = { .hook = hook, .section = section };
		__u32 source = hook == HOOK_SENDMSG4 ? bpf_ntohl(ctx->msg_src_ip4) : 0;

		return as_result(police_other(ctx, &other, source));
	}
	if (is_simply_allowed(root_of(section, 0), keys, KEYS_MAX - 2, 1, &found))
		return CALL_ALLOWED;

	struct call call = { .hook = hook,
		             .section = section,
		             .found = found,
		             .asked = { 0, 0, 0, address },
		             .judged = { .words = { 0, 0, 0, address } } };
	return as_result(record_address(ctx, &call));
}

static __always_inline int police_ipv6(struct bpf_sock_addr *ctx, enum hook hook,
                                       enum section section)
{
	const __u32 keys[KEYS_MAX] = { bpf_ntohl(ctx->user_ip6[0]), bpf_ntohl(ctx->user_ip6[1]),
		                       bpf_ntohl(ctx->user_ip6[2]), bpf_ntohl(ctx->user_ip6[3]),
		                       port_key(ctx) };
	struct call call = {
		.hook = hook,
		.section = section,
		.asked = { keys[0], keys[1], keys[2], keys[3] },
		.judged = { .words = { keys[0], keys[1], keys[2], keys[3] }, .is_ipv6 = 1 },
	};

	/* All that is mapped or the any-address, and a little more. */
	if (!(keys[0] | keys[1] | (keys[2] & ~0xffffU)))
		return as_result(police_other(ctx, &call, 0));
	if (is_simply_allowed(root_of(section, 1), keys, 0, 1, &call.found))
		return CALL_ALLOWED;
	return as_result(record_address(ctx, &call));
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
