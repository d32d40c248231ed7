/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each line of a policy file means: which section it stands in and which key it is. What is
 * done with the value is decided in values.c.
 *
 * An included file is read in full, so that its errors are found, but of its [policy] only
 * `include` counts.
 */
#include "parse/keys.h"

#include <stdio.h>

#include "parse/names.h"

static const struct name policy_keys[] = {
	{ "description", KEY_DESCRIPTION }, { "mode", KEY_MODE },
	{ "include", KEY_INCLUDE },         { "log", KEY_LOG },
	{ "log-rate", KEY_LOG_RATE },       { "unsupported", KEY_UNSUPPORTED },
	{ "escapes", KEY_ESCAPES },
};
static const struct name group_keys[] = { { "address", KEY_ADDRESS }, { "file", KEY_FILE } };
static const struct name test_keys[] = {
	{ "allow", KEY_ALLOW },
	{ "deny", KEY_DENY },
	{ "audit", KEY_AUDIT },
};
static const struct name section_keys[] = {
	{ "allow", KEY_ALLOW },     { "deny", KEY_DENY }, { "audit", KEY_AUDIT },
	{ "default", KEY_DEFAULT }, { "mode", KEY_MODE },
};
static const struct name socket_keys[] = {
	{ "allow", KEY_ALLOW },     { "deny", KEY_DENY }, { "audit", KEY_AUDIT },
	{ "default", KEY_DEFAULT }, { "mode", KEY_MODE }, { "families", KEY_FAMILIES },
};
static const struct name exec_keys[] = {
	{ "allow", KEY_ALLOW },     { "deny", KEY_DENY }, { "audit", KEY_AUDIT },
	{ "default", KEY_DEFAULT }, { "mode", KEY_MODE }, { "library", KEY_LIBRARY },
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
		error = group_find(position->loader, name, &position->group, ret_complaint);
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
	if (near)
		return suggest(ret_complaint, "did you mean `%s`?", near);
	return suggest(ret_complaint,
	               "the sections are policy, group NAME, device, socket, connect, "
	               "bind, file, exec, unix, capability, operation and tests");
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
	if (position->block == BLOCK_GROUP)
		position->loader->groups.items[position->group].broken = true;
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
	if (!word.length)
		error = complain(&complaint, "unknown-section", name.start,
		                 "section without a name");
	else if (rest.length)
		error = unknown_section(name, &complaint);
	else if (span_is(word, "policy"))
		position->block = BLOCK_POLICY;
	else if (span_is(word, "tests"))
		position->block = BLOCK_TESTS;
	else
		error = enter_section(position, line, word, &complaint);
	return finish(position, line, &complaint, error);
}

/* ---- keys --------------------------------------------------------------------------------- */

static struct name_table keys_here(const struct position *position)
{
	if (position->block == BLOCK_POLICY)
		return NAME_TABLE(policy_keys);
	if (position->block == BLOCK_GROUP)
		return NAME_TABLE(group_keys);
	if (position->block == BLOCK_TESTS)
		return NAME_TABLE(test_keys);
	if (position->section == SECTION_SOCKET)
		return NAME_TABLE(socket_keys);
	if (position->section == SECTION_EXEC)
		return NAME_TABLE(exec_keys);
	return NAME_TABLE(section_keys);
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
	error = entry.key ? value_take(position, &entry, &complaint)
	                  : unknown_key(position, key, &complaint);
	return finish(position, line, &complaint, error);
}

static int on_reject(void *context, const struct line *line, const struct complaint *complaint)
{
	struct position *position = context;

	return finish(position, line, complaint, -EINVAL);
}

int file_read(struct loader *loader, uint32_t file)
{
	struct position position = { .loader = loader, .file = file };
	const struct reader_events events = { &position, on_section, on_value, on_reject };
	const struct source *source = &loader->sources.items[file];

	return ini_read(source->text, source->length, &events);
}
