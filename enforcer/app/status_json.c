/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cgward status --json`: everything, for scripts and tests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/status.h"
#include "model/lsm.h"
#include "output/json_write.h"

static void write_hook_names(struct json_writer *json, const char *key, uint32_t hooks)
{
	json_write_begin(json, key, '[');
	for (unsigned int i = 0; i < HOOK_COUNT; i++) {
		if (hooks & (1U << i))
			json_write_text(json, NULL, hook_name((enum hook)i));
	}
	json_write_end(json);
}

static void write_lsm_hook_names(struct json_writer *json, uint64_t hooks)
{
	json_write_begin(json, "lsm_hooks", '[');
	for (unsigned int i = 0; i < LSM_HOOK_COUNT; i++) {
		if (hooks >> i & 1)
			json_write_text(json, NULL, lsm_hook_name((enum lsm_hook)i));
	}
	json_write_end(json);
}

static void write_counters(struct json_writer *json, const struct ward_entry *entry)
{
	json_write_begin(json, "counters", '{');
	for (unsigned int i = 0; i < HOOK_COUNT; i++) {
		const struct hook_counters *hook = &entry->counters[i];

		if (!(entry->linked_hooks & (1U << i)))
			continue;
		json_write_begin(json, hook_name((enum hook)i), '{');
		json_write_number(json, "denied", hook->denied);
		json_write_number(json, "would_deny", hook->would_deny);
		json_write_number(json, "audited", hook->audited);
		json_write_number(json, "allowed", hook->allowed);
		json_write_number(json, "suppressed", hook->suppressed);
		json_write_number(json, "muted", hook->muted);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_rule(struct json_writer *json, enum section section, const char *rule,
                       const char *text, uint64_t count)
{
	json_write_begin(json, NULL, '{');
	json_write_text(json, "section", section_name(section));
	json_write_text(json, "rule", rule);
	json_write_text(json, "text", text);
	json_write_number(json, "count", count);
	json_write_end(json);
}

static void write_rules(struct json_writer *json, const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;

	json_write_begin(json, "rules", '[');
	for (size_t i = 0; meta && i < meta->rule_count; i++) {
		const struct meta_rule *rule = &meta->rules[i];
		char *place = NULL;

		if (asprintf(&place, "%s:%u", rule->file, rule->line) < 0)
			place = NULL;
		write_rule(json, rule->section, place, rule->text,
		           status_rule_count(entry, rule->cookie));
		free(place);
	}
	for (unsigned int i = 0; meta && i < SECTION_COUNT; i++) {
		char text[32];

		if (!meta->sections[i].present)
			continue;
		snprintf(text, sizeof(text), "default = %s",
		         verdict_name(meta->sections[i].fallback));
		write_rule(json, (enum section)i, "default", text,
		           status_rule_count(entry, meta->sections[i].default_cookie));
	}
	json_write_end(json);
}

static void write_entry(struct json_writer *json, const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;

	json_write_begin(json, NULL, '{');
	json_write_text(json, "cgroup", entry->cgroup_path);
	json_write_number(json, "cgroup_id", entry->cgroup_id);
	json_write_text(json, "policy", meta ? meta->name : NULL);
	json_write_text(json, "path", meta ? meta->path : NULL);
	json_write_text(json, "description", meta ? meta->description : NULL);
	json_write_text(json, "mode", status_mode(entry));
	json_write_number(json, "generation", entry->generation);
	json_write_number(json, "slot", entry->slot);
	json_write_flag(json, "run", entry->is_run);
	write_hook_names(json, "hooks", entry->linked_hooks);
	write_lsm_hook_names(json, entry->lsm_hooks);
	json_write_begin(json, "unsupported", '[');
	for (size_t i = 0; meta && i < meta->unsupported_count; i++)
		json_write_text(json, NULL, meta->unsupported[i]);
	json_write_end(json);
	write_counters(json, entry);
	write_rules(json, entry);
	json_write_end(json);
}

/* Policies that a call from the cgroup asked about has to pass, the nearest to the root first. */
static void write_stack(struct json_writer *json, const struct status *status)
{
	json_write_begin(json, "stack", '[');
	array_foreach (entry, &status->list.entries) {
		if (!entry->cgroup_path || !status_is_within(status->only, entry->cgroup_path))
			continue;
		json_write_begin(json, NULL, '{');
		json_write_text(json, "cgroup", entry->cgroup_path);
		json_write_text(json, "policy", entry->meta ? entry->meta->name : NULL);
		json_write_text(json, "mode", status_mode(entry));
		write_hook_names(json, "hooks", entry->linked_hooks);
		write_lsm_hook_names(json, entry->lsm_hooks);
		json_write_end(json);
	}
	json_write_end(json);
}

static void write_records(struct json_writer *json, const struct record_counters *records)
{
	json_write_begin(json, "records", '{');
	json_write_number(json, "attempted", records->attempted);
	json_write_number(json, "no_reader", records->no_reader);
	json_write_number(json, "buffer_full", records->buffer_full);
	json_write_number(json, "failed", records->failed);
	json_write_number(json, "uncounted", records->uncounted);
	json_write_number(json, "broken", records->broken);
	json_write_number(json, "suppressed", records->suppressed);
	json_write_number(json, "muted", records->muted);
	json_write_end(json);
}

void status_json(const struct status *status)
{
	struct json_writer json = { .out = stdout, .pretty = true };

	json_write_begin(&json, NULL, '{');
	json_write_begin(&json, "cgroups", '[');
	array_foreach (entry, &status->list.entries) {
		if (status_is_wanted(status, entry))
			write_entry(&json, entry);
	}
	json_write_end(&json);
	if (status->only)
		write_stack(&json, status);
	write_records(&json, &status->records);
	json_write_end(&json);
}
