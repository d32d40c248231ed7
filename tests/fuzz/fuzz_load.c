/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole policy with its includes and lists: refused with the reason, or one that can be shown. */
#include <string.h>

#include "compile/lint.h"
#include "fuzz.h"
#include "output/explain.h"
#include "output/policy_meta.h"

DEFINE_CLEANUP(struct image, image_free)
DEFINE_CLEANUP(struct policy_meta, policy_meta_free)

/* What status and the reader tell later is what was compiled now. */
static void check_meta(const struct policy *policy, const struct image *image)
{
	CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;
	CLEANUP_FREE char *text = NULL;
	size_t length;

	must(!policy_meta_encode(policy, "/etc/fuzz.ini", image_header(image)->hooks, 0, &text,
	                         &length));
	must(!policy_meta_decode(text, length, &meta));
	must(meta->rule_count == policy->rules.count);
	must(meta->hooks == image_header(image)->hooks);
	for (size_t i = 0; i < meta->rule_count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		must(!strcmp(meta->rules[i].text, rule->text));
		must(!strcmp(meta->rules[i].file, policy->files.items[rule->where.file]));
		must(meta->rules[i].cookie == rule_cookie(policy, rule, rule->section));
	}
}

static char *explained(const struct policy *policy, const struct image *image,
                       const struct diag *diag, bool colour)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	must(out && !explain_write(out, policy, image, diag, colour) && !fclose(out));
	must(strlen(text) == length);
	return text;
}

/* Takes out what sets a colour (ESC [ numbers m), and nothing else that a terminal obeys. */
static void bleach(char *text)
{
	char *from = text;

	while ((from = strstr(from, "\033["))) {
		size_t length = 2 + strspn(from + 2, "0123456789;");

		if (from[length] == 'm')
			memmove(from, from + length + 1, strlen(from + length + 1) + 1);
		else
			from += length;
	}
}

static void check_explained(const struct policy *policy, const struct image *image,
                            const struct diag *diag)
{
	CLEANUP_FREE char *plain = explained(policy, image, diag, false);
	CLEANUP_FREE char *coloured = explained(policy, image, diag, true);

	must(fuzz_is_plain(plain, strlen(plain)));
	bleach(coloured);
	must(!strcmp(coloured, plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_POLICY struct policy *policy = NULL;
	CLEANUP(cleanup_image_free) struct image *image = NULL;

	if (fuzz_policy_load(bytes, size, &diag, &policy))
		return 0;
	if (image_compile(policy, &diag, &image)) {
		must(diag_has_errors(&diag));
		return 0;
	}
	must(!policy_lint(policy, image, &diag));
	check_meta(policy, image);
	check_explained(policy, image, &diag);
	return 0;
}
