/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the value of each key goes: into the policy, a group, the settings of a section, a rule or
 * a test. Keys that may stand once are refused the second time.
 */
#include "base/cleanup.h"
#include "parse/keys.h"

static int already_given(const struct entry *entry, uint32_t first_line,
                         struct complaint *ret_complaint)
{
	return complain(ret_complaint, "repeated-key", entry->line->text.start,
	                "`%s` was already given in line %u", entry->key->name, first_line);
}

static int choice_parse(const struct entry *entry, struct name_table choices, uint32_t *ret_number,
                        struct complaint *ret_complaint)
{
	const struct name *choice = name_find(choices, entry->value);
	const char *near;

	if (choice) {
		*ret_number = choice->number;
		return 0;
	}
	complain(ret_complaint, "bad-value", entry->value.start, "bad value `%.*s` for `%s`",
	         WORD(entry->value), entry->key->name);
	near = name_nearest(choices, entry->value);
	if (near)
		return suggest(ret_complaint, "did you mean `%s`?", near);
	return suggest(ret_complaint, "write %s%s%s or %s", choices.names[0].name,
	               choices.count > 2 ? ", " : "",
	               choices.count > 2 ? choices.names[1].name : "",
	               choices.names[choices.count - 1].name);
}

static const struct name modes[] = { { "enforce", 0 }, { "audit", 1 } };
static const struct name defaults[] = { { "allow", VERDICT_ALLOW }, { "deny", VERDICT_DENY } };
static const struct name logs[] = { { "denied", LOG_DENIED },
	                            { "all", LOG_ALL },
	                            { "none", LOG_NONE } };
static const struct name unsupporteds[] = { { "fail", 0 }, { "warn", 1 } };

static int add_include(struct position *position, const struct entry *entry,
                       struct complaint *ret_complaint)
{
	struct loader *loader = position->loader;
	struct include include = {
		.path = path_beside(loader->policy->files.items[position->file], entry->value),
		.where = line_location(position->file, entry->line, entry->value.start),
	};
	int error;

	if (!include.path)
		return -ENOMEM;
	if (loader->sources.items[position->file].includes.count >= FILES_MAX)
		error = complain(ret_complaint, "too-many-files", entry->value.start,
		                 "a file has at most %d includes", FILES_MAX);
	else
		error = array_append(&loader->sources.items[position->file].includes, include);
	if (error)
		free(include.path);
	return error;
}

static int set_description(struct policy *policy, struct span value)
{
	free(policy->description);
	policy->description = strndup(value.start, value.length);
	return policy->description ? 0 : -ENOMEM;
}

/* Reads a value of [policy] into `policy`, which of an included file nobody will look at. */
static int policy_value(struct policy *policy, const struct entry *entry,
                        struct complaint *ret_complaint)
{
	uint32_t number = 0;
	int error;

	switch (entry->key->number) {
	case KEY_MODE:
		error = choice_parse(entry, NAME_TABLE(modes), &number, ret_complaint);
		policy->audit = number != 0;
		return error;
	case KEY_LOG:
		return choice_parse(entry, NAME_TABLE(logs), &policy->log, ret_complaint);
	case KEY_LOG_RATE:
		return scan_rate(entry->value, &policy->rate_count, &policy->rate_period_s,
		                 ret_complaint);
	case KEY_ESCAPES:
		return escapes_parse(entry->value, &policy->escapes, ret_complaint);
	case KEY_UNSUPPORTED:
		error = choice_parse(entry, NAME_TABLE(unsupporteds), &number, ret_complaint);
		policy->unsupported_warn = number != 0;
		return error;
	default:
		return set_description(policy, entry->value);
	}
}

static int in_policy(struct position *position, const struct entry *entry,
                     struct complaint *ret_complaint)
{
	uint32_t *seen = &position->seen[entry->key->number];
	struct policy unused = { 0 };
	int error;

	if (entry->key->number == KEY_INCLUDE)
		return add_include(position, entry, ret_complaint);
	if (*seen)
		return already_given(entry, *seen, ret_complaint);
	*seen = entry->line->number;
	error = policy_value(position->file ? &unused : position->loader->policy, entry,
	                     ret_complaint);
	free(unused.description);
	return error;
}

static int in_group(struct position *position, const struct entry *entry,
                    struct complaint *ret_complaint)
{
	struct loader *loader = position->loader;
	struct location where = line_location(position->file, entry->line, entry->value.start);
	CLEANUP_FREE char *path = NULL;
	int error;

	if (entry->key->number == KEY_ADDRESS)
		return group_address(loader, position->group, entry->value, ret_complaint);
	path = path_beside(loader->policy->files.items[position->file], entry->value);
	if (!path)
		return -ENOMEM;
	error = group_list(loader, position->group, path, &where, ret_complaint);
	if (!error)
		path = NULL; /* the list's now */
	return error;
}

static enum verdict key_verdict(const struct name *key)
{
	return key->number == KEY_DENY    ? VERDICT_DENY
	       : key->number == KEY_AUDIT ? VERDICT_AUDIT
	                                  : VERDICT_ALLOW;
}

static int add_rule(struct position *position, const struct entry *entry,
                    struct complaint *ret_complaint)
{
	struct loader *loader = position->loader;
	struct rule rule = {
		.section = position->section,
		.verb = key_verdict(entry->key),
		.where = line_location(position->file, entry->line, entry->value.start),
	};
	int error;

	if (entry->key->number == KEY_LIBRARY)
		rule.path.permissions = EXEC_MAP;
	error = rule_parse(loader, position->file, entry->line, entry->value, &rule, ret_complaint);
	if (!error) {
		rule.text = folded_text(entry->key->name, entry->value);
		error = rule.text ? array_append(&loader->policy->rules, rule) : -ENOMEM;
	}
	if (error)
		rule_fini(&rule);
	return error;
}

static int set_setting(struct position *position, const struct entry *entry,
                       struct complaint *ret_complaint)
{
	enum setting_kind kind = entry->key->number == KEY_DEFAULT ? SETTING_DEFAULT
	                         : entry->key->number == KEY_MODE  ? SETTING_MODE
	                                                           : SETTING_FAMILIES;
	struct setting *setting = &position->loader->sources.items[position->file]
	                                   .sections[position->section]
	                                   .settings[kind];
	uint32_t number = 0;
	int error;

	if (setting->given)
		return already_given(entry, setting->where.line, ret_complaint);
	if (kind == SETTING_FAMILIES)
		error = families_parse(entry->value, &setting->value, ret_complaint);
	else
		error = choice_parse(
		        entry, kind == SETTING_MODE ? NAME_TABLE(modes) : NAME_TABLE(defaults),
		        &number, ret_complaint);
	if (kind != SETTING_FAMILIES)
		setting->value = number;
	setting->given = true;
	setting->where = line_location(position->file, entry->line, entry->value.start);
	return error;
}

/* The path a question ends with, in the copy of it that stays. */
static struct span path_in(const char *text, struct span path)
{
	struct span copy = span_of(text);

	return span_from(copy, copy.length < path.length ? 0 : copy.length - path.length);
}

static int add_test(struct position *position, const struct entry *entry,
                    struct complaint *ret_complaint)
{
	struct policy_test test = {
		.expected = key_verdict(entry->key),
		.where = line_location(position->file, entry->line, entry->value.start),
	};
	int error = question_read(entry->value, position->loader->surroundings, &test.question,
	                          ret_complaint);

	if (error)
		return error;
	if (has_globs(test.question.section)) {
		test.text = strndup(entry->value.start, entry->value.length);
		test.question.path.name =
		        path_in(test.text ? test.text : "", test.question.path.name);
	} else {
		test.text = folded_text("", entry->value);
	}
	error = test.text ? array_append(&position->loader->policy->tests, test) : -ENOMEM;
	if (error)
		free(test.text);
	return error;
}

int value_take(struct position *position, const struct entry *entry,
               struct complaint *ret_complaint)
{
	if (!entry->value.length)
		return complain(ret_complaint, "missing-value", entry->value.start,
		                "`%s` has no value", entry->key->name);
	if (position->block == BLOCK_POLICY)
		return in_policy(position, entry, ret_complaint);
	if (position->block == BLOCK_GROUP)
		return in_group(position, entry, ret_complaint);
	if (position->block == BLOCK_TESTS)
		return add_test(position, entry, ret_complaint);
	if (entry->key->number <= KEY_LIBRARY)
		return add_rule(position, entry, ret_complaint);
	return set_setting(position, entry, ret_complaint);
}
