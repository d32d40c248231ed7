/* SPDX-License-Identifier: BSD-2-Clause */
/* What is pinned beside an image: not in order, or every part of it can be shown. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "output/policy_meta.h"

static void check_rule(const struct meta_rule *rule)
{
	must(rule->section < SECTION_COUNT);
	must(rule->verb >= VERDICT_ALLOW && rule->verb <= VERDICT_DENY);
	must(rule->file && rule->text);
	must(strlen(rule->file) + strlen(rule->text) <= POLICY_META_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_FREE char *copy = malloc(size + 1);
	struct policy_meta *meta = NULL;
	int error;

	must(copy != NULL);
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	error = policy_meta_decode(copy, size, &meta);
	must(error == 0 || error == -EBADMSG);
	must((error == 0) == (meta != NULL));
	if (error)
		return 0;
	must(meta->name && meta->path && meta->path[0] == '/');
	must(!(meta->audit_sections >> SECTION_COUNT) && !(meta->hooks >> HOOK_COUNT));
	must(meta->log <= LOG_ALL);
	for (size_t i = 0; i < meta->rule_count; i++)
		check_rule(&meta->rules[i]);
	for (size_t i = 0; i < meta->unsupported_count; i++)
		must(meta->unsupported[i] != NULL);
	policy_meta_free(meta);
	return 0;
}
