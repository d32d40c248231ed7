/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checks of this layer share: places in a policy, and the checks themselves.
 */
#pragma once

#include "base/glob.h"
#include "compile/image.h"

static inline const char *location_file(const struct policy *policy, const struct location *where)
{
	return where->file < policy->files.count ? policy->files.items[where->file] : policy->path;
}

/* The place of a rule. Its text stands for the line, which is no longer at hand and may have been
 * spaced otherwise: the caret goes below the value, which begins behind "KEY = ". */
static inline struct place rule_place(const struct policy *policy, const struct rule *rule)
{
	const char *equals = rule->text ? strstr(rule->text, " = ") : NULL;

	return (struct place){ .path = location_file(policy, &rule->where),
		               .line = rule->where.line,
		               .column = rule->where.column,
		               .source = rule->text,
		               .caret = equals ? (uint32_t)(equals - rule->text) + 4 : 0 };
}

static inline struct place section_place(const struct policy *policy, enum section section)
{
	const struct location *where = &policy->sections[section].where;

	return (struct place){ .path = location_file(policy, where),
		               .line = where->line,
		               .column = where->column };
}

/* A text put together piece by piece; what does not fit ends in "...". */
struct phrase {
	char text[1024];
	size_t length;
};

void phrase_add(struct phrase *phrase, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* True if the section can deny something. */
bool restricts(const struct policy *policy, enum section section);

/* A string that alternative `number` of a rule's glob matches; empty if there is none. */
struct span glob_sample(const char *text, unsigned number, char sample[GLOB_LENGTH_MAX]);

/* Marks rules that say what an earlier one says, in `is_duplicate`, by rule index. */
int find_duplicates(const struct policy *policy, struct diag *diag, bool *is_duplicate);

/* Rules that decide nothing. */
int find_shadowed(const struct policy *policy, const struct image *image, struct diag *diag,
                  const bool *is_duplicate);

/* Ways round the policy, and what no hook of this version can enforce. */
void find_holes(const struct policy *policy, const struct image *image, struct diag *diag);
void find_path_holes(const struct policy *policy, const struct image *image, struct diag *diag);
