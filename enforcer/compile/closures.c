/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/closures.h"

uint32_t operations_closed(const struct policy *policy)
{
	if (!policy->sections[SECTION_FILE].present && !policy->sections[SECTION_EXEC].present)
		return 0;
	return OPERATIONS_CLOSABLE & ~policy->escapes;
}

const char *closing_section(const struct policy *policy)
{
	return section_name(policy->sections[SECTION_FILE].present ? SECTION_FILE : SECTION_EXEC);
}

bool judges_operations(const struct policy *policy)
{
	return policy->sections[SECTION_OPERATION].present || operations_closed(policy);
}

bool audits_operations(const struct policy *policy)
{
	const struct section_settings *sections = policy->sections;

	if (sections[SECTION_OPERATION].present || !operations_closed(policy))
		return sections[SECTION_OPERATION].audit;
	return (!sections[SECTION_FILE].present || sections[SECTION_FILE].audit) &&
	       (!sections[SECTION_EXEC].present || sections[SECTION_EXEC].audit);
}

/* Nothing else gives another verdict than the default's and names no rule. */
bool is_closure(const struct policy *policy, enum section section, const struct decision *decision)
{
	const struct section_settings *settings = &policy->sections[section];

	return section == SECTION_OPERATION && decision->reason == REASON_DEFAULT &&
	       decision->verdict == VERDICT_DENY &&
	       (!settings->present || settings->fallback != VERDICT_DENY);
}
