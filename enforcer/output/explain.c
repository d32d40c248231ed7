/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explaining a policy to people. The hooks are those of the compiled image: what is said here is
 * what will be attached. The object for scripts is explain_json.c.
 */
#include "output/explain.h"

#include "base/cleanup.h"
#include "compile/closures.h"
#include "output/escape.h"
#include "output/explain_parts.h"
#include "output/plain_words.h"
#include "output/rule_order.h"
#include "parse/names.h"

/* "\033[0m" ends each of them. */
static const char *const verb_colours[] = {
	[VERDICT_ALLOW] = "\033[32m",
	[VERDICT_AUDIT] = "\033[33m",
	[VERDICT_DENY] = "\033[1;31m",
};

static void write_verb(FILE *out, enum verdict verb, bool colour)
{
	fprintf(out, "  %s%s%s ", colour ? verb_colours[verb] : "", plain_verb(verb),
	        colour ? "\033[0m" : "");
}

static void write_log(FILE *out, const struct policy *policy)
{
	if (policy->log == LOG_NONE) {
		fputs("nothing is recorded, only counted", out);
		return;
	}
	fputs(policy->log == LOG_ALL ? "all decisions are recorded" : "denials are recorded", out);
	if (!policy->rate_count)
		return;
	fprintf(out, ", at most %u ", policy->rate_count);
	if (policy->rate_period_s == 1)
		fputs("a second", out);
	else
		fprintf(out, "in %u seconds", policy->rate_period_s);
	fputs(" for each cgroup and hook", out);
}

static void write_heading(FILE *out, const struct policy *policy)
{
	fputs("policy ", out);
	escape_write(out, policy->name);
	if (policy->description) {
		fputs(": ", out);
		escape_write(out, policy->description);
	}
	fprintf(out, "\nmode %s; ", policy->audit ? "audit" : "enforce");
	write_log(out, policy);
	fputc('\n', out);
}

static void write_rule(FILE *out, const struct policy *policy, const struct rule *rule, bool colour)
{
	write_verb(out, rule->verb, colour);
	plain_object(out, policy, rule);
	fputs(" (", out);
	escape_write(out, policy->files.items[rule->where.file]);
	fprintf(out, ":%u)\n", rule->where.line);
}

static void write_lsm_hooks(FILE *out, enum section section, const struct image *image)
{
	uint64_t hooks = image_lsm_hooks(image) & section_lsm_hooks(section);

	if (!hooks)
		return;
	fputs(section == SECTION_CONNECT || section == SECTION_BIND
	              ? "  for sockets made outside, where the kernel runs LSM programs: "
	              : "  LSM programs: ",
	      out);
	plain_lsm_hooks(out, hooks, ", ");
	fputc('\n', out);
}

static void write_hooks(FILE *out, enum section section, const struct image *image)
{
	uint32_t hooks = section_hooks(section), needed = image_header(image)->hooks;

	if (hooks & needed) {
		fputs("  enforced by ", out);
		plain_hooks(out, hooks & needed, ", ");
		fputc('\n', out);
	}
	if (hooks & ~needed) {
		fputs("  not attached: ", out);
		plain_hooks(out, hooks & ~needed, ", ");
		fputs(" (nothing seen there is ever refused or recorded)\n", out);
	}
	write_lsm_hooks(out, section, image);
	if (section == SECTION_SOCKET && needed & 1U << HOOK_LSM_SOCKET)
		fputs("  instead of LSM programs, where none run: a seccomp filter on what `cgward run` "
		      "starts\n",
		      out);
}

static int write_section(FILE *out, const struct policy *policy, enum section section,
                         const struct image *image, bool colour)
{
	const struct section_settings *settings = &policy->sections[section];
	CLEANUP_FREE const struct rule **rules = NULL;
	size_t count = 0;
	int error = rule_order(policy, section, &rules, &count);

	if (error)
		return error;
	fprintf(out, "\n%s[%s]%s%s\n", colour ? "\033[1m" : "", section_name(section),
	        colour ? "\033[0m" : "",
	        settings->audit ? " mode audit: what it refuses is recorded, and happens" : "");
	write_hooks(out, section, image);
	for (size_t i = 0; i < count; i++)
		write_rule(out, policy, rules[i], colour);
	write_verb(out, settings->fallback, colour);
	fprintf(out, "everything%s (default = %s)\n", count ? " else" : "",
	        verdict_name(settings->fallback));
	if (section == SECTION_SOCKET && settings->families != UINT64_MAX)
		fputs("  only the families it names (families =) are policed\n", out);
	return 0;
}

/* What a [file] or [exec] closes, unless a rule of [operation] says otherwise. */
static void write_closed(FILE *out, const struct policy *policy)
{
	uint32_t closed = operations_closed(policy);
	bool first = true;

	if (!closed)
		return;
	fprintf(out, "\nclosed by [%s], as long as no rule of [operation] names it:",
	        closing_section(policy));
	for (size_t i = 0; i < escape_names.count; i++) {
		if (!(closed & 1U << escape_names.names[i].number))
			continue;
		fprintf(out, "%s %s", first ? "" : ",", escape_names.names[i].name);
		first = false;
	}
	fputc('\n', out);
}

static void write_absent(FILE *out, const struct policy *policy)
{
	bool any = false;

	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		if (policy->sections[i].present ||
		    (i == SECTION_OPERATION && judges_operations(policy)))
			continue;
		if (!any)
			fputs("\nnot policed, and nothing attached for it:", out);
		fprintf(out, " [%s]", section_name((enum section)i));
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static void write_findings(FILE *out, const struct diag *diag, bool colour)
{
	if (!diag->findings.count)
		return;
	fputs("\nworth knowing:\n", out);
	array_foreach (finding, &diag->findings)
		finding_write(out, finding, colour);
}

int explain_write(FILE *out, const struct policy *policy, const struct image *image,
                  const struct diag *diag, bool colour)
{
	write_heading(out, policy);
	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		int error = 0;

		if (policy->sections[i].present)
			error = write_section(out, policy, (enum section)i, image, colour);
		if (error)
			return error;
	}
	write_closed(out, policy);
	write_absent(out, policy);
	write_findings(out, diag, colour);
	return 0;
}
