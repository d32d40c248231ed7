/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/scan.h"

static const char *number(uint32_t value, char buffer[11])
{
	if (value == ANY_NUMBER)
		return "any";
	snprintf(buffer, 11, "%u", value);
	return buffer;
}

static void write_sections(FILE *out, const struct policy *policy)
{
	for (enum section i = 0; i < SECTION_COUNT; i++) {
		const struct section_settings *section = &policy->sections[i];

		if (!section->present)
			continue;
		fprintf(out, "[%s] default %s audit %d families %" PRIx64 " at %u:%u:%u\n",
		        section_name(i), verdict_name(section->fallback), section->audit,
		        section->families, section->where.file, section->where.line,
		        section->where.column);
	}
}

static void write_sets(FILE *out, const struct policy *policy)
{
	size_t index = 0;

	array_foreach (set, &policy->sets) {
		fprintf(out, "set %zu %s:", index++, set->group ? set->group : "-");
		array_foreach (prefix, &set->prefixes) {
			char buffer[ADDRESS_TEXT_MAX];

			fprintf(out, " %s/%u", address_text(&prefix->address, buffer),
			        prefix->length);
		}
		fputc('\n', out);
	}
}

static void write_device(FILE *out, const struct rule *rule)
{
	char type[11], major[11], minor[11];

	array_foreach (pattern, &rule->device.patterns)
		fprintf(out, " %s %s:%s", number(pattern->type, type),
		        number(pattern->major, major), number(pattern->minor, minor));
	fprintf(out, " access %u", rule->device.access);
}

static void write_rule(FILE *out, const struct rule *rule)
{
	char first[11], second[11], third[11];

	fprintf(out, "%u:%u:%u [%s] %s | %s |", rule->where.file, rule->where.line,
	        rule->where.column, section_name(rule->section), verdict_name(rule->verb),
	        rule->text);
	if (rule->section == SECTION_DEVICE) {
		write_device(out, rule);
	} else if (rule->section == SECTION_SOCKET) {
		fprintf(out, " %s %s %s", number(rule->socket.family, first),
		        number(rule->socket.type, second), number(rule->socket.protocol, third));
	} else if (has_names(rule->section)) {
		fprintf(out, " %s%" PRIx64, rule->names.all ? "all " : "", rule->names.numbers);
	} else if (has_globs(rule->section)) {
		fprintf(out, " %x %s", rule->path.permissions,
		        rule->path.glob ? rule->path.glob : "anonymous");
	} else {
		fprintf(out, " %s set %u ports", number(rule->address.protocol, first),
		        rule->address.set);
		array_foreach (range, &rule->address.ports)
			fprintf(out, " %u-%u", range->first, range->last);
	}
	fputc('\n', out);
}

char *model_text(const struct policy *policy)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, "%s | %s | %s\naudit %d log %u rate %u/%u warn %d\n", policy->name,
	        policy->path, policy->description ? policy->description : "-", policy->audit,
	        policy->log, policy->rate_count, policy->rate_period_s, policy->unsupported_warn);
	array_foreach (file, &policy->files)
		fprintf(out, "file %s\n", *file);
	write_sections(out, policy);
	write_sets(out, policy);
	array_foreach (rule, &policy->rules)
		write_rule(out, rule);
	array_foreach (test, &policy->tests)
		fprintf(out, "%u:%u:%u test %s | %s\n", test->where.file, test->where.line,
		        test->where.column, verdict_name(test->expected), test->text);
	return fclose(out) ? NULL : text;
}
