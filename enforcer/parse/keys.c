/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each line of a policy file means: which section it stands in, which key it is, and where
 * its value goes. Values are read by others; here is decided what may stand where and how often.
 *
 * An included file is read in full, so that its errors are found, but of its [policy] only
 * `include` counts.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "parse/loader.h"
#include "parse/names.h"

enum block {
	BLOCK_NONE,
	BLOCK_IGNORED,
	BLOCK_POLICY,
	BLOCK_GROUP,
	BLOCK_SECTION,
	BLOCK_TESTS
};

enum key {
	KEY_ALLOW,
	KEY_DENY,
	KEY_AUDIT,
	KEY_DEFAULT,
	KEY_MODE,
	KEY_FAMILIES,
	KEY_ADDRESS,
	KEY_FILE,
	KEY_INCLUDE,
	KEY_DESCRIPTION,
	KEY_LOG,
	KEY_LOG_RATE,
	KEY_UNSUPPORTED,
	KEY_COUNT,
};

static const struct name policy_keys[] = {
	{ "description", KEY_DESCRIPTION }, { "mode", KEY_MODE },
	{ "include", KEY_INCLUDE },         { "log", KEY_LOG },
	{ "log-rate", KEY_LOG_RATE },       { "unsupported", KEY_UNSUPPORTED },
};
static const struct name group_keys[] = { { "address", KEY_ADDRESS }, { "file", KEY_FILE } };
static const struct name test_keys[] = {
	{ "allow", KEY_ALLOW },
	{ "deny", KEY_DENY },
	{ "audit", KEY_AUDIT },
};
/* The last one is of [socket] alone. */
static const struct name section_keys[] = {
	{ "allow", KEY_ALLOW },     { "deny", KEY_DENY }, { "audit", KEY_AUDIT },
	{ "default", KEY_DEFAULT }, { "mode", KEY_MODE }, { "families", KEY_FAMILIES },
};

/* Where in a file the reader is. */
struct position {
	struct loader *loader;
	uint32_t file;
	enum block block;
	enum section section;     /* of BLOCK_SECTION */
	uint32_t group;           /* of BLOCK_GROUP */
	uint32_t seen[KEY_COUNT]; /* keys of [policy]: line where first given, or 0 */
};

/* ---- sections ----------------------------------------------------------------------------- */

static int enter_group(struct position *position, const struct line *line, struct span word,
                       struct span rest, struct complaint *ret_complaint)
{
	struct span name = span_word(&rest);
	struct group *group;
	int error;

	if (!name.length) {
		complain(ret_complaint, "missing-value", word.start, "a group needs a name");
		return suggest(ret_complaint, "write [group NAME]");
	}
	error = scan_name(name, "group name", KEY_BYTES_MAX, ret_complaint);
	if (!error)
		error = expect_end(rest, ret_complaint);
	if (!error)
		error = group_find(position->loader, name, &position->group);
	if (error)
		return error;
	group = &position->loader->groups.items[position->group];
	if (!group->defined)
		group->where = line_location(position->file, line, name.start);
	group->defined = true;
	position->block = BLOCK_GROUP;
	return 0;
}

static int unknown_section(struct span word, struct complaint *ret_complaint)
{
	static const struct name others[] = { { "policy", 0 }, { "group", 0 }, { "tests", 0 } };
	const char *near = name_nearest(section_names, word);
	const char *other = name_nearest(NAME_TABLE(others), word);

	complain(ret_complaint, "unknown-section", word.start, "unknown section [%.*s]",
	         WORD(word));
	if (other && (!near || name_distance(word, other) < name_distance(word, near)))
		near = other;
	return near ? suggest(ret_complaint, "did you mean `%s`?", near) : -EINVAL;
}

static int enter_section(struct position *position, const struct line *line, struct span word,
                         struct complaint *ret_complaint)
{
	struct section_state *states = position->loader->sources.items[position->file].sections;
	enum section section;
	int error;

	if (!name_find(section_names, word))
		return unknown_section(word, ret_complaint);
	error = section_parse(word, &section, ret_complaint);
	if (error)
		return error;
	if (!states[section].present)
		states[section].where = line_location(position->file, line, word.start);
	states[section].present = true;
	position->section = section;
	position->block = BLOCK_SECTION;
	return 0;
}

static int finish(struct position *position, const struct line *line,
                  const struct complaint *complaint, int error)
{
	if (error != -EINVAL)
		return error;
	report(position->loader, position->file, line, complaint);
	return 0;
}

static int on_section(void *context, const struct line *line, struct span name)
{
	struct position *position = context;
	struct span rest = name, word = span_word(&rest);
	struct complaint complaint;
	int error = 0;

	position->block = BLOCK_IGNORED;
	if (span_is(word, "group"))
		return finish(position, line, &complaint,
		              enter_group(position, line, word, rest, &complaint));
	rest = span_trim(rest);
	if (rest.length || !word.length)
		error = unknown_section(name, &complaint);
	else if (span_is(word, "policy"))
		position->block = BLOCK_POLICY;
	else if (span_is(word, "tests"))
		position->block = BLOCK_TESTS;
	else
		error = enter_section(position, line, word, &complaint);
	return finish(position, line, &complaint, error);
}

/* ---- values ------------------------------------------------------------------------------- */

struct entry {
	const struct line *line;
	const struct name *key;
	struct span value;
};

static int already_given(const struct entry *entry, uint32_t first_line,
                         struct complaint *ret_complaint)
{
	return complain(ret_complaint, "repeated-key", entry->line->text.start,
	                "`%s` was already given in line %u", entry->key->name, first_line);
}

static int choose(const struct entry *entry, struct name_table choices, uint32_t *ret_number,
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

static int add_include(struct position *position, const struct entry *entry)
{
	struct loader *loader = position->loader;
	struct include include = {
		.path = path_beside(loader->policy->files.items[position->file], entry->value),
		.where = line_location(position->file, entry->line, entry->value.start),
	};
	int error;

	if (!include.path)
		return -ENOMEM;
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
		error = choose(entry, NAME_TABLE(modes), &number, ret_complaint);
		policy->audit = number != 0;
		return error;
	case KEY_LOG:
		return choose(entry, NAME_TABLE(logs), &policy->log, ret_complaint);
	case KEY_LOG_RATE:
		return scan_rate(entry->value, &policy->rate_count, &policy->rate_period_s,
		                 ret_complaint);
	case KEY_UNSUPPORTED:
		error = choose(entry, NAME_TABLE(unsupporteds), &number, ret_complaint);
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
		return add_include(position, entry);
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
	struct list list = { .group = position->group };
	int error;

	if (entry->key->number == KEY_ADDRESS) {
		error = group_address(loader, position->group, entry->value, ret_complaint);
		if (error)
			loader->groups.items[position->group].broken = true;
		return error;
	}
	list.path = path_beside(loader->policy->files.items[position->file], entry->value);
	list.where = line_location(position->file, entry->line, entry->value.start);
	if (!list.path)
		return -ENOMEM;
	error = array_append(&loader->lists, list);
	if (error)
		free(list.path);
	return error;
}

static enum verdict key_verdict(const struct name *key)
{
	return key->number == KEY_ALLOW  ? VERDICT_ALLOW
	       : key->number == KEY_DENY ? VERDICT_DENY
	                                 : VERDICT_AUDIT;
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
	int error =
	        rule_parse(loader, position->file, entry->line, entry->value, &rule, ret_complaint);

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
		error = choose(entry,
		               kind == SETTING_MODE ? NAME_TABLE(modes) : NAME_TABLE(defaults),
		               &number, ret_complaint);
	if (kind != SETTING_FAMILIES)
		setting->value = number;
	setting->given = true;
	setting->where = line_location(position->file, entry->line, entry->value.start);
	return error;
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
	test.text = folded_text("", entry->value);
	error = test.text ? array_append(&position->loader->policy->tests, test) : -ENOMEM;
	if (error)
		free(test.text);
	return error;
}

/* ---- keys --------------------------------------------------------------------------------- */

static struct name_table keys_here(const struct position *position)
{
	struct name_table keys = NAME_TABLE(section_keys);

	if (position->block == BLOCK_POLICY)
		return NAME_TABLE(policy_keys);
	if (position->block == BLOCK_GROUP)
		return NAME_TABLE(group_keys);
	if (position->block == BLOCK_TESTS)
		return NAME_TABLE(test_keys);
	if (position->section != SECTION_SOCKET)
		keys.count--;
	return keys;
}

static int unknown_key(const struct position *position, struct span key,
                       struct complaint *ret_complaint)
{
	static const char *const blocks[] = {
		[BLOCK_POLICY] = "policy", [BLOCK_GROUP] = "group", [BLOCK_TESTS] = "tests",
		[BLOCK_NONE] = "",         [BLOCK_IGNORED] = "",    [BLOCK_SECTION] = "",
	};
	struct name_table keys = keys_here(position);
	const char *near = name_nearest(keys, key);
	char list[128] = "";
	size_t length = 0;

	complain(ret_complaint, "unknown-key", key.start, "unknown key `%.*s` in [%s]", WORD(key),
	         position->block == BLOCK_SECTION ? section_name(position->section)
	                                          : blocks[position->block]);
	if (near)
		return suggest(ret_complaint, "did you mean `%s`?", near);
	for (size_t i = 0; i < keys.count && length < sizeof(list); i++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
		                           i ? ", " : "", keys.names[i].name);
	return suggest(ret_complaint, "the keys here are %s", list);
}

static int take(struct position *position, const struct entry *entry,
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
	if (entry->key->number <= KEY_AUDIT)
		return add_rule(position, entry, ret_complaint);
	return set_setting(position, entry, ret_complaint);
}

static int on_value(void *context, const struct line *line, struct span key, struct span value)
{
	struct position *position = context;
	struct complaint complaint;
	struct entry entry = { .line = line, .value = value };
	int error;

	if (position->block == BLOCK_IGNORED)
		return 0;
	if (position->block == BLOCK_NONE) {
		complain(&complaint, "no-section", key.start, "`%.*s` stands in no section",
		         WORD(key));
		error = suggest(&complaint, "begin with a section such as [policy] or [connect]");
		return finish(position, line, &complaint, error);
	}
	entry.key = name_find(keys_here(position), key);
	error = entry.key ? take(position, &entry, &complaint)
	                  : unknown_key(position, key, &complaint);
	return finish(position, line, &complaint, error);
}

static int on_reject(void *context, const struct line *line, const struct complaint *complaint)
{
	struct position *position = context;

	report(position->loader, position->file, line, complaint);
	return 0;
}

int file_read(struct loader *loader, uint32_t file)
{
	struct position position = { .loader = loader, .file = file };
	const struct reader_events events = { &position, on_section, on_value, on_reject };
	const struct source *source = &loader->sources.items[file];

	return ini_read(source->text, source->length, &events);
}
