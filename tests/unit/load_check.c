/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/scan.h"

int load(const struct fake_file *files, size_t count, struct diag *diag, struct policy **ret_policy)
{
	struct fake_world world = { .files = files, .count = count };
	struct surroundings surroundings = fake_surroundings(&world);

	return policy_load(files[0].path, &surroundings, diag, ret_policy);
}

struct policy *load_files(const struct fake_file *files, size_t count)
{
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	if (load(files, count, &diag, &policy))
		fail_msg("%s", findings_text(&diag));
	assert_non_null(policy);
	assert_int_equal(diag.findings.count, 0);
	diag_fini(&diag);
	return policy;
}

struct policy *load_text(const char *text)
{
	const struct fake_file file = { .path = "etc/web.ini", .text = text };

	return load_files(&file, 1);
}

/* Loads files that must be refused, with a finding of this code at this place. */
void assert_refused(const struct fake_file *files, size_t count, const char *code, uint32_t line,
                    uint32_t column)
{
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	assert_int_equal(load(files, count, &diag, &policy), -EINVAL);
	assert_null(policy);
	if (!has_finding(&diag, code, line, column))
		fail_msg("no %s at %u:%u in\n%s", code, line, column, findings_text(&diag));
	diag_fini(&diag);
}

/* "10.0.0.0/8 fd00::/8" */
void assert_prefixes(const struct policy *policy, const struct rule *rule, const char *expected)
{
	const struct prefix_set *set = &policy->sets.items[rule->address.set];
	char text[512] = "";
	size_t length = 0;

	array_foreach (prefix, &set->prefixes) {
		char buffer[ADDRESS_TEXT_MAX];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s/%u",
		                           length ? " " : "",
		                           address_text(&prefix->address, buffer), prefix->length);
	}
	assert_string_equal(text, expected);
}

void assert_ports(const struct rule *rule, const char *expected)
{
	char text[256] = "";
	size_t length = 0;

	array_foreach (range, &rule->address.ports)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u-%u",
		                           length ? "," : "", range->first, range->last);
	assert_string_equal(text, expected);
}
