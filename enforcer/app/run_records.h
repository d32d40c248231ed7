/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the audit log tells about one run: its records, counted by verdict, object and rule.
 */
#pragma once

#include <stdint.h>

#include "base/array.h"

struct run_record {
	char *verdict; /* "denied", "would-deny", "audited" */
	char *object;  /* "connect tcp 10.0.0.1:443" */
	char *rule;    /* "web.ini:12", or "default" */
	uint64_t count;
};

/* More kinds than this are not told apart; the totals come from the counters anyhow. */
#define RUN_RECORDS_MAX 1000

/* Nobody waits at the end of a run for a flood to be counted once more. */
#define RUN_RECORD_LINES_MAX 100000

struct run_records {
	ARRAY(struct run_record) items; /* most frequent first */
	uint64_t total;                 /* of all, those not told apart and permissions too */
};

void run_records_fini(struct run_records *records);

/* Reads the log's lines from the fd's position on, RUN_RECORD_LINES_MAX at most; takes the
 * decisions of the policy on this cgroup. 0 or -errno, and then what was read so far is there. */
int run_records_read(int fd, uint64_t policy_cgroup_id, struct run_records *records);
