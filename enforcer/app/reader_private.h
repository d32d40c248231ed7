/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files behind reader.h share.
 */
#pragma once

#include "app/reader.h"
#include "kernel/stream.h"
#include "output/audit_file.h"
#include "output/control_line.h"
#include "output/log_tail.h"

/* ---- reader_names.c: names of policies, rules and cgroups, as JSON ------------------------ */

#define KNOWN_METAS   32
#define KNOWN_CGROUPS 4096

struct known_meta {
	uint32_t generation;      /* 0: free */
	uint64_t used;            /* for choosing whom to forget */
	struct policy_meta *meta; /* NULL: it is gone from the ward */
	char *policy, *file;      /* JSON */
	size_t policy_length, file_length;
	struct known_rule {
		char *rule, *text; /* JSON; NULL until first used */
		size_t rule_length, text_length;
	} * rules;
};

/* A cgroup's path never changes, and its id never comes back: a path is right for ever, and what
 * was known of a cgroup that is gone stays known until its place is needed. */
struct known_cgroup {
	uint64_t id; /* 0: free */
	uint64_t used;
	char *path; /* JSON; NULL: it was gone already */
	size_t path_length;
};

struct reader_names {
	struct ward *ward;
	int mount_fd;
	uint64_t uses;
	struct known_meta metas[KNOWN_METAS];
	struct known_cgroup *cgroups; /* KNOWN_CGROUPS; two places for each hash of an id */
};

int reader_names_init(struct reader_names *names, struct ward *ward, struct diag *diag);
void reader_names_fini(struct reader_names *names);

/* Valid until the next call. What cannot be had is JSON_NULL. */
void reader_names_of(struct reader_names *names, const struct event *event,
                     struct event_names *ret_names);
struct json_piece reader_cgroup_name(struct reader_names *names, uint64_t id);

/* Parent from /proc, where the kernel could not tell it. */
void reader_find_parent(struct event *event);

/* ---- reader.c, reader_account.c ----------------------------------------------------------- */

struct reader {
	struct ward *ward;
	struct audit_file *file;
	struct stream *stream;
	struct accounting accounting;
	struct reader_names names;
	struct record_counters *counters; /* of each CPU */
	struct record_counters counted;   /* their sum */
	size_t cpu_count;
	struct json_text line; /* CONTROL_LINE_BYTES_MAX */
	struct time_cache time_cache;
	uint64_t realtime_offset_ns; /* realtime minus monotonic, taken once a batch */
	uint64_t account_due_bytes;  /* lines since the last account */
	uint64_t next_tick_ns, next_flush_ns, next_account_ns;
	bool changed; /* something was told or written since the last account line */
	int log_error;
	struct reader_options options;
	struct accounting_totals before; /* for the summary */
};

/* Head of a line of this moment; `monotonic_ns` is on the kernel's clock. */
struct line_head reader_line_head(struct reader *reader, uint64_t monotonic_ns);
struct line_head reader_line_head_now(struct reader *reader);
uint64_t reader_now_ns(void); /* CLOCK_MONOTONIC */

/* Appends reader->line. 0 or -ENOBUFS. */
int reader_append(struct reader *reader, enum line_kind kind);

int reader_read_counters(struct reader *reader);
int reader_tell_start(struct reader *reader, const char *type);

/* From the counters last read: what is lost, and with `rest` also what is merely missing. */
void reader_tell_losses(struct reader *reader, bool drained, enum loss_cause rest);

/* From the counts of the cgroups as they are now; what the counters last read have beyond that is
 * of policies that are gone. */
void reader_tell_suppressed(struct reader *reader);
void reader_tell_account(struct reader *reader);

/* What happened up to now and is not in the log. */
int reader_settle_past(struct reader *reader, const struct torn_line *torn);

/* About once a second. */
void reader_tick(struct reader *reader);
