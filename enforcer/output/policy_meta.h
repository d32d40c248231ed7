/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be known about a policy in force beside its image, so that a record can name file and
 * line and `status` can tell what is where: kept as JSON in a pinned map next to the image, one for
 * each generation. Root alone writes it; it is still read as hostile.
 */
#pragma once

#include "model/policy.h"

#define POLICY_META_BYTES_MAX (64U << 20)
#define POLICY_META_VERSION   1

struct meta_rule {
	enum section section;
	enum verdict verb;
	const char *file; /* owned by the meta */
	uint32_t line;
	const char *text;
	uint64_t cookie;
};

struct policy_meta {
	char *name, *path; /* path is absolute */
	char *description; /* or NULL */
	uint32_t audit_sections, hooks, log, rate_count, rate_period_s;
	struct {
		bool present;
		enum verdict fallback;
		uint64_t default_cookie;
	} sections[SECTION_COUNT];
	struct meta_rule *rules; /* by rule index */
	size_t rule_count;
	char **unsupported; /* texts: what unsupported = warn left unenforced */
	size_t unsupported_count;
	void *storage; /* what the strings live in */
};

/* Policy to JSON text, malloc'ed, without its final NUL in *ret_length. `absolute_path` replaces
 * policy->path; `hooks` are in force, `unenforced` would be if they could be (bits per enum hook).
 * 0, -ENOMEM, -EFBIG. */
int policy_meta_encode(const struct policy *policy, const char *absolute_path, uint32_t hooks,
                       uint32_t unenforced, char **ret_text, size_t *ret_length);

/* JSON text to meta. 0, -ENOMEM, -EBADMSG for anything that encode would not have written. */
int policy_meta_decode(const char *text, size_t length, struct policy_meta **ret_meta);
void policy_meta_free(struct policy_meta *meta);
