/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups: named sets of addresses, united over all files that define them, and the lists they
 * read. Lists come last, when all policy files have been read; then every use is checked.
 *
 * A list of 100,000 lines is normal, so the loop over its lines does nothing but scan and append.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "parse/loader.h"

static const char *group_name(const struct loader *loader, const struct group *group)
{
	return loader->policy->sets.items[group->set].group;
}

/* A bound keeps the search for a name, for each rule, short whatever a policy holds. */
int group_find(struct loader *loader, struct span name, uint32_t *ret_group,
               struct complaint *ret_complaint)
{
	struct group group = {
		.set = (uint32_t)loader->policy->sets.count,
		.name_length = name.length,
	};
	struct prefix_set set = { 0 };
	int error;

	for (uint32_t i = 0; i < loader->groups.count; i++) {
		const struct group *old = &loader->groups.items[i];

		if (old->name_length != name.length ||
		    memcmp(group_name(loader, old), name.start, name.length))
			continue;
		*ret_group = i;
		return 0;
	}
	if (loader->groups.count >= GROUPS_MAX)
		return complain(ret_complaint, "too-many-groups", name.start,
		                "a policy has at most %d groups", GROUPS_MAX);
	set.group = strndup(name.start, name.length);
	if (!set.group)
		return -ENOMEM;
	error = array_append(&loader->policy->sets, set);
	if (error) {
		free(set.group);
		return error;
	}
	error = array_append(&loader->groups, group);
	if (!error)
		*ret_group = (uint32_t)loader->groups.count - 1;
	return error;
}

/* What stands in rules but not in groups. */
static int explain_item(struct span value, struct complaint *complaint)
{
	if (span_is(value, "any") || span_is(value, "*") || span_is(value, "localhost")) {
		complain(complaint, "bad-address", value.start, "`%.*s` cannot be in a group",
		         WORD(value));
		return suggest(complaint, "rules take it directly, without a group");
	}
	if (value.length && value.start[0] == '@') {
		complain(complaint, "group-not-here", value.start, "a group cannot hold a group");
		return suggest(complaint, "list the addresses, or a `file =` that both use");
	}
	if (span_has(value, '[') || (span_has(value, ':') && span_has(value, '.') &&
	                             span_find(value, '.') < span_find(value, ':')))
		return suggest(complaint, "an item is an address or CIDR alone: ports stand in the "
		                          "rule, @GROUP:PORTS");
	return -EINVAL;
}

int group_address(struct loader *loader, uint32_t group, struct span value,
                  struct complaint *ret_complaint)
{
	struct prefix_set *set = &loader->policy->sets.items[loader->groups.items[group].set];
	struct span rest = value, word = span_word(&rest);
	struct prefix prefix = { 0 };
	int error = scan_cidr(word, &prefix.address, &prefix.length, ret_complaint);

	if (error)
		return explain_item(word, ret_complaint);
	if (span_word(&rest).length) {
		expect_end(span_from(value, word.length), ret_complaint);
		return suggest(ret_complaint, "one address or CIDR a line");
	}
	return array_append(&set->prefixes, prefix);
}

int group_list(struct loader *loader, uint32_t group, char *path, const struct location *where,
               struct complaint *ret_complaint)
{
	struct list list = { .group = group, .path = path, .where = *where };

	if (loader->lists.count >= LISTS_MAX)
		return complain(ret_complaint, "too-many-lists", NULL,
		                "groups name at most %d lists", LISTS_MAX);
	return array_append(&loader->lists, list);
}

/* A line of a list without its comment. */
static struct span list_item(const struct line *line)
{
	struct span text = span_trim(line->text);
	size_t comment = span_find(text, '#');

	if (comment == text.length)
		return text;
	if (comment == 0 || is_blank(text.start[comment - 1]))
		return span_trim(span_up_to(text, comment));
	return text;
}

static int list_read(struct loader *loader, uint32_t file, uint32_t group, bool quiet)
{
	struct span rest = { loader->sources.items[file].text, loader->sources.items[file].length };
	struct line line = { 0 };
	struct complaint complaint;

	rest = skip_byte_order_mark(rest);
	while (next_line(&rest, &line)) {
		struct span item = list_item(&line);
		int error = line_check(&line, &complaint);

		if (!error && item.length)
			error = group_address(loader, group, item, &complaint);
		if (error == -ENOMEM)
			return error;
		if (error)
			loader->groups.items[group].broken = true;
		if (error && !quiet)
			report(loader, file, &line, &complaint);
	}
	return 0;
}

/* True if an earlier list line names this file; for this group, if `same_group`. */
static bool named_before(const struct loader *loader, size_t number, bool same_group)
{
	const struct list *list = &loader->lists.items[number];

	for (size_t i = 0; i < number; i++) {
		const struct list *earlier = &loader->lists.items[i];

		if (!strcmp(earlier->path, list->path) &&
		    (!same_group || earlier->group == list->group))
			return true;
	}
	return false;
}

/* Opens a list once and reads it into every group that names it. */
static int list_load(struct loader *loader, size_t number)
{
	const struct list *lists = loader->lists.items;
	uint32_t file = 0;
	int error = source_open(loader, lists[number].path, &lists[number].where,
	                        LIST_FILE_BYTES_MAX, &file);
	bool unreadable = error == -EINVAL;

	if (error && !unreadable)
		return error;
	for (size_t i = number; i < loader->lists.count; i++) {
		if (strcmp(lists[i].path, lists[number].path))
			continue;
		if (unreadable)
			loader->groups.items[lists[i].group].broken = true;
		else if (!named_before(loader, i, true))
			error = list_read(loader, file, lists[i].group, i > number);
		if (error && !unreadable)
			return error;
	}
	if (!unreadable) {
		free(loader->sources.items[file].text);
		loader->sources.items[file].text = NULL;
	}
	return 0;
}

int groups_load_lists(struct loader *loader)
{
	for (size_t i = 0; i < loader->lists.count; i++) {
		int error = named_before(loader, i, false) ? 0 : list_load(loader, i);

		if (error)
			return error;
	}
	return 0;
}

/* ---- when all is read ----------------------------------------------------------------------- */

static void report_unknown(struct loader *loader, const struct group_use *use)
{
	const char *name = group_name(loader, &loader->groups.items[use->group]), *near = NULL;
	size_t nearest = SIZE_MAX;
	char hint[160];

	if (loader->diag->findings.count >= FINDINGS_MAX)
		return report_at(loader, &use->where, "unknown-group", NULL, "unknown group");
	array_foreach (group, &loader->groups) {
		size_t distance = SIZE_MAX;

		if (group->defined && loader->diag->findings.count < FINDINGS_MAX)
			distance = name_distance(span_of(name), group_name(loader, group));
		if (distance < nearest) {
			nearest = distance;
			near = group_name(loader, group);
		}
	}
	if (near)
		snprintf(hint, sizeof(hint), "did you mean `@%s`?", near);
	else
		snprintf(hint, sizeof(hint),
		         "define it: a section [group %s] with lines "
		         "`address = ADDRESS`",
		         name);
	report_at(loader, &use->where, "unknown-group", hint, "unknown group `@%s`", name);
}

/* 4 or 6 if the any-address of that family is among the items by itself, else 0. */
static uint32_t find_any_address(const struct prefix_set *set)
{
	array_foreach (prefix, &set->prefixes)
		if (is_any_address(prefix))
			return prefix->address.is_ipv6 ? 6 : 4;
	return 0;
}

/* In [connect] a rule for the any-address alone would never decide. */
static void check_any_address(struct loader *loader, const struct group_use *use)
{
	const struct group *group = &loader->groups.items[use->group];

	if (use->section == SECTION_CONNECT && group->any_address)
		report_at(loader, &use->where, "any-address",
		          "a connect to it goes to loopback: write localhost in a rule for that",
		          "group `@%s` holds the address %s", group_name(loader, group),
		          group->any_address == 6 ? "::" : "0.0.0.0");
}

void groups_check(struct loader *loader)
{
	array_foreach (group, &loader->groups)
		group->any_address = find_any_address(&loader->policy->sets.items[group->set]);
	array_foreach (use, &loader->uses) {
		if (!loader->groups.items[use->group].defined)
			report_unknown(loader, use);
		else
			check_any_address(loader, use);
	}
	array_foreach (group, &loader->groups) {
		if (!group->defined || group->broken ||
		    loader->policy->sets.items[group->set].prefixes.count)
			continue;
		report_at(loader, &group->where, "empty-group",
		          "give it lines `address = ADDRESS` or `file = LIST`",
		          "group `%s` is empty", group_name(loader, group));
	}
}
