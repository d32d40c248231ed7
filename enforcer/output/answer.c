/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers, a million of them at full speed: no formatted printing on the way that most of them
 * take. The file's path is escaped at a rule's first use only in so far as it needs it.
 */
#include "output/answer.h"

#include "compile/closures.h"
#include "output/escape.h"

static void write_without_rule(FILE *out, const struct policy *policy, enum section section,
                               const struct decision *decision)
{
	const char *name = section_name(section);

	if (is_closure(policy, section, decision)) {
		fprintf(out, "closed by [%s]\tescapes of [policy]", closing_section(policy));
		return;
	}
	switch (decision->reason) {
	case REASON_RULE:
		break;
	case REASON_DEFAULT:
		fprintf(out, "default of [%s]\tdefault = %s", name,
		        verdict_name(policy->sections[section].fallback));
		return;
	case REASON_ABSENT:
		fprintf(out, "[%s] absent\tnot policed", name);
		return;
	case REASON_OUTSIDE:
		fprintf(out, "outside families of [%s]\tnot policed", name);
		return;
	case REASON_BROKEN:
		break;
	}
	fprintf(out, "image of [%s]\tnot in order", name);
}

static bool has_rule(const struct policy *policy, const struct decision *decision)
{
	return decision->reason == REASON_RULE && decision->rule < policy->rules.count;
}

void answer_write(FILE *out, const struct policy *policy, enum section section,
                  const struct decision *decision)
{
	fputs(verdict_name(decision->verdict), out);
	putc('\t', out);
	if (has_rule(policy, decision)) {
		const struct rule *rule = &policy->rules.items[decision->rule];

		escape_write(out, policy->files.items[rule->where.file]);
		fprintf(out, ":%u\t", rule->where.line);
		escape_write(out, rule->text);
	} else {
		write_without_rule(out, policy, section, decision);
	}
	putc('\n', out);
}

static const char *reason_name(const struct policy *policy, enum section section,
                               const struct decision *decision)
{
	if (is_closure(policy, section, decision))
		return "closed";
	switch (decision->reason) {
	case REASON_RULE:
		return "rule";
	case REASON_DEFAULT:
		return "default";
	case REASON_ABSENT:
		return "absent";
	case REASON_OUTSIDE:
		return "outside";
	case REASON_BROKEN:
		break;
	}
	return "broken";
}

void answer_write_json(struct json_writer *writer, const struct policy *policy,
                       enum section section, const struct decision *decision)
{
	json_write_text(writer, "verdict", verdict_name(decision->verdict));
	json_write_text(writer, "section", section_name(section));
	json_write_text(writer, "reason", reason_name(policy, section, decision));
	if (has_rule(policy, decision)) {
		const struct rule *rule = &policy->rules.items[decision->rule];

		json_write_text(writer, "file", policy->files.items[rule->where.file]);
		json_write_number(writer, "line", rule->where.line);
		json_write_text(writer, "text", rule->text);
	}
}
