/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/unsupported.h"

#include "compile/findings.h"

struct part {
	enum section section;
	const char *name;
};

static struct part part_of(const struct policy *policy, enum hook hook)
{
	static const struct part parts[HOOK_COUNT] = {
		[HOOK_LSM_SOCKET] = { SECTION_SOCKET,
		                      "[socket] for families other than inet and inet6" },
		[HOOK_LSM_FILE] = { SECTION_FILE, "[file]" },
		[HOOK_LSM_EXEC] = { SECTION_EXEC, "[exec]" },
		[HOOK_LSM_UNIX] = { SECTION_UNIX, "[unix]" },
		[HOOK_LSM_CAPABILITY] = { SECTION_CAPABILITY, "[capability]" },
		[HOOK_LSM_OPERATION] = { SECTION_OPERATION, "[operation]" },
	};
	const struct section_settings *sections = policy->sections;

	if (hook == HOOK_LSM_OPERATION && !sections[SECTION_OPERATION].present)
		return (struct part){
			sections[SECTION_FILE].present ? SECTION_FILE : SECTION_EXEC,
			"what [file] and [exec] close by themselves (mount, userns, ...)",
		};
	return hook < HOOK_COUNT && parts[hook].name
	               ? parts[hook]
	               : (struct part){ SECTION_COUNT, hook_name(hook) };
}

const char *enforced_part(const struct policy *policy, enum hook hook)
{
	return part_of(policy, hook).name;
}

static void report(const struct policy *policy, enum hook hook, const char *code, const char *hint,
                   const char *why, struct diag *diag)
{
	struct part part = part_of(policy, hook);
	struct place place = { .path = policy->path };

	if (part.section != SECTION_COUNT && policy->sections[part.section].present)
		place = section_place(policy, part.section);
	diag_add(diag, policy->unsupported_warn ? SEVERITY_WARNING : SEVERITY_ERROR, code, &place,
	         hint, "%s: %s", part.name, why);
}

void report_missing_hooks(const struct policy *policy, uint32_t missing, const char *why,
                          const char *lsm_list, const char *instead, struct diag *diag)
{
	struct phrase hint = { .length = 0 };

	if ((missing & HOOKS_OF_LSM) && lsm_list)
		phrase_add(&hint,
		           "boot a kernel that has CONFIG_BPF_LSM with `lsm=%s%sbpf` on its "
		           "command line",
		           lsm_list, *lsm_list ? "," : "");
	if (instead)
		phrase_add(&hint, "%s%s", hint.length ? ", " : "", instead);
	if (!policy->unsupported_warn)
		phrase_add(&hint, "%sor add `unsupported = warn` to [policy] to leave it unpoliced",
		           hint.length ? ", " : "");
	for (unsigned hook = 0; hook < HOOK_COUNT; hook++) {
		if (missing & 1U << hook)
			report(policy, hook, "unsupported-kernel", hint.text, why, diag);
	}
}
