/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One decision as one line of the audit log, schema 1 (contrib/audit-schema.md). By hand: this is
 * done for each record of a flood, and a JSON library costs tens of times as much. Strings that
 * come again and again (cgroup paths, rules) arrive escaped, from caches.
 */
#pragma once

#include "output/event.h"
#include "output/policy_meta.h"

/* What a record of one place in a policy says about it. */
struct rule_pieces {
	struct json_piece rule; /* "web.ini:12", "default" or null */
	struct json_piece text;
};

/* Who and where, all JSON; JSON_NULL where it is not known. */
struct event_names {
	struct json_piece policy, policy_file;
	struct rule_pieces rule;
	struct json_piece cgroup, policy_cgroup;
	const struct policy_meta *meta; /* or NULL: for the mode */
};

struct line_head {
	uint64_t seq;
	uint64_t time_ns; /* since 1970 */
	struct time_cache *cache;
};

/* Appends the line with its newline. text->full: it did not fit. `path` as event_decode() gave it.
 */
void event_line(struct json_text *text, const struct line_head *head, const struct event *event,
                const char *path, int cpu, const struct event_names *names);

/* The beginning that all records share: `{"schema":1,"type":TYPE,"seq":..,"time":".."` */
void line_begin(struct json_text *text, const char *type, const struct line_head *head);
