/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy to the JSON text that is kept beside its image. File names and rule texts are bytes, not
 * UTF-8: a byte above 0x7f is written as the code point of the same number, so the text is ASCII
 * and the very bytes come back (policy_meta_decode.c). A path must not change on the way, or a
 * reload would no longer find its policy.
 */
#include "output/policy_meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>

#include "base/cleanup.h"
#include "compile/closures.h"
#include "compile/unsupported.h"
#include "output/json_pen.h"

static bool is_harmless(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* The stream is ours alone: locking it for each piece would be most of what this costs. */
static void write_bytes(FILE *out, const char *bytes)
{
	if (!bytes) {
		fputs("null", out);
		return;
	}
	putc_unlocked('"', out);
	while (*bytes) {
		unsigned char byte = (unsigned char)*bytes;
		size_t run = 0;

		while (is_harmless((unsigned char)bytes[run]))
			run++;
		fwrite_unlocked(bytes, 1, run, out);
		bytes += run;
		if (run)
			continue;
		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else
			fprintf(out, "\\u%04x", byte);
		bytes++;
	}
	putc_unlocked('"', out);
}

static uint32_t audit_sections(const struct policy *policy)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		if (policy->sections[i].present && policy->sections[i].audit)
			mask |= 1U << i;
	}
	if (judges_operations(policy) && audits_operations(policy))
		mask |= 1U << SECTION_OPERATION;
	return mask;
}

static void write_sections(FILE *out, const struct policy *policy)
{
	const char *comma = "";

	fputs(",\"sections\":[", out);
	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		/* What a [file] closes is counted as a default of [operation]. */
		if (!policy->sections[i].present &&
		    !(i == SECTION_OPERATION && judges_operations(policy)))
			continue;
		fprintf(out, "%s{\"section\":\"%s\",\"default\":\"%s\",\"cookie\":%" PRIu64 "}",
		        comma, section_name(i), verdict_name(policy->sections[i].fallback),
		        rule_cookie(policy, NULL, i));
		comma = ",";
	}
	fputc(']', out);
}

/* There may be many of these, and an apply writes them all: without printf. */
static void write_rule(FILE *out, const struct policy *policy, const struct rule *rule)
{
	char line[256], *pen = line;

	pen = pen_literal(pen, "{\"section\":\"");
	pen = pen_text(pen, section_name(rule->section));
	pen = pen_literal(pen, "\",\"verb\":\"");
	pen = pen_text(pen, verdict_name(rule->verb));
	pen = pen_literal(pen, "\",\"file\":");
	pen = pen_number(pen, rule->where.file);
	pen = pen_literal(pen, ",\"line\":");
	pen = pen_number(pen, rule->where.line);
	pen = pen_literal(pen, ",\"cookie\":");
	pen = pen_number(pen, rule_cookie(policy, rule, rule->section));
	pen = pen_literal(pen, ",\"text\":");
	fwrite_unlocked(line, 1, (size_t)(pen - line), out);
	write_bytes(out, rule->text);
	putc_unlocked('}', out);
}

static void write_rules(FILE *out, const struct policy *policy)
{
	const char *comma = "";

	fputs(",\"files\":[", out);
	array_foreach (file, &policy->files) {
		fputs(comma, out);
		write_bytes(out, *file);
		comma = ",";
	}
	fputs("],\"rules\":[", out);
	comma = "";
	array_foreach (rule, &policy->rules) {
		fputs(comma, out);
		write_rule(out, policy, rule);
		comma = ",";
	}
	fputc(']', out);
}

/* The policy said `unsupported = warn`, or it would not have come here. */
static void write_unsupported(FILE *out, const struct policy *policy, uint32_t unenforced)
{
	const char *comma = "";

	fputs(",\"unsupported\":[", out);
	for (unsigned int hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(unenforced & 1U << hook))
			continue;
		fputs(comma, out);
		write_bytes(out, enforced_part(policy, hook));
		comma = ",";
	}
	fputc(']', out);
}

static void write_meta(FILE *out, const struct policy *policy, const char *absolute_path,
                       uint32_t hooks, uint32_t unenforced)
{
	fprintf(out, "{\"version\":%d,\"name\":", POLICY_META_VERSION);
	write_bytes(out, policy->name);
	fputs(",\"path\":", out);
	write_bytes(out, absolute_path);
	fputs(",\"description\":", out);
	write_bytes(out, policy->description);
	fprintf(out,
	        ",\"audit_sections\":%" PRIu32 ",\"hooks\":%" PRIu32 ",\"log\":%" PRIu32
	        ",\"rate_count\":%" PRIu32 ",\"rate_period_s\":%" PRIu32,
	        audit_sections(policy), hooks, policy->log, policy->rate_count,
	        policy->rate_period_s);
	write_sections(out, policy);
	write_rules(out, policy);
	write_unsupported(out, policy, unenforced);
	fputc('}', out);
}

int policy_meta_encode(const struct policy *policy, const char *absolute_path, uint32_t hooks,
                       uint32_t unenforced, char **ret_text, size_t *ret_length)
{
	CLEANUP_FREE char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	bool bad;

	if (!out)
		return -ENOMEM;
	__fsetlocking(out, FSETLOCKING_BYCALLER);
	write_meta(out, policy, absolute_path, hooks, unenforced);
	bad = ferror(out) != 0;
	/* glibc cuts the text to size at the end, and if that fails says so by NULL alone. */
	if (fclose(out) || bad || !text)
		return -ENOMEM;
	if (length > POLICY_META_BYTES_MAX)
		return -EFBIG;
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}
