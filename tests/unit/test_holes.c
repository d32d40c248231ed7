/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways round a policy, each named with the lines that close it, and what no hook can enforce.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi_lsm.h"
#include "builder.h"
#include "linted.h"

#define TCP   6
#define UDP   17
#define ANY   ANY_NUMBER
#define INET  2
#define INET6 10
#define BOTH  (1ULL << INET | 1ULL << INET6)

/* ---- holes ------------------------------------------------------------------------------ */

static struct policy *policy_with_connect(void)
{
	struct policy *policy = build_policy();

	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	return policy;
}

static void allow_seen_sockets(struct policy *policy, uint32_t family)
{
	build_socket(policy, VERDICT_ALLOW, family, 1, TCP);
	build_socket(policy, VERDICT_ALLOW, family, 1, 262);
	build_socket(policy, VERDICT_ALLOW, family, 2, UDP);
}

static void connect_without_socket_is_a_hole(void **state)
{
	static const char *const names[] = { "raw",  "ping", "UDP-Lite", "SCTP",
		                             "DCCP", "L2TP", "others" };
	struct linted linted = lint(policy_with_connect());
	const struct finding *hole = the(&linted, "hole-socket");

	(void)state;
	assert_int_equal(hole->severity, SEVERITY_WARNING);
	assert_int_equal(hole->line, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_contains(hole->message, names[i]);
	assert_contains(hole->hint, "[socket]\nfamilies = inet inet6\nallow = inet stream tcp\n");
	assert_int_equal(linted.diag.errors, 0);
	linted_fini(&linted);
}

static void the_lines_of_the_hint_close_the_hole(void **state)
{
	struct policy *policy = policy_with_connect();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_SOCKET, VERDICT_DENY);
	policy->sections[SECTION_SOCKET].families = BOTH;
	allow_seen_sockets(policy, INET);
	allow_seen_sockets(policy, INET6);
	linted = lint(policy);
	assert_int_equal(linted.diag.warnings, 0);
	assert_int_equal(linted.diag.errors, 0);
	linted_fini(&linted);
}

struct opening {
	uint32_t family, type, protocol;
	const char *name;
};

static void every_single_opening_is_named(void **state)
{
	static const struct opening openings[] = {
		{ INET, 3, 255, "raw" },    { INET6, 3, 58, "raw" },      { INET, 2, 1, "ping" },
		{ INET6, 2, 58, "ping" },   { INET, 2, 136, "UDP-Lite" }, { INET, 1, 132, "SCTP" },
		{ INET6, 5, 132, "SCTP" },  { INET, 6, 33, "DCCP" },      { INET6, 2, 115, "L2TP" },
		{ INET, 1, 256, "others" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		struct policy *policy = policy_with_connect();
		const struct opening *opening = &openings[i];
		struct linted linted;

		build_section(policy, SECTION_SOCKET, VERDICT_DENY);
		policy->sections[SECTION_SOCKET].families = BOTH;
		allow_seen_sockets(policy, ANY); /* lines 2 to 4 */
		build_socket(policy, VERDICT_AUDIT, opening->family, opening->type,
		             opening->protocol);
		linted = lint(policy);
		assert_contains(the(&linted, "hole-socket")->message, opening->name);
		assert_contains(the(&linted, "hole-socket")->message, "test.ini:5");
		linted_fini(&linted);
	}
}

static void a_family_left_out_is_a_hole(void **state)
{
	struct policy *policy = policy_with_connect();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_SOCKET, VERDICT_DENY);
	policy->sections[SECTION_SOCKET].families = 1ULL << INET;
	allow_seen_sockets(policy, INET);
	linted = lint(policy);
	assert_contains(the(&linted, "hole-socket")->hint, "families = inet inet6");
	linted_fini(&linted);
}

static void socket_that_allows_by_default_is_a_hole(void **state)
{
	struct policy *policy = policy_with_connect();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_SOCKET, VERDICT_ALLOW);
	policy->sections[SECTION_SOCKET].families = BOTH;
	build_socket(policy, VERDICT_DENY, ANY, 3, ANY);
	linted = lint(policy);
	assert_null(strstr(the(&linted, "hole-socket")->message, "raw"));
	assert_contains(the(&linted, "hole-socket")->message, "SCTP");
	assert_contains(the(&linted, "hole-socket")->hint, "default = allow");
	linted_fini(&linted);
}

static void what_restricts_nothing_has_no_hole(void **state)
{
	struct policy *policy = build_policy();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_ALLOW);
	build_section(policy, SECTION_DEVICE, VERDICT_DENY);
	linted = lint(policy);
	assert_int_equal(linted.diag.findings.count, 0);
	linted_fini(&linted);
}

static void open_ends_are_notes(void **state)
{
	struct policy *policy = build_policy();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_BIND, VERDICT_DENY);
	linted = lint(policy);
	assert_int_equal(the(&linted, "hole-other-families")->severity, SEVERITY_NOTE);
	assert_int_equal(the(&linted, "hole-foreign-socket")->severity, SEVERITY_NOTE);
	assert_int_equal(the(&linted, "hole-listen-unbound")->severity, SEVERITY_NOTE);
	assert_int_equal(the(&linted, "hole-socket")->severity, SEVERITY_WARNING);
	linted_fini(&linted);
}

/* What LSM programs are asked to close is no hole. */
static void what_is_closed_is_no_open_end(void **state)
{
	struct policy *policy = build_policy();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_BIND, VERDICT_DENY);
	build_section(policy, SECTION_SOCKET, VERDICT_DENY);
	build_section(policy, SECTION_OPERATION, VERDICT_ALLOW);
	build_names(policy, SECTION_OPERATION, VERDICT_DENY, 1U << OPERATION_LISTEN_UNBOUND);
	linted = lint(policy);
	assert_int_equal(count_of(&linted, "hole-other-families"), 0);
	assert_int_equal(count_of(&linted, "hole-listen-unbound"), 0);
	assert_int_equal(count_of(&linted, "hole-foreign-socket"), 1);
	linted_fini(&linted);
}

/* Only where it leads somewhere: datagrams can be made and may go to loopback. */
static void any_address_with_a_device_is_a_note(void **state)
{
	static const struct {
		enum verdict sockets;
		const char *allowed;
		bool told;
	} cases[] = {
		{ VERDICT_ALLOW, "127.0.0.0/8", true },
		{ VERDICT_ALLOW, "192.0.2.0/24", false },
		{ VERDICT_DENY, "127.0.0.0/8", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *policy = build_policy();
		struct linted linted;

		build_section(policy, SECTION_SOCKET, cases[i].sockets);
		build_section(policy, SECTION_CONNECT, VERDICT_DENY);
		build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, 17,
		              build_set(policy, cases[i].allowed), 0, 65535);
		linted = lint(policy);
		assert_int_equal(count_of(&linted, "hole-any-address-device"), cases[i].told);
		linted_fini(&linted);
	}
}

/* ---- families without a hook -------------------------------------------------------------- */

static void families_that_are_only_allowed_need_no_hook(void **state)
{
	struct policy *policy = build_policy();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_SOCKET, VERDICT_ALLOW);
	build_socket(policy, VERDICT_DENY, INET, 3, ANY);
	linted = lint(policy);
	assert_false(image_header(linted.image)->hooks & 1U << HOOK_LSM_SOCKET);
	linted_fini(&linted);

	policy = build_policy();
	build_section(policy, SECTION_SOCKET, VERDICT_ALLOW);
	build_socket(policy, VERDICT_DENY, ANY, 3, ANY);
	linted = lint(policy);
	assert_true(image_header(linted.image)->hooks & 1U << HOOK_LSM_SOCKET);
	linted_fini(&linted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_without_socket_is_a_hole),
		cmocka_unit_test(the_lines_of_the_hint_close_the_hole),
		cmocka_unit_test(every_single_opening_is_named),
		cmocka_unit_test(a_family_left_out_is_a_hole),
		cmocka_unit_test(socket_that_allows_by_default_is_a_hole),
		cmocka_unit_test(what_restricts_nothing_has_no_hole),
		cmocka_unit_test(open_ends_are_notes),
		cmocka_unit_test(what_is_closed_is_no_open_end),
		cmocka_unit_test(any_address_with_a_device_is_a_note),
		cmocka_unit_test(families_that_are_only_allowed_need_no_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
