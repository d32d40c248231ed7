/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the three shapes of `cgward status` have in common.
 */
#include "app/status.h"

#include <stdlib.h>
#include <string.h>

bool status_is_within(const char *path, const char *ancestor)
{
	size_t length = strlen(ancestor);

	if (strcmp(ancestor, "/") == 0)
		return true;
	return strncmp(path, ancestor, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

bool status_is_wanted(const struct status *status, const struct ward_entry *entry)
{
	return !status->only ||
	       (entry->cgroup_path && strcmp(entry->cgroup_path, status->only) == 0);
}

const char *status_mode(const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;
	bool audit = false, enforce = false;

	if (!meta)
		return "?";
	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		bool in_audit = meta->audit_sections & (1U << i);

		audit = audit || (meta->sections[i].present && in_audit);
		enforce = enforce || (meta->sections[i].present && !in_audit);
	}
	return audit && enforce ? "mixed" : audit ? "audit" : "enforce";
}

const char *status_policy(const struct ward_entry *entry)
{
	return entry->meta ? entry->meta->name : "?";
}

const char *status_cgroup(const struct ward_entry *entry)
{
	return entry->cgroup_path ? entry->cgroup_path : "(gone)";
}

struct hook_counters status_total(const struct ward_entry *entry)
{
	struct hook_counters total = { 0 };

	for (unsigned int i = 0; i < HOOK_COUNT; i++) {
		const struct hook_counters *hook = &entry->counters[i];

		total.denied += hook->denied;
		total.would_deny += hook->would_deny;
		total.audited += hook->audited;
		total.allowed += hook->allowed;
		total.suppressed += hook->suppressed;
		total.muted += hook->muted;
	}
	return total;
}

typedef __typeof__(*((struct ward_entry *)NULL)->rule_counts) counted_rule;

static int compare_cookies(const void *left, const void *right)
{
	const counted_rule *a = left, *b = right;

	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

void status_sort_counts(struct ward_entry *entry)
{
	if (entry->rule_count_count)
		qsort(entry->rule_counts, entry->rule_count_count, sizeof(*entry->rule_counts),
		      compare_cookies);
}

uint64_t status_rule_count(const struct ward_entry *entry, uint64_t cookie)
{
	counted_rule wanted = { .cookie = cookie };
	const counted_rule *found = NULL;

	if (entry->rule_count_count)
		found = bsearch(&wanted, entry->rule_counts, entry->rule_count_count,
		                sizeof(*entry->rule_counts), compare_cookies);
	return found ? found->count : 0;
}
