/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cgward status CGROUP` for people: the policy there, what it has done so far, and the policies of
 * the cgroups above, which all have to allow a call as well.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/status.h"
#include "model/lsm.h"
#include "output/escape.h"
#include "output/plain_words.h"

#define LINE_WIDTH 80

static void write_line(const char *label, const char *text)
{
	printf("%-12s", label);
	escape_write(stdout, text);
	putchar('\n');
}

static void write_policy(const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;

	printf("cgroup id   %" PRIu64 "\n", entry->cgroup_id);
	write_line("policy", status_policy(entry));
	if (meta) {
		write_line("file", meta->path);
		if (meta->description)
			write_line("description", meta->description);
	}
	write_line("mode", status_mode(entry));
	printf("generation  %u\n", entry->generation);
	if (entry->is_run)
		printf("made by     cgward run, process %d\n", entry->runner_pid);
	for (size_t i = 0; meta && i < meta->unsupported_count; i++)
		write_line("unenforced", meta->unsupported[i]);
}

static void write_hooks(const struct ward_entry *entry)
{
	printf("\n%-14s %10s %10s %10s %10s %10s %10s\n", "HOOK", "DENIED", "WOULD-DENY", "AUDITED",
	       "ALLOWED", "SUPPRESSED", "MUTED");
	for (unsigned int i = 0; i < HOOK_COUNT; i++) {
		const struct hook_counters *hook = &entry->counters[i];

		if (!(entry->linked_hooks & (1U << i)))
			continue;
		printf("%-14s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		       " %10" PRIu64 "\n",
		       hook_name((enum hook)i), (uint64_t)hook->denied, (uint64_t)hook->would_deny,
		       (uint64_t)hook->audited, (uint64_t)hook->allowed, (uint64_t)hook->suppressed,
		       (uint64_t)hook->muted);
	}
}

static bool write_rule_counts(const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;
	bool any = false;

	for (size_t i = 0; i < meta->rule_count; i++) {
		const struct meta_rule *rule = &meta->rules[i];
		uint64_t count = status_rule_count(entry, rule->cookie);

		if (!count)
			continue;
		any = true;
		printf("%12" PRIu64 "  ", count);
		escape_write(stdout, rule->file);
		printf(":%u  ", rule->line);
		escape_write(stdout, rule->text);
		putchar('\n');
	}
	return any;
}

static bool write_default_counts(const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;
	bool any = false;

	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		uint64_t count = 0;

		if (meta->sections[i].present)
			count = status_rule_count(entry, meta->sections[i].default_cookie);
		if (!count)
			continue;
		any = true;
		printf("%12" PRIu64 "  default of [%s]\n", count, section_name((enum section)i));
	}
	return any;
}

static void write_lsm_hooks(uint64_t hooks)
{
	size_t used = LINE_WIDTH;

	if (!hooks)
		return;
	fputs("\nLSM programs attached:", stdout);
	for (uint32_t hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		const char *name = lsm_hook_name((enum lsm_hook)hook);

		if (!(hooks >> hook & 1))
			continue;
		if (used + 1 + strlen(name) > LINE_WIDTH) {
			fputs("\n ", stdout);
			used = 1;
		}
		used += (size_t)printf(" %s", name);
	}
	putchar('\n');
}

/* Rules that have decided nothing that counts may be thousands, and are of no interest here. */
static void write_rules(const struct ward_entry *entry)
{
	bool any = false;

	if (!entry->meta)
		return;
	printf("\n%12s  RULE\n", "COUNT");
	any = write_rule_counts(entry);
	any = write_default_counts(entry) || any;
	if (!any)
		printf("%12s  no denial, no audit so far\n", "none");
}

static void write_ancestors(const struct status *status)
{
	bool any = false;

	array_foreach (entry, &status->list.entries) {
		if (!entry->cgroup_path || status_is_wanted(status, entry) ||
		    !status_is_within(status->only, entry->cgroup_path))
			continue;
		if (!any)
			puts("\nAbove it, each of these has to allow a call as well:");
		any = true;
		fputs("  ", stdout);
		escape_write(stdout, entry->cgroup_path);
		fputs("  ", stdout);
		escape_write(stdout, status_policy(entry));
		printf(" (%s; ", status_mode(entry));
		plain_hooks(stdout, entry->linked_hooks, " ");
		fputs(")\n", stdout);
	}
}

void status_detail(const struct status *status, const struct ward_entry *entry)
{
	write_line("cgroup", status->only);
	if (entry) {
		write_policy(entry);
		write_hooks(entry);
		write_lsm_hooks(entry->lsm_hooks);
		write_rules(entry);
	} else {
		write_line("policy", "none of its own");
	}
	write_ancestors(status);
}
