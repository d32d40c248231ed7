/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `cgward status` prints, in its three shapes; cmd_status.c chooses. Everything is read from
 * the kernel at that moment; counters go on while they are read.
 */
#pragma once

#include "kernel/ward.h"

struct status {
	struct ward_list list;
	struct record_counters records;
	const char *only; /* path of the one cgroup asked about, or NULL: all */
};

/* Whether `path` is `ancestor` or below it. */
bool status_is_within(const char *path, const char *ancestor);

/* Whether this entry is to be shown: all, or the one asked about. */
bool status_is_wanted(const struct status *status, const struct ward_entry *entry);

/* "enforce", "audit", or "mixed" where sections differ */
const char *status_mode(const struct ward_entry *entry);

/* What a policy and a cgroup are called when their names cannot be had. */
const char *status_policy(const struct ward_entry *entry);
const char *status_cgroup(const struct ward_entry *entry);

/* Sum over all hooks. */
struct hook_counters status_total(const struct ward_entry *entry);

/* For status_rule_count(): puts the entry's counts in order, once. */
void status_sort_counts(struct ward_entry *entry);
uint64_t status_rule_count(const struct ward_entry *entry, uint64_t cookie);

void status_table(const struct status *status);
/* One cgroup: its own policy, if `entry` is not NULL, and those of its ancestors. */
void status_detail(const struct status *status, const struct ward_entry *entry);
void status_json(const struct status *status);
