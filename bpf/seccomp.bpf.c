// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [socket] for the families that programs of cgroups do not see, where no LSM program runs: the
 * calls that a seccomp filter stopped (enforcer/kernel/socket_filter.h).
 *
 * The hard idea: seccomp can only ask a process of user space. That process does not decide either:
 * it has this program run (BPF_PROG_TEST_RUN) with the call as if it were a packet. So the decision
 * is that of the image in force, a reload holds from one call to the next, and counters, log-rate
 * and records are those of every other hook. Only who called is told by user space, because the
 * program does not run in the caller.
 */
#include "abi_lsm.h"
#include "police.h"

_Static_assert(__builtin_offsetof(struct event, parent_pid) ==
                               __builtin_offsetof(struct event, uid) + 12 &&
                       __builtin_offsetof(struct event, parent_comm) ==
                               __builtin_offsetof(struct event, comm) + COMM_LENGTH,
               "ordered as in struct socket_caller");

/* Straight into the record: the stack has no room for both. Bytes that are missing stay zero. */
static __always_inline void fill_caller(struct __sk_buff *ctx, struct event *event)
{
	const __u32 at = sizeof(struct socket_call);

	bpf_skb_load_bytes(ctx, at, &event->cgroup_id, sizeof(event->cgroup_id));
	bpf_skb_load_bytes(ctx, at + __builtin_offsetof(struct socket_caller, uid), &event->uid,
	                   4 * sizeof(event->uid));
	bpf_skb_load_bytes(ctx, at + __builtin_offsetof(struct socket_caller, comm), event->comm,
	                   2 * COMM_LENGTH);
}

__noinline int record_socket_call(struct __sk_buff *ctx, const struct socket_call *asked,
                                  const struct attachment *attachment, const struct call *call)
{
	struct event event = { 0 };

	if (!asked || !attachment || !call)
		return SOCKET_CALL_DENIED;
	event.family = asked->family;
	event.socket_type = asked->type;
	event.protocol = asked->protocol;
	event.number = asked->unseen;
	event.object_class = asked->unseen ? OBJECT_UNSEEN : OBJECT_NONE;
	if (complete(attachment, call, 1, as_outcome(call->found.ref), 1, &event)) {
		fill_caller(ctx, &event);
		output(ctx, &event);
	}
	return choose(equal(event.effect, EFFECT_DENIED), SOCKET_CALL_DENIED, SOCKET_CALL_ALLOWED);
}

/* A way to make any socket stands open only where no family but inet and inet6 is policed. */
static __always_inline __u32 outcome_of(const struct image_view *view,
                                        const struct socket_call *asked)
{
	const __u32 keys[KEYS_MAX] = { 0, 0, asked->family, asked->type, asked->protocol };
	const struct image_header *header = view_header(view);
	__u32 ref = header->roots[ROOT_SOCKET];

	if (ref == REF_ABSENT)
		return ref;
	if (asked->unseen)
		return header->hooks >> HOOK_LSM_SOCKET & 1 ? REF_CLASS : REF_ABSENT;
	return diagram_walk(view, ref, keys, KEYS_MAX - 3);
}

SEC("cgroup_skb/egress") int seccomp(struct __sk_buff *ctx)
{
	struct call call = { .hook = HOOK_SECCOMP, .section = SECTION_SOCKET };
	struct attachment attachment = { 0 };
	struct image_view view = { 0 };
	const struct policed *policed;
	struct socket_call asked;

	if (bpf_skb_load_bytes(ctx, 0, &asked, sizeof(asked)))
		return SOCKET_CALL_DENIED;
	attachment.cgroup_id = asked.policy_cgroup_id;
	policed = bpf_map_lookup_elem(&attachments, &attachment.cgroup_id);
	/* The policy was taken away; the filter stays with the processes. */
	if (!policed)
		return SOCKET_CALL_ALLOWED;
	attachment.slot = policed->slot;
	call.found.ref = REF_INVALID;
	if (view_open(&attachment, &view) == 0) {
		call.found.image = view.number;
		call.found.ref = outcome_of(&view, &asked);
		if (outcome_row(as_outcome(call.found.ref)) == OUTCOME_ROW_MASK)
			return SOCKET_CALL_ALLOWED;
		if (goes_on(&view, call.found.ref, 1))
			return SOCKET_CALL_ALLOWED;
	}
	if (!asked.has_caller)
		return SOCKET_CALL_CALLER;
	return as_result(record_socket_call(ctx, &asked, &attachment, &call));
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
