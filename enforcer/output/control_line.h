/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of the audit log that are not decisions: a reader begins or ends, records were lost or
 * suppressed, and the totals from which the next reader goes on counting.
 */
#pragma once

#include "output/accounting.h"
#include "output/event_line.h"

/* An "account" line is as long as there are CPUs and cgroups with suppressed records. */
#define CONTROL_LINE_BYTES_MAX (1U << 20)

/* `type` is "start" or "stop". */
void reader_line(struct json_text *text, const struct line_head *head, const char *type,
                 uint64_t epoch, int pid);

#define CPU_UNKNOWN UINT32_MAX

/* cpu may be CPU_UNKNOWN, and then the loss is of no epoch that is being counted. */
void lost_line(struct json_text *text, const struct line_head *head, enum loss_cause cause,
               uint64_t count, uint32_t cpu);

/* `total` is what has been told of this cgroup and hook in this epoch, `count` included. */
void suppressed_line(struct json_text *text, const struct line_head *head,
                     const struct suppressed_account *account, uint64_t count,
                     struct json_piece cgroup);

/* Of policies that are gone: nobody knows any more which. */
void suppressed_rest_line(struct json_text *text, const struct line_head *head, uint64_t count);

void account_line(struct json_text *text, const struct line_head *head,
                  const struct accounting *accounting);

/* What the beginning of an account line is, after line_begin() with any seq. */
#define ACCOUNT_LINE_PREFIX  "{\"schema\":1,\"type\":\"account\","
#define DECISION_LINE_PREFIX "{\"schema\":1,\"type\":\"decision\","

/* An epoch is a random 64-bit number; in JSON it is a string of 16 digits. */
#define EPOCH_TEXT_MAX 17
void epoch_text(uint64_t epoch, char text[EPOCH_TEXT_MAX]);
