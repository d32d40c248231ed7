/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `default`, `mode` and `families` of sections, through includes. A file's own word stands; where
 * it has none, what its includes say; where they disagree, whoever includes it may settle it, and
 * if nobody does, that is an error which names both.
 */
#include <stdio.h>

#include "parse/loader.h"

static void setting_merge(struct setting *setting, const struct setting *included,
                          const struct location *include)
{
	/* An own word has no include: it came from the file itself. */
	bool own = setting->given && !setting->include.line;

	if (!included->given || own)
		return;
	if (!setting->given) {
		*setting = *included;
		if (!setting->disputed)
			setting->include = *include;
		return;
	}
	if (setting->disputed)
		return;
	if (included->disputed) {
		*setting = *included;
		return;
	}
	if (setting->value != included->value) {
		setting->disputed = true;
		setting->rival = included->where;
		setting->include = *include;
	}
}

void settings_merge(struct loader *loader, uint32_t file, uint32_t included,
                    const struct location *include)
{
	struct section_state *mine = loader->sources.items[file].sections;
	const struct section_state *theirs = loader->sources.items[included].sections;

	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (theirs[i].present && !mine[i].present) {
			mine[i].present = true;
			mine[i].where = theirs[i].where;
		}
		for (size_t kind = 0; kind < SETTING_COUNT; kind++)
			setting_merge(&mine[i].settings[kind], &theirs[i].settings[kind], include);
	}
}

static void report_dispute(struct loader *loader, enum section section, enum setting_kind kind,
                           const struct setting *setting)
{
	static const char *const names[] = { "default", "mode", "families" };
	char *const *files = loader->policy->files.items;
	char hint[160];

	snprintf(hint, sizeof(hint), "say it in [%s] of the file that includes both",
	         section_name(section));
	report_at(loader, &setting->include, "includes-disagree", hint,
	          "%s:%u and %s:%u disagree about `%s` of [%s]", files[setting->where.file],
	          setting->where.line, files[setting->rival.file], setting->rival.line, names[kind],
	          section_name(section));
}

static bool decided(struct loader *loader, enum section section, enum setting_kind kind,
                    uint64_t *value)
{
	const struct setting *setting = &loader->sources.items[0].sections[section].settings[kind];

	if (!setting->given)
		return false;
	if (setting->disputed)
		report_dispute(loader, section, kind, setting);
	*value = setting->value;
	return true;
}

void settings_apply(struct loader *loader)
{
	struct policy *policy = loader->policy;

	for (enum section i = 0; i < SECTION_COUNT; i++) {
		const struct section_state *state = &loader->sources.items[0].sections[i];
		struct section_settings *settings = &policy->sections[i];
		uint64_t value = 0;

		settings->present = state->present;
		settings->where = state->where;
		settings->audit = policy->audit;
		if (decided(loader, i, SETTING_DEFAULT, &value))
			settings->fallback = (enum verdict)value;
		if (decided(loader, i, SETTING_MODE, &value))
			settings->audit = value != 0;
		if (decided(loader, i, SETTING_FAMILIES, &value))
			settings->families = value;
	}
}
