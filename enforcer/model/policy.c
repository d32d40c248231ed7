/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lifetime of a policy and the names of its enumerations. A policy that was only half filled is
 * freed like a whole one: everything owned is NULL or empty until it is there.
 */
#include "model/policy.h"

#include <stdlib.h>

struct policy *policy_new(void)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->log = LOG_DENIED;
	policy->rate_count = LOG_RATE_DEFAULT;
	policy->rate_period_s = 1;
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		policy->sections[i].fallback = VERDICT_DENY;
		policy->sections[i].families = UINT64_MAX;
	}
	return policy;
}

void rule_fini(struct rule *rule)
{
	free(rule->text);
	if (rule->section == SECTION_DEVICE)
		free(rule->device.patterns.items);
	if (rule->section == SECTION_CONNECT || rule->section == SECTION_BIND)
		free(rule->address.ports.items);
	if (has_globs(rule->section))
		free(rule->path.glob);
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	free(policy->name);
	free(policy->path);
	free(policy->description);
	array_foreach (file, &policy->files)
		free(*file);
	free(policy->files.items);
	array_foreach (set, &policy->sets) {
		free(set->group);
		free(set->prefixes.items);
	}
	free(policy->sets.items);
	array_foreach (rule, &policy->rules)
		rule_fini(rule);
	free(policy->rules.items);
	array_foreach (test, &policy->tests)
		free(test->text);
	free(policy->tests.items);
	free(policy);
}

const char *section_name(enum section section)
{
	static const char *const names[] = {
		[SECTION_DEVICE] = "device",       [SECTION_SOCKET] = "socket",
		[SECTION_CONNECT] = "connect",     [SECTION_BIND] = "bind",
		[SECTION_FILE] = "file",           [SECTION_EXEC] = "exec",
		[SECTION_UNIX] = "unix",           [SECTION_CAPABILITY] = "capability",
		[SECTION_OPERATION] = "operation",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == SECTION_COUNT, "a name for each");
	return section < SECTION_COUNT ? names[section] : "unknown";
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "none",
		[VERDICT_ALLOW] = "allow",
		[VERDICT_AUDIT] = "audit",
		[VERDICT_DENY] = "deny",
	};

	return verdict <= VERDICT_DENY ? names[verdict] : "unknown";
}

const char *hook_name(enum hook hook)
{
	static const char *const names[] = {
		[HOOK_DEVICE] = "device",
		[HOOK_SOCK_CREATE] = "sock_create",
		[HOOK_CONNECT4] = "connect4",
		[HOOK_CONNECT6] = "connect6",
		[HOOK_SENDMSG4] = "sendmsg4",
		[HOOK_SENDMSG6] = "sendmsg6",
		[HOOK_BIND4] = "bind4",
		[HOOK_BIND6] = "bind6",
		[HOOK_SECCOMP] = "seccomp",
		[HOOK_LSM_SOCKET] = "lsm-socket",
		[HOOK_LSM_FILE] = "lsm-file",
		[HOOK_LSM_EXEC] = "lsm-exec",
		[HOOK_LSM_UNIX] = "lsm-unix",
		[HOOK_LSM_CAPABILITY] = "lsm-capability",
		[HOOK_LSM_OPERATION] = "lsm-operation",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == HOOK_COUNT, "a name for each");
	return hook < HOOK_COUNT ? names[hook] : "unknown";
}
