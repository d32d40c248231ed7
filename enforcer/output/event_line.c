/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of members is part of the schema only in one thing: a line begins with schema, type
 * and seq, so that the tail of a log can be searched without parsing all of it.
 *
 * Room is made sure of once a line: what is not bounded comes as pieces, whose length is known.
 */
#include "output/event_line.h"

#include "model/lsm.h"
#include "model/policy.h"
#include "output/json_pen.h"

/* Members, numbers, names and two objects of a decision, none of which can be long but for a path,
 * which stands in it up to three times; the parts of
 * HEAD and all that is not a piece are well below. A test fills them. */
#define HEAD_BYTES_MAX  128
#define FIXED_BYTES_MAX (1024 + 2 * EVENT_OBJECT_BYTES_MAX)

#define put(literal) (pen = pen_literal(pen, literal))

static char *put_head(char *pen, const char *type, const struct line_head *head)
{
	put("{\"schema\":1,\"type\":\"");
	pen = pen_text(pen, type);
	put("\",\"seq\":");
	pen = pen_number(pen, head->seq);
	put(",\"time\":");
	return pen_time(pen, head->cache, head->time_ns);
}

/* A denial made because an image was out of order has no policy to ask; the effect tells. */
static char *put_mode(char *pen, const struct event *event, const struct policy_meta *meta)
{
	if (event->effect == EFFECT_WOULD_DENY)
		return pen_literal(pen, "\"audit\"");
	if (event->effect == EFFECT_DENIED)
		return pen_literal(pen, "\"enforce\"");
	if (!meta)
		return pen_literal(pen, "null");
	if (meta->audit_sections & 1U << event->section)
		return pen_literal(pen, "\"audit\"");
	return pen_literal(pen, "\"enforce\"");
}

static char *put_errno(char *pen, int error)
{
	const char *name = error ? strerrorname_np(-error) : NULL;

	if (!error)
		return pen_literal(pen, "null");
	put("\"");
	pen = name ? pen_text(pen, name) : pen_number(pen, (uint64_t)-error);
	return put("\"");
}

/* What most records do not have. */
static char *put_class(char *pen, const struct event *event, const char *path)
{
	if (event->object_class != OBJECT_NONE) {
		put(",\"object_class\":\"");
		pen = pen_text(pen, object_class_name(event->object_class));
		put("\",\"path\":");
		pen = event->path_length ? pen_string(pen, path, event->path_length)
		                         : pen_literal(pen, "null");
		put(",\"path_truncated\":");
		pen = event->flags & EVENT_PATH_TRUNCATED ? pen_literal(pen, "true")
		                                          : pen_literal(pen, "false");
	}
	if (event->target_pid) {
		put(",\"target_pid\":");
		pen = pen_number(pen, event->target_pid);
	}
	return pen;
}

static char *put_objects(char *pen, const struct event *event, const char *path)
{
	const char *asked = pen;
	size_t length;

	pen = event_put_asked(pen, event, path);
	length = (size_t)(pen - asked);
	put(",\"judged\":");
	return event_is_judged_as_asked(event) ? pen_put(pen, asked, length)
	                                       : event_put_judged(pen, event, path);
}

static char *put_decision(char *pen, const struct event *event, const char *path,
                          const struct event_names *names)
{
	put(",\"policy\":");
	pen = pen_piece(pen, names->policy);
	put(",\"policy_file\":");
	pen = pen_piece(pen, names->policy_file);
	put(",\"mode\":");
	pen = put_mode(pen, event, names->meta);
	put(",\"verdict\":\"");
	pen = pen_text(pen, effect_name(event->effect));
	put("\",\"section\":\"");
	pen = pen_text(pen, section_name(event->section));
	put("\",\"hook\":\"");
	pen = pen_text(pen, event_hook_name(event));
	put("\",\"asked\":");
	pen = put_objects(pen, event, path);
	pen = put_class(pen, event, path);
	put(",\"rule\":");
	pen = pen_piece(pen, names->rule.rule);
	put(",\"rule_text\":");
	pen = pen_piece(pen, names->rule.text);
	put(",\"errno\":");
	return put_errno(pen, event->error);
}

static char *put_parent(char *pen, const struct event *event)
{
	if (!event->parent_pid)
		return pen_literal(pen, ",\"ppid\":null,\"pcomm\":null");
	put(",\"ppid\":");
	pen = pen_number(pen, event->parent_pid);
	put(",\"pcomm\":");
	if (!event->parent_comm[0])
		return pen_literal(pen, "null");
	return pen_string(pen, event->parent_comm,
	                  strnlen(event->parent_comm, sizeof(event->parent_comm)));
}

static char *put_process(char *pen, const struct event *event, const struct event_names *names)
{
	put(",\"cgroup\":");
	pen = pen_piece(pen, names->cgroup);
	put(",\"cgroup_id\":");
	pen = pen_number(pen, event->cgroup_id);
	put(",\"policy_cgroup\":");
	pen = pen_piece(pen, names->policy_cgroup);
	put(",\"policy_cgroup_id\":");
	pen = pen_number(pen, event->policy_cgroup_id);
	put(",\"pid\":");
	pen = pen_number(pen, event->pid);
	put(",\"tid\":");
	pen = pen_number(pen, event->tid);
	put(",\"uid\":");
	pen = pen_number(pen, event->uid);
	put(",\"comm\":");
	pen = pen_string(pen, event->comm, strnlen(event->comm, sizeof(event->comm)));
	return put_parent(pen, event);
}

static size_t pieces_length(const struct event_names *names)
{
	return names->policy.length + names->policy_file.length + names->rule.rule.length +
	       names->rule.text.length + names->cgroup.length + names->policy_cgroup.length;
}

/* Where to write, or NULL. */
static char *begin(struct json_text *text, size_t most)
{
	if (text->capacity - text->length < most)
		text->full = true;
	return text->full ? NULL : text->bytes + text->length;
}

void line_begin(struct json_text *text, const char *type, const struct line_head *head)
{
	char *pen = begin(text, HEAD_BYTES_MAX);

	if (pen)
		text->length = (size_t)(put_head(pen, type, head) - text->bytes);
}

void event_line(struct json_text *text, const struct line_head *head, const struct event *event,
                const char *path, int cpu, const struct event_names *names)
{
	char *pen = begin(text, HEAD_BYTES_MAX + FIXED_BYTES_MAX + pieces_length(names) +
	                                3 * PEN_STRING_BYTES((size_t)event->path_length));

	if (!pen)
		return;
	pen = put_head(pen, "decision", head);
	pen = put_decision(pen, event, path, names);
	pen = put_process(pen, event, names);
	put(",\"generation\":");
	pen = pen_number(pen, event->generation);
	put(",\"cpu\":");
	pen = pen_number(pen, (uint64_t)cpu);
	put(",\"kernel_seq\":");
	pen = pen_number(pen, event->sequence);
	put("}\n");
	text->length = (size_t)(pen - text->bytes);
}
