/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of members is part of the schema only in one thing: a line begins with schema, type
 * and seq, so that the tail of a log can be searched without parsing all of it.
 */
#include "output/event_line.h"

#include "model/policy.h"

#define put(literal) json_text_literal(text, literal)

static void put_static(struct json_text *text, const char *string)
{
	json_text_put(text, string, strlen(string));
}

void line_begin(struct json_text *text, const char *type, const struct line_head *head)
{
	put("{\"schema\":1,\"type\":\"");
	put_static(text, type);
	put("\",\"seq\":");
	json_text_number(text, head->seq);
	put(",\"time\":");
	json_text_time(text, head->cache, head->time_ns);
}

/* A denial made because an image was out of order has no policy to ask; the effect tells. */
static void put_mode(struct json_text *text, const struct event *event,
                     const struct policy_meta *meta)
{
	if (event->effect == EFFECT_WOULD_DENY)
		put("\"audit\"");
	else if (event->effect == EFFECT_DENIED)
		put("\"enforce\"");
	else if (!meta)
		put("null");
	else if (meta->audit_sections & 1U << event->section)
		put("\"audit\"");
	else
		put("\"enforce\"");
}

static void put_errno(struct json_text *text, int error)
{
	const char *name = error ? strerrorname_np(-error) : NULL;

	if (!error) {
		put("null");
		return;
	}
	put("\"");
	if (name)
		put_static(text, name);
	else
		json_text_number(text, (uint64_t)-error);
	put("\"");
}

static void put_decision(struct json_text *text, const struct event *event,
                         const struct event_names *names)
{
	put(",\"policy\":");
	json_text_piece(text, names->policy);
	put(",\"policy_file\":");
	json_text_piece(text, names->policy_file);
	put(",\"mode\":");
	put_mode(text, event, names->meta);
	put(",\"verdict\":\"");
	put_static(text, effect_name(event->effect));
	put("\",\"section\":\"");
	put_static(text, section_name(event->section));
	put("\",\"hook\":\"");
	put_static(text, hook_name(event->hook));
	put("\",\"asked\":");
	event_put_asked(text, event);
	put(",\"judged\":");
	event_put_judged(text, event);
	put(",\"rule\":");
	json_text_piece(text, names->rule.rule);
	put(",\"rule_text\":");
	json_text_piece(text, names->rule.text);
	put(",\"errno\":");
	put_errno(text, event->error);
}

static void put_parent(struct json_text *text, const struct event *event)
{
	if (!event->parent_pid) {
		put(",\"ppid\":null,\"pcomm\":null");
		return;
	}
	put(",\"ppid\":");
	json_text_number(text, event->parent_pid);
	put(",\"pcomm\":");
	if (event->parent_comm[0])
		json_text_string(text, event->parent_comm,
		                 strnlen(event->parent_comm, sizeof(event->parent_comm)));
	else
		put("null");
}

static void put_process(struct json_text *text, const struct event *event,
                        const struct event_names *names)
{
	put(",\"cgroup\":");
	json_text_piece(text, names->cgroup);
	put(",\"cgroup_id\":");
	json_text_number(text, event->cgroup_id);
	put(",\"policy_cgroup\":");
	json_text_piece(text, names->policy_cgroup);
	put(",\"policy_cgroup_id\":");
	json_text_number(text, event->policy_cgroup_id);
	put(",\"pid\":");
	json_text_number(text, event->pid);
	put(",\"tid\":");
	json_text_number(text, event->tid);
	put(",\"uid\":");
	json_text_number(text, event->uid);
	put(",\"comm\":");
	json_text_string(text, event->comm, strnlen(event->comm, sizeof(event->comm)));
	put_parent(text, event);
}

void event_line(struct json_text *text, const struct line_head *head, const struct event *event,
                int cpu, const struct event_names *names)
{
	line_begin(text, "decision", head);
	put_decision(text, event, names);
	put_process(text, event, names);
	put(",\"generation\":");
	json_text_number(text, event->generation);
	put(",\"cpu\":");
	json_text_number(text, (uint64_t)cpu);
	put(",\"kernel_seq\":");
	json_text_number(text, event->sequence);
	put("}\n");
}
