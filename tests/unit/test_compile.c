/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image as others see it: its bytes, its header, the hooks it needs, its limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "abi_lsm.h"
#include "builder.h"
#include "compile/image.h"
#include "image_check.h"
#include "random_policy.h"

#define TCP 6
#define UDP 17
#define ANY ANY_NUMBER

static struct image *must_compile(const struct policy *policy)
{
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	assert_int_equal(image_compile(policy, &diag, &image), 0);
	assert_int_equal(diag.errors, 0);
	assert_null(image_fault(image));
	diag_fini(&diag);
	return image;
}

static void assert_same_bytes(const struct image *a, const struct image *b)
{
	assert_int_equal(a->blocks, b->blocks);
	assert_memory_equal(a->words, b->words, (size_t)a->blocks * IMAGE_BLOCK_WORDS * 4);
}

/* ---- bytes ------------------------------------------------------------------------------ */

static void the_same_policy_gives_the_same_bytes(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct random first = { .state = seed }, second = { .state = seed };
		struct policy *policy = random_policy(&first, 40);
		struct image *image = must_compile(policy);
		/* other addresses, and not zeroed */
		void *wedge = malloc(1000 + seed * 4096);
		struct policy *again = random_policy(&second, 40);
		struct image *same = must_compile(again);

		assert_same_bytes(image, same);
		free(wedge);
		image_free(image);
		image_free(same);
		policy_free(policy);
		policy_free(again);
	}
}

static void lines_do_not_change_the_bytes(void **state)
{
	struct random random = { .state = 3 };
	struct policy *policy = random_policy(&random, 40);
	struct image *image = must_compile(policy), *moved;

	(void)state;
	array_foreach (rule, &policy->rules)
		rule->where.line += 1000;
	moved = must_compile(policy);
	assert_same_bytes(image, moved);
	image_free(image);
	image_free(moved);
	policy_free(policy);
}

/* ---- header and cookies ------------------------------------------------------------------ */

static uint64_t cookie_at(const struct image *image, size_t index)
{
	const uint32_t *words = image->words + image_header(image)->cookies + 2 * index;

	return (uint64_t)words[1] << 32 | words[0];
}

static void the_header_says_what_the_policy_says(void **state)
{
	struct policy *policy = build_policy();
	uint32_t any = build_set(policy, "any");
	const struct image_header *header;
	struct image *image;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_BIND, VERDICT_DENY);
	policy->sections[SECTION_BIND].audit = true;
	policy->sections[SECTION_DEVICE].audit = true; /* absent: says nothing */
	policy->log = LOG_NONE;
	policy->rate_count = 7;
	policy->rate_period_s = 60;
	build_address(policy, SECTION_BIND, VERDICT_ALLOW, TCP, any, 80, 80);
	image = must_compile(policy);
	header = image_header(image);
	assert_int_equal(header->magic, IMAGE_MAGIC);
	assert_int_equal(header->abi_version, ABI_VERSION);
	assert_int_equal(header->generation, 0);
	assert_int_equal(header->audit_sections, 1U << SECTION_BIND);
	assert_int_equal(header->log, LOG_NONE);
	assert_int_equal(header->rate_count, 7);
	assert_int_equal(header->rate_period_s, 60);
	assert_int_equal(header->roots[ROOT_DEVICE_CHAR], REF_ABSENT);
	assert_int_equal(header->roots[ROOT_SOCKET], REF_ABSENT);
	for (unsigned i = 0; i < SECTION_COUNT; i++)
		assert_true(cookie_at(image, i) == rule_cookie(policy, NULL, i));
	assert_true(cookie_at(image, SECTION_COUNT) ==
	            rule_cookie(policy, &policy->rules.items[0], SECTION_BIND));
	image_free(image);
	policy_free(policy);
}

static void a_small_policy_is_one_block(void **state)
{
	struct random random = { .state = 11 };
	struct policy *policy = random_policy(&random, 6);
	struct image *image = must_compile(policy);

	(void)state;
	assert_int_equal(image->blocks, 1);
	image_free(image);
	policy_free(policy);
}

static void a_cookie_follows_section_file_and_text(void **state)
{
	struct policy *policy = build_policy();
	uint32_t any = build_set(policy, "any");
	struct rule *rule;
	uint64_t cookie;

	(void)state;
	rule = build_address(policy, SECTION_BIND, VERDICT_ALLOW, TCP, any, 80, 80);
	cookie = rule_cookie(policy, rule, SECTION_BIND);
	rule->where.line += 10;
	assert_true(rule_cookie(policy, rule, SECTION_BIND) == cookie);
	assert_false(rule_cookie(policy, rule, SECTION_CONNECT) == cookie);
	assert_false(rule_cookie(policy, NULL, SECTION_BIND) == cookie);
	rule->text[0]++;
	assert_false(rule_cookie(policy, rule, SECTION_BIND) == cookie);
	rule->text[0]--;
	policy->files.items[0][0]++;
	assert_false(rule_cookie(policy, rule, SECTION_BIND) == cookie);
	policy_free(policy);
}

static void a_cookie_does_not_depend_on_where_the_policy_lies(void **state)
{
	struct policy *policy = build_policy();
	uint32_t any = build_set(policy, "any");
	struct rule *rule = build_address(policy, SECTION_BIND, VERDICT_ALLOW, TCP, any, 80, 80);
	uint64_t cookie = rule_cookie(policy, rule, SECTION_BIND);

	(void)state;
	free(policy->path);
	free(policy->files.items[0]);
	policy->path = strdup("/etc/cgward/test.ini");
	policy->files.items[0] = strdup("/etc/cgward/test.ini");
	assert_true(rule_cookie(policy, rule, SECTION_BIND) == cookie);
	policy_free(policy);
}

/* ---- hooks ------------------------------------------------------------------------------ */

#define BIT(hook) (1U << (hook))

/* Compiles and frees. */
static uint32_t hooks_of(struct policy *policy)
{
	struct image *image = must_compile(policy);
	uint32_t hooks = image_header(image)->hooks;

	image_free(image);
	policy_free(policy);
	return hooks;
}

static struct policy *policy_with(enum section section, enum verdict fallback)
{
	struct policy *policy = build_policy();

	build_section(policy, section, fallback);
	return policy;
}

static uint32_t hooks_of_denial(enum section section, uint32_t protocol, const char *addresses)
{
	struct policy *policy = policy_with(section, VERDICT_ALLOW);

	build_address(policy, section, VERDICT_DENY, protocol, build_set(policy, addresses), 1, 9);
	return hooks_of(policy);
}

static void only_hooks_that_can_say_no_are_needed(void **state)
{
	const uint32_t connects = BIT(HOOK_CONNECT4) | BIT(HOOK_CONNECT6);
	const uint32_t sends = BIT(HOOK_SENDMSG4) | BIT(HOOK_SENDMSG6);
	const uint32_t binds = BIT(HOOK_BIND4) | BIT(HOOK_BIND6);

	(void)state;
	assert_int_equal(hooks_of(build_policy()), 0);
	assert_int_equal(hooks_of(policy_with(SECTION_CONNECT, VERDICT_DENY)), connects | sends);
	assert_int_equal(hooks_of(policy_with(SECTION_CONNECT, VERDICT_ALLOW)), 0);
	assert_int_equal(hooks_of(policy_with(SECTION_BIND, VERDICT_DENY)), binds);
	assert_int_equal(hooks_of(policy_with(SECTION_DEVICE, VERDICT_DENY)), BIT(HOOK_DEVICE));
	assert_int_equal(hooks_of(policy_with(SECTION_DEVICE, VERDICT_ALLOW)), 0);
	assert_int_equal(hooks_of(policy_with(SECTION_SOCKET, VERDICT_DENY)),
	                 BIT(HOOK_SOCK_CREATE) | BIT(HOOK_LSM_SOCKET));
	assert_int_equal(hooks_of(policy_with(SECTION_SOCKET, VERDICT_ALLOW)), 0);
	assert_int_equal(hooks_of(policy_with(SECTION_CAPABILITY, VERDICT_DENY)),
	                 BIT(HOOK_LSM_CAPABILITY));
	assert_int_equal(hooks_of(policy_with(SECTION_CAPABILITY, VERDICT_ALLOW)), 0);
	assert_int_equal(hooks_of(policy_with(SECTION_OPERATION, VERDICT_DENY)),
	                 BIT(HOOK_LSM_OPERATION));
	assert_int_equal(hooks_of(policy_with(SECTION_OPERATION, VERDICT_ALLOW)), 0);

	assert_int_equal(hooks_of_denial(SECTION_CONNECT, TCP, "192.0.2.1"), connects);
	assert_int_equal(hooks_of_denial(SECTION_CONNECT, TCP, "2001:db8::/32"),
	                 BIT(HOOK_CONNECT6));
	assert_int_equal(hooks_of_denial(SECTION_CONNECT, UDP, "192.0.2.1"),
	                 connects | BIT(HOOK_SENDMSG4));
	assert_int_equal(hooks_of_denial(SECTION_CONNECT, UDP, "2001:db8::/32"),
	                 BIT(HOOK_CONNECT6) | BIT(HOOK_SENDMSG6));
	assert_int_equal(hooks_of_denial(SECTION_CONNECT, ANY, "any"), connects | sends);
	assert_int_equal(hooks_of_denial(SECTION_BIND, UDP, "192.0.2.1"), binds);
	assert_int_equal(hooks_of_denial(SECTION_BIND, TCP, "2001:db8::/32"), BIT(HOOK_BIND6));
}

static void audit_rules_and_log_all_need_their_hooks(void **state)
{
	struct policy *policy = policy_with(SECTION_BIND, VERDICT_ALLOW);

	(void)state;
	build_address(policy, SECTION_BIND, VERDICT_AUDIT, TCP, build_set(policy, "::1"), 1, 9);
	assert_int_equal(hooks_of(policy), BIT(HOOK_BIND6));

	policy = policy_with(SECTION_BIND, VERDICT_ALLOW);
	policy->log = LOG_ALL;
	assert_int_equal(hooks_of(policy), BIT(HOOK_BIND4) | BIT(HOOK_BIND6));

	policy = policy_with(SECTION_DEVICE, VERDICT_DENY);
	policy->sections[SECTION_DEVICE].audit = true;
	assert_int_equal(hooks_of(policy), BIT(HOOK_DEVICE));
}

static void other_families_need_the_lsm_hook(void **state)
{
	struct policy *policy = policy_with(SECTION_SOCKET, VERDICT_DENY);

	(void)state;
	policy->sections[SECTION_SOCKET].families = 1ULL << 17;
	assert_int_equal(hooks_of(policy), BIT(HOOK_LSM_SOCKET));
	policy = policy_with(SECTION_SOCKET, VERDICT_DENY);
	policy->sections[SECTION_SOCKET].families = 1ULL << 2;
	assert_int_equal(hooks_of(policy), BIT(HOOK_SOCK_CREATE));
}

static uint64_t lsm_hooks_of(struct policy *policy)
{
	struct image *image = must_compile(policy);
	uint64_t hooks = image_lsm_hooks(image);

	image_free(image);
	policy_free(policy);
	return hooks;
}

#define LSM(name) (UINT64_C(1) << LSM_##name)

static void an_operation_needs_its_own_programs(void **state)
{
	const uint64_t arming = LSM(BPRM_COMMITTED_CREDS) | LSM(TASK_ALLOC);
	struct policy *policy = policy_with(SECTION_OPERATION, VERDICT_ALLOW);

	(void)state;
	build_names(policy, SECTION_OPERATION, VERDICT_DENY, 1U << OPERATION_SYSLOG);
	assert_true(lsm_hooks_of(policy) == (LSM(SYSLOG) | arming));
	policy = policy_with(SECTION_OPERATION, VERDICT_ALLOW);
	build_names(policy, SECTION_OPERATION, VERDICT_ALLOW, 1U << OPERATION_SYSLOG);
	assert_true(lsm_hooks_of(policy) == 0);
	policy = policy_with(SECTION_OPERATION, VERDICT_ALLOW);
	build_names(policy, SECTION_OPERATION, VERDICT_DENY, 1U << OPERATION_PTRACE);
	assert_true(lsm_hooks_of(policy) ==
	            (LSM(PTRACE_ACCESS_CHECK) | LSM(PTRACE_TRACEME) | arming));
	assert_true(lsm_hooks_of(policy_with(SECTION_CAPABILITY, VERDICT_DENY)) ==
	            (LSM(CAPABLE) | arming));
	assert_true(lsm_hooks_of(policy_with(SECTION_DEVICE, VERDICT_DENY)) == 0);
}

/* They are judged whether or not the task has completed an execve: no arming. */
static void sockets_from_outside_need_programs(void **state)
{
	(void)state;
	assert_true(lsm_hooks_of(policy_with(SECTION_CONNECT, VERDICT_DENY)) ==
	            (LSM(SOCKET_CONNECT) | LSM(SOCKET_SENDMSG)));
	assert_true(lsm_hooks_of(policy_with(SECTION_BIND, VERDICT_DENY)) == LSM(SOCKET_BIND));
	assert_true(lsm_hooks_of(policy_with(SECTION_CONNECT, VERDICT_ALLOW)) == 0);
}

/* ---- large policies ---------------------------------------------------------------------- */

static uint32_t scatter(uint32_t i)
{
	return (i + 1) * 2654435761U;
}

static struct policy *policy_with_list(uint32_t count, bool is_ipv6)
{
	struct policy *policy = policy_with(SECTION_CONNECT, VERDICT_DENY);
	uint32_t set = build_set(policy, "");

	for (uint32_t i = 0; i < count; i++) {
		struct prefix prefix = { .address.is_ipv6 = is_ipv6 };

		prefix.length = is_ipv6 ? 64 : 32;
		prefix.address.words[is_ipv6 ? 0 : 3] = scatter(i) | (is_ipv6 ? 1U << 29 : 0);
		prefix.address.words[1] = is_ipv6 ? i : 0;
		build_prefix(policy, set, prefix);
	}
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, set, 443, 443);
	return policy;
}

static void lists_of_a_hundred_thousand_addresses_compile(void **state)
{
	(void)state;
	for (unsigned is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		struct policy *policy = policy_with_list(100000, is_ipv6);
		struct image *image = must_compile(policy);
		struct question question = { .section = SECTION_CONNECT };

		question.address.protocol = TCP;
		question.address.port = 443;
		array_foreach (prefix, &policy->sets.items[0].prefixes) {
			question.address.address = prefix->address;
			assert_int_equal(image_decide(image, &question).verdict, VERDICT_ALLOW);
			question.address.port ^= 1;
			assert_int_equal(image_decide(image, &question).verdict, VERDICT_DENY);
			question.address.port ^= 1;
		}
		image_free(image);
		policy_free(policy);
	}
}

/* Ports of `any` show through each address: their number multiplies. */
static struct policy *exploding_policy(uint32_t count)
{
	struct policy *policy = policy_with(SECTION_CONNECT, VERDICT_DENY);
	uint32_t any = build_set(policy, "any");

	for (uint32_t i = 0; i < count; i++)
		build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, any, (uint16_t)(7 * i),
		              (uint16_t)(7 * i));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t set = build_set(policy, "");
		struct prefix prefix = { .length = 32 };

		prefix.address.words[3] = scatter(i);
		build_prefix(policy, set, prefix);
		build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, UDP, set, (uint16_t)i,
		              (uint16_t)i);
	}
	return policy;
}

static void a_policy_that_explodes_is_an_error_that_names_rules(void **state)
{
	struct policy *policy = exploding_policy(4000);
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	(void)state;
	assert_int_equal(image_compile(policy, &diag, &image), -EINVAL);
	assert_null(image);
	assert_int_equal(diag.errors, 3);
	array_foreach (finding, &diag.findings) {
		assert_string_equal(finding->code, "image-too-large");
		assert_string_equal(finding->path, "test.ini");
		assert_in_range(finding->line, 2, 4001);
		assert_non_null(finding->hint);
	}
	diag_fini(&diag);
	policy_free(policy);
}

/* Whole IPv6 addresses that share nothing take a chain of tables each. */
static void a_list_that_does_not_fit_names_its_rule(void **state)
{
	struct policy *policy = policy_with(SECTION_CONNECT, VERDICT_DENY);
	uint32_t set = build_set(policy, "");
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	(void)state;
	for (uint32_t i = 0; i < 160000; i++) {
		struct prefix prefix = { .address.is_ipv6 = 1, .length = 128 };

		for (unsigned word = 0; word < 4; word++)
			prefix.address.words[word] = scatter(4 * i + word);
		build_prefix(policy, set, prefix);
	}
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, set, 443, 443);
	assert_int_equal(image_compile(policy, &diag, &image), -EINVAL);
	assert_null(image);
	assert_int_equal(diag.findings.count, 1);
	assert_string_equal(diag.findings.items[0].code, "image-too-large");
	assert_int_equal(diag.findings.items[0].line, 2);
	diag_fini(&diag);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_policy_gives_the_same_bytes),
		cmocka_unit_test(lines_do_not_change_the_bytes),
		cmocka_unit_test(the_header_says_what_the_policy_says),
		cmocka_unit_test(a_small_policy_is_one_block),
		cmocka_unit_test(a_cookie_follows_section_file_and_text),
		cmocka_unit_test(a_cookie_does_not_depend_on_where_the_policy_lies),
		cmocka_unit_test(only_hooks_that_can_say_no_are_needed),
		cmocka_unit_test(audit_rules_and_log_all_need_their_hooks),
		cmocka_unit_test(other_families_need_the_lsm_hook),
		cmocka_unit_test(an_operation_needs_its_own_programs),
		cmocka_unit_test(sockets_from_outside_need_programs),
		cmocka_unit_test(lists_of_a_hundred_thousand_addresses_compile),
		cmocka_unit_test(a_policy_that_explodes_is_an_error_that_names_rules),
		cmocka_unit_test(a_list_that_does_not_fit_names_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
