/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key under which a rule is counted: section, file and text. Not the line, so that a rule that
 * moved keeps its counter; not the directory of the policy, so that it matters not from where the
 * policy was given.
 */
#include "compile/image.h"

#include <stddef.h>
#include <string.h>

/* FNV-1a, 64 bits */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	} while (*text++);
	return hash;
}

/* `file` as seen from the directory of the policy, if it lies there. */
static const char *relative(const struct policy *policy, const char *file)
{
	const char *slash = policy->path ? strrchr(policy->path, '/') : NULL;
	size_t length = slash ? (size_t)(slash - policy->path) + 1 : 0;

	return length && !strncmp(file, policy->path, length) ? file + length : file;
}

uint64_t rule_cookie(const struct policy *policy, const struct rule *rule, enum section section)
{
	uint64_t hash = hash_text(0xcbf29ce484222325ULL, section_name(section));
	const char *file = "";

	if (!rule)
		return hash_text(hash, "default");
	if (rule->where.file < policy->files.count)
		file = relative(policy, policy->files.items[rule->where.file]);
	return hash_text(hash_text(hash, file), rule->text ? rule->text : "");
}
