/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A summary by kind of outcome, and by object or by line of the policy. The rule counters do not
 * tell a denial from one that mode = audit let happen; the section's mode does.
 */
#include "app/run_summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/report.h"
#include "app/status.h"
#include "base/cleanup.h"
#include "output/escape.h"

#define LINES_MAX 10

enum outcome {
	OUTCOME_DENIED,
	OUTCOME_WOULD_DENY,
	OUTCOME_AUDITED,
	OUTCOME_COUNT,
};

static const struct {
	const char *verdict; /* as the log has it */
	const char *text;
} outcomes[OUTCOME_COUNT] = {
	[OUTCOME_DENIED] = { "denied", "denied" },
	[OUTCOME_WOULD_DENY] = { "would-deny", "would have been denied (mode = audit)" },
	[OUTCOME_AUDITED] = { "audited", "audited" },
};

struct summary_line {
	enum outcome outcome;
	uint64_t count;
	const struct meta_rule *rule; /* NULL: the section's default */
	enum section section;
};

struct summary {
	const struct run_records *records; /* or else: */
	ARRAY(struct summary_line) lines;
};

/* Permissions that log = all counts are no news. */
static bool outcome_of(const struct policy_meta *meta, enum section section, enum verdict verb,
                       enum outcome *ret_outcome)
{
	if (verb == VERDICT_ALLOW || verb == VERDICT_NONE)
		return false;
	if (verb == VERDICT_AUDIT)
		*ret_outcome = OUTCOME_AUDITED;
	else
		*ret_outcome = meta->audit_sections & (1U << section) ? OUTCOME_WOULD_DENY
		                                                      : OUTCOME_DENIED;
	return true;
}

static int add_line(struct summary *summary, const struct ward_entry *entry,
                    const struct meta_rule *rule, enum section section, enum verdict verb,
                    uint64_t cookie)
{
	struct summary_line line = { .rule = rule, .section = section };

	if (!outcome_of(entry->meta, section, verb, &line.outcome))
		return 0;
	line.count = status_rule_count(entry, cookie);
	return line.count ? array_append(&summary->lines, line) : 0;
}

static int collect(struct summary *summary, const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;
	int error = 0;

	for (size_t i = 0; i < meta->rule_count && !error; i++) {
		const struct meta_rule *rule = &meta->rules[i];

		error = add_line(summary, entry, rule, rule->section, rule->verb, rule->cookie);
	}
	for (unsigned int i = 0; i < SECTION_COUNT && !error; i++) {
		if (meta->sections[i].present)
			error = add_line(summary, entry, NULL, (enum section)i,
			                 meta->sections[i].fallback,
			                 meta->sections[i].default_cookie);
	}
	return error;
}

static int compare_lines(const void *left, const void *right)
{
	const struct summary_line *a = left, *b = right;

	if (a->outcome != b->outcome)
		return a->outcome < b->outcome ? -1 : 1;
	return a->count > b->count ? -1 : a->count < b->count;
}

static void print_line(const struct summary_line *line)
{
	fprintf(stderr, "  %" PRIu64 "x ", line->count);
	if (!line->rule) {
		fprintf(stderr, "default of [%s]\n", section_name(line->section));
		return;
	}
	fprintf(stderr, "[%s] ", section_name(line->section));
	escape_write(stderr, line->rule->text);
	fputs(" (", stderr);
	escape_write(stderr, line->rule->file);
	fprintf(stderr, ":%u)\n", line->rule->line);
}

static void print_rules(const struct summary *summary, enum outcome outcome)
{
	size_t shown = 0;

	array_foreach (line, &summary->lines) {
		if (line->outcome == outcome && shown++ < LINES_MAX)
			print_line(line);
	}
	if (shown > LINES_MAX)
		fprintf(stderr, "  and by %zu other rules\n", shown - LINES_MAX);
}

static void print_records(const struct run_records *records, enum outcome outcome, uint64_t total)
{
	size_t shown = 0;
	uint64_t told = 0;

	array_foreach (record, &records->items) {
		if (strcmp(record->verdict, outcomes[outcome].verdict) != 0 || shown == LINES_MAX)
			continue;
		shown++;
		told += record->count;
		fprintf(stderr, "  %" PRIu64 "x ", record->count);
		escape_write(stderr, record->object);
		fputs(" (", stderr);
		escape_write(stderr, record->rule);
		fputs(")\n", stderr);
	}
	if (told < total)
		fprintf(stderr, "  and %" PRIu64 " more\n", total - told);
}

static void print_outcome(const struct summary *summary, enum outcome outcome, uint64_t total)
{
	if (!total)
		return;
	fprintf(stderr, "cgward: %" PRIu64 " call%s %s:\n", total, plural(total),
	        outcomes[outcome].text);
	if (summary->records)
		print_records(summary->records, outcome, total);
	else
		print_rules(summary, outcome);
}

/* Another reader may not have written all of them yet, or to another log; some may be lost. */
static bool has_all_records(const struct run_records *records, const struct hook_counters *total)
{
	uint64_t counted = total->denied + total->would_deny + total->audited + total->allowed;

	return records->total && records->total >= counted - total->suppressed - total->muted;
}

void run_summary_print(const struct ward_entry *entry, const struct run_records *records)
{
	struct hook_counters total = status_total(entry);
	struct summary summary = { 0 };

	if (has_all_records(records, &total))
		summary.records = records;
	/* Out of memory: the totals alone are still true. */
	else if (entry->meta && !collect(&summary, entry) && summary.lines.count)
		qsort(summary.lines.items, summary.lines.count, sizeof(*summary.lines.items),
		      compare_lines);
	print_outcome(&summary, OUTCOME_DENIED, total.denied);
	print_outcome(&summary, OUTCOME_WOULD_DENY, total.would_deny);
	print_outcome(&summary, OUTCOME_AUDITED, total.audited);
	free(summary.lines.items);
}
