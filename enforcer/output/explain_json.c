/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explaining a policy to scripts: the same facts as explain.c tells, none of them only in a
 * sentence.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "model/lsm.h"
#include "output/explain.h"
#include "output/explain_parts.h"
#include "output/plain_words.h"
#include "output/rule_order.h"

static int write_rule(struct json_writer *writer, const struct policy *policy,
                      const struct rule *rule)
{
	CLEANUP_FREE char *object = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&object, &size);

	if (!out)
		return -ENOMEM;
	plain_object(out, policy, rule);
	/* glibc cuts the text to size at the end, and if that fails says so by NULL alone. */
	if (fclose(out) || !object)
		return -ENOMEM;
	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "verdict", verdict_name(rule->verb));
	json_write_text(writer, "object", object);
	json_write_text(writer, "file", policy->files.items[rule->where.file]);
	json_write_number(writer, "line", rule->where.line);
	json_write_text(writer, "text", rule->text);
	json_write_end(writer);
	return 0;
}

static void write_hooks(struct json_writer *writer, const char *key, uint32_t hooks)
{
	json_write_begin(writer, key, '[');
	for (unsigned int hook = 0; hook < HOOK_COUNT; hook++) {
		if (hooks & (1U << hook))
			json_write_text(writer, NULL, hook_name((enum hook)hook));
	}
	json_write_end(writer);
}

static void write_lsm_hooks(struct json_writer *writer, uint64_t hooks)
{
	json_write_begin(writer, "lsm_hooks", '[');
	for (unsigned int hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		if (hooks >> hook & 1)
			json_write_text(writer, NULL, lsm_hook_name((enum lsm_hook)hook));
	}
	json_write_end(writer);
}

static int write_rules(struct json_writer *writer, const struct policy *policy,
                       enum section section)
{
	CLEANUP_FREE const struct rule **rules = NULL;
	size_t count = 0;
	int error = rule_order(policy, section, &rules, &count);

	if (error)
		return error;
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < count && !error; i++)
		error = write_rule(writer, policy, rules[i]);
	json_write_end(writer);
	return error;
}

static int write_section(struct json_writer *writer, const struct policy *policy,
                         enum section section, const struct image *image)
{
	uint32_t hooks = image_header(image)->hooks;
	uint64_t programs = image_lsm_hooks(image) & section_lsm_hooks(section);
	const struct section_settings *settings = &policy->sections[section];
	int error = 0;

	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "section", section_name(section));
	json_write_flag(writer, "present", settings->present);
	if (settings->present) {
		json_write_text(writer, "default", verdict_name(settings->fallback));
		json_write_text(writer, "mode", settings->audit ? "audit" : "enforce");
		write_hooks(writer, "hooks", section_hooks(section) & hooks);
		write_hooks(writer, "hooks_not_needed", section_hooks(section) & ~hooks);
		if (section_lsm_hooks(section))
			write_lsm_hooks(writer, programs);
		error = write_rules(writer, policy, section);
	}
	json_write_end(writer);
	return error;
}

static void write_groups(struct json_writer *writer, const struct policy *policy)
{
	json_write_begin(writer, "groups", '[');
	array_foreach (set, &policy->sets) {
		if (!set->group)
			continue;
		json_write_begin(writer, NULL, '{');
		json_write_text(writer, "group", set->group);
		json_write_number(writer, "networks", set->prefixes.count);
		json_write_end(writer);
	}
	json_write_end(writer);
}

static const char *log_name(uint32_t log)
{
	return log == LOG_NONE ? "none" : log == LOG_ALL ? "all" : "denied";
}

int explain_write_json(struct json_writer *writer, const struct policy *policy,
                       const struct image *image)
{
	int error = 0;

	json_write_text(writer, "policy", policy->name);
	json_write_text(writer, "path", policy->path);
	json_write_text(writer, "description", policy->description);
	json_write_text(writer, "mode", policy->audit ? "audit" : "enforce");
	json_write_text(writer, "log", log_name(policy->log));
	json_write_number(writer, "log_rate_count", policy->rate_count);
	json_write_number(writer, "log_rate_seconds", policy->rate_period_s);
	json_write_begin(writer, "sections", '[');
	for (unsigned int i = 0; i < SECTION_COUNT && !error; i++)
		error = write_section(writer, policy, (enum section)i, image);
	json_write_end(writer);
	write_groups(writer, policy);
	return error;
}
