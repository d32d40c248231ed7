/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The body of every program: a question in, 1 (go on) or 0 (EPERM) out.
 *
 * The hard idea: an allowed call pays for the look-up alone. Everything that makes a record is
 * collected only after the verdict, and lies behind one call.
 */
#pragma once

#include "emit.h"

#define CALL_ALLOWED 1
#define CALL_DENIED  0

/* A question: what is looked up, and what a record tells about it. */
struct asked {
	enum hook hook;
	enum section section;
	enum root root;
	__u32 operations; /* access mask of [device], else 1; 0: not understood, denied */
	__u32 first;      /* of keys */
	__u32 keys[KEYS_MAX];
	struct address address, judged;
	__u32 port, family, socket_type, protocol;
	__u32 device_type, major, minor;
};

static __always_inline void fill_object(struct event *event, const struct asked *asked)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		event->asked[i] = asked->address.words[i];
		event->judged[i] = asked->judged.words[i];
	}
	event->port = asked->port;
	event->family = asked->family;
	if (asked->section == SECTION_CONNECT || asked->section == SECTION_BIND)
		event->judged_family = asked->judged.is_ipv6 ? 10 : 2;
	event->socket_type = asked->socket_type;
	event->protocol = asked->protocol;
	event->device_type = asked->device_type;
	event->major = asked->major;
	event->minor = asked->minor;
}

static __always_inline int record_call(void *ctx, const struct asked *asked,
                                       const struct attachment *attachment,
                                       const struct image_view *view, __u32 effect, __u32 operation,
                                       __u32 row)
{
	struct event event = {
		.hook = asked->hook,
		.section = asked->section,
		.effect = effect,
		.operations = asked->operations,
		.operation = operation,
		.slot = attachment->slot,
		.policy_cgroup_id = attachment->cgroup_id,
		.error = effect == EFFECT_DENIED ? -EPERM : 0,
	};

	fill_object(&event, asked);
	return conclude(ctx, &event, view, row);
}

static __always_inline __u32 effect_of(__u32 verdict, const struct image_header *header,
                                       enum section section)
{
	if (verdict == VERDICT_ALLOW)
		return EFFECT_ALLOWED;
	if (verdict == VERDICT_AUDIT)
		return EFFECT_AUDITED;
	return header->audit_sections & (1U << section) ? EFFECT_WOULD_DENY : EFFECT_DENIED;
}

static __always_inline int police(void *ctx, const struct asked *asked)
{
	const struct attachment *attachment = bpf_get_local_storage(&storage, 0);
	__u32 outcome = 0, operation = 0, verdict = VERDICT_NONE, effect = EFFECT_DENIED, row = 0;
	const struct image_view *used = NULL;
	struct image_view view;

	if (view_open(attachment, &view) == 0) {
		const struct image_header *header = view_header(&view);

		outcome = header->roots[asked->root];
		if (outcome == REF_ABSENT)
			return CALL_ALLOWED;
		outcome = diagram_walk(&view, outcome, asked->keys, asked->first);
		operation = strictest_operation(outcome, asked->operations);
		verdict = asked->operations ? outcome_verdict(outcome, operation) : VERDICT_NONE;
		/* [socket] leaves families that it does not police to the same outcome. */
		if (outcome == REF_ABSENT)
			return CALL_ALLOWED;
		if (verdict == VERDICT_ALLOW && header->log != LOG_ALL)
			return CALL_ALLOWED;
		if (verdict != VERDICT_NONE && ref_kind(outcome) == REF_OUTCOME) {
			effect = effect_of(verdict, header, asked->section);
			row = outcome_row(outcome);
			used = &view;
		}
	}
	return record_call(ctx, asked, attachment, used, effect, operation, row);
}
