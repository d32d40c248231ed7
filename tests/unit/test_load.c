/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lines of a good policy become. Groups, lists and includes are in test_load_files.c;
 * what is refused, and how, is in tests/golden/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>

#include "load_check.h"

#define ACCESS_ALL (ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD)

static void test_an_empty_policy(void **state)
{
	struct policy *policy = load_text("");

	(void)state;
	assert_string_equal(policy->name, "web");
	assert_string_equal(policy->path, "etc/web.ini");
	assert_null(policy->description);
	assert_int_equal(policy->files.count, 1);
	assert_string_equal(policy->files.items[0], "etc/web.ini");
	for (size_t i = 0; i < SECTION_COUNT; i++)
		assert_false(policy->sections[i].present);
	policy_free(policy);
}

static void test_the_policy_section(void **state)
{
	struct policy *policy = load_text("[policy]\n"
	                                  "description = Public  web front end ; said so\n"
	                                  "mode = audit\n"
	                                  "log = all\n"
	                                  "log-rate = 60/m\n"
	                                  "unsupported = warn\n"
	                                  "[bind]\n"
	                                  "[connect]\n"
	                                  "mode = enforce\n");

	(void)state;
	assert_string_equal(policy->description, "Public  web front end");
	assert_true(policy->audit);
	assert_int_equal(policy->log, LOG_ALL);
	assert_int_equal(policy->rate_count, 60);
	assert_int_equal(policy->rate_period_s, 60);
	assert_true(policy->unsupported_warn);
	assert_true(policy->sections[SECTION_BIND].audit);
	assert_false(policy->sections[SECTION_CONNECT].audit);
	policy_free(policy);
}

static void test_an_empty_section_is_present(void **state)
{
	struct policy *policy = load_text("[connect]\n[bind]\ndefault = allow\n");

	(void)state;
	assert_true(policy->sections[SECTION_CONNECT].present);
	assert_int_equal(policy->sections[SECTION_CONNECT].fallback, VERDICT_DENY);
	assert_int_equal(policy->sections[SECTION_CONNECT].where.line, 1);
	assert_true(policy->sections[SECTION_BIND].present);
	assert_int_equal(policy->sections[SECTION_BIND].fallback, VERDICT_ALLOW);
	assert_false(policy->sections[SECTION_DEVICE].present);
	policy_free(policy);
}

static void test_rules_keep_their_place_and_text(void **state)
{
	struct policy *policy = load_text("[connect]\n"
	                                  "allow\t=   tcp \t 10.0.0.0/8:443  ; why\n"
	                                  "[bind]\n"
	                                  "deny=any\n"
	                                  "[connect]\n"
	                                  "audit = udp any:53\n");
	const struct rule *rules = policy->rules.items;

	(void)state;
	assert_int_equal(policy->rules.count, 3);
	assert_string_equal(rules[0].text, "allow = tcp 10.0.0.0/8:443");
	assert_int_equal(rules[0].where.line, 2);
	assert_int_equal(rules[0].where.column, 11);
	assert_int_equal(rules[0].verb, VERDICT_ALLOW);
	assert_string_equal(rules[1].text, "deny = any");
	assert_int_equal(rules[1].section, SECTION_BIND);
	assert_int_equal(rules[1].verb, VERDICT_DENY);
	assert_int_equal(rules[2].section, SECTION_CONNECT);
	assert_int_equal(rules[2].verb, VERDICT_AUDIT);
	assert_int_equal(rules[2].where.line, 6);
	policy_free(policy);
}

static void test_addresses_and_ports(void **state)
{
	static const struct {
		const char *rule;
		uint32_t protocol;
		const char *prefixes, *ports;
	} cases[] = {
		{ "any", ANY_NUMBER, "0.0.0.0/0 ::/0", "0-65535" },
		{ "*:*", ANY_NUMBER, "0.0.0.0/0 ::/0", "0-65535" },
		{ "any any:any", ANY_NUMBER, "0.0.0.0/0 ::/0", "0-65535" },
		{ "tcp 10.0.0.1", 6, "10.0.0.1/32", "0-65535" },
		{ "6 10.0.0.1:0", 6, "10.0.0.1/32", "0-0" },
		{ "17 10.0.0.0/8:53", 17, "10.0.0.0/8", "53-53" },
		{ "udp localhost:domain", 17, "127.0.0.0/8 ::1/128", "53-53" },
		{ "2001:db8::/32", ANY_NUMBER, "2001:db8::/32", "0-65535" },
		{ "[2001:db8::/32]:443", ANY_NUMBER, "2001:db8::/32", "443-443" },
		{ "tcp [2001:db8::1]", 6, "2001:db8::1/128", "0-65535" },
		{ "[2001:db8::1:443]", ANY_NUMBER, "2001:db8::1:443/128", "0-65535" },
		{ "tcp [::ffff:10.0.0.0/104]:80", 6, "10.0.0.0/8", "80-80" },
		{ "::ffff:0:0/96", ANY_NUMBER, "0.0.0.0/0", "0-65535" },
		{ "tcp any:80,443,8000-8099,http-alt", 6, "0.0.0.0/0 ::/0",
		  "80-80,443-443,8000-8099,8080-8080" },
		{ "any:https", ANY_NUMBER, "0.0.0.0/0 ::/0", "443-443" },
		{ "any:tftp", ANY_NUMBER, "0.0.0.0/0 ::/0", "69-69" },
		{ "udp any:differs", 17, "0.0.0.0/0 ::/0", "20-20" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *policy;

		snprintf(text, sizeof(text), "[connect]\nallow = %s\n", cases[i].rule);
		policy = load_text(text);
		assert_int_equal(policy->rules.count, 1);
		assert_int_equal(policy->rules.items[0].address.protocol, cases[i].protocol);
		assert_prefixes(policy, policy->rules.items, cases[i].prefixes);
		assert_ports(policy->rules.items, cases[i].ports);
		policy_free(policy);
	}
}

static void test_a_port_that_ran_into_an_address_is_warned_of(void **state)
{
	const struct fake_file file = { .path = "web.ini",
		                        .text = "[connect]\ndeny = tcp ::1:443\n"
		                                "deny = tcp [::1:443]\ndeny = ::1\n"
		                                "deny = 2001:db8::8844\ndeny = ::1:443/128\n"
		                                "deny = 1:2:3:4:5:6:7:8\ndeny = ::1:face\n" };
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(load(&file, 1, &diag, &policy), 0);
	assert_int_equal(policy->rules.count, 7);
	assert_int_equal(diag.findings.count, 1);
	assert_int_equal(diag.warnings, 1);
	assert_true(has_finding(&diag, "port-in-address", 2, 12));
	assert_string_equal(diag.findings.items[0].hint,
	                    "write [::1]:443 if 443 is the port, else [::1:443]");
	policy_free(policy);
	diag_fini(&diag);
}

static void test_the_any_address_may_be_bound(void **state)
{
	struct policy *policy = load_text("[bind]\nallow = tcp 0.0.0.0:80\nallow = [::]:80\n");

	(void)state;
	assert_prefixes(policy, &policy->rules.items[0], "0.0.0.0/32");
	assert_prefixes(policy, &policy->rules.items[1], "::/128");
	policy_free(policy);
}

static void test_devices(void **state)
{
	static const struct {
		const char *rule;
		struct device_pattern patterns[2];
		size_t count;
		uint32_t access;
	} cases[] = {
		{ "c 1:3 r", { { BPF_DEVCG_DEV_CHAR, 1, 3 } }, 1, ACCESS_READ },
		{ "b 8:* mwr", { { BPF_DEVCG_DEV_BLOCK, 8, ANY_NUMBER } }, 1, ACCESS_ALL },
		{ "a *:*", { { ANY_NUMBER, ANY_NUMBER, ANY_NUMBER } }, 1, ACCESS_ALL },
		{ "/dev/null rw", { { BPF_DEVCG_DEV_CHAR, 1, 3 } }, 1, ACCESS_READ | ACCESS_WRITE },
		{ "/dev/loop0", { { BPF_DEVCG_DEV_BLOCK, 7, 0 } }, 1, ACCESS_ALL },
		{ "char-pts m",
		  { { BPF_DEVCG_DEV_CHAR, 136, ANY_NUMBER },
		    { BPF_DEVCG_DEV_CHAR, 137, ANY_NUMBER } },
		  2,
		  ACCESS_MKNOD },
		{ "block-loop", { { BPF_DEVCG_DEV_BLOCK, 7, ANY_NUMBER } }, 1, ACCESS_ALL },
		{ "char-/dev/tty", { { BPF_DEVCG_DEV_CHAR, 5, ANY_NUMBER } }, 1, ACCESS_ALL },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule *rule;
		struct policy *policy;

		snprintf(text, sizeof(text), "[device]\ndeny = %s\n", cases[i].rule);
		policy = load_text(text);
		rule = policy->rules.items;
		assert_int_equal(rule->device.access, cases[i].access);
		assert_int_equal(rule->device.patterns.count, cases[i].count);
		assert_memory_equal(rule->device.patterns.items, cases[i].patterns,
		                    cases[i].count * sizeof(struct device_pattern));
		policy_free(policy);
	}
}

static void test_sockets(void **state)
{
	static const struct {
		const char *rule;
		uint32_t family, type, protocol;
	} cases[] = {
		{ "inet", AF_INET, ANY_NUMBER, ANY_NUMBER },
		{ "any", ANY_NUMBER, ANY_NUMBER, ANY_NUMBER },
		{ "inet6 stream tcp", AF_INET6, SOCK_STREAM, 6 },
		{ "10 1 6", AF_INET6, SOCK_STREAM, 6 },
		{ "* dgram *", ANY_NUMBER, SOCK_DGRAM, ANY_NUMBER },
		{ "inet stream mptcp", AF_INET, SOCK_STREAM, 262 },
		{ "inet stream 0", AF_INET, SOCK_STREAM, 6 },
		{ "inet dgram ip", AF_INET, SOCK_DGRAM, 17 },
		{ "inet6 dgram ipv6-icmp", AF_INET6, SOCK_DGRAM, 58 },
		{ "inet6 dgram icmpv6", AF_INET6, SOCK_DGRAM, 58 },
		{ "unix seqpacket", AF_UNIX, SOCK_SEQPACKET, ANY_NUMBER },
		{ "netlink raw 0", AF_NETLINK, SOCK_RAW, 0 },
		{ "packet raw 768", AF_PACKET, SOCK_RAW, 768 },
		{ "vsock stream", AF_VSOCK, SOCK_STREAM, ANY_NUMBER },
		{ "alg seqpacket", AF_ALG, SOCK_SEQPACKET, ANY_NUMBER },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule *rule;
		struct policy *policy;

		snprintf(text, sizeof(text), "[socket]\nallow = %s\n", cases[i].rule);
		policy = load_text(text);
		rule = policy->rules.items;
		assert_int_equal(rule->socket.family, cases[i].family);
		assert_int_equal(rule->socket.type, cases[i].type);
		assert_int_equal(rule->socket.protocol, cases[i].protocol);
		assert_true(policy->sections[SECTION_SOCKET].families == UINT64_MAX);
		policy_free(policy);
	}
}

static void test_families(void **state)
{
	struct policy *policy = load_text("[socket]\nfamilies = inet inet6 unix 38\n");

	(void)state;
	assert_true(policy->sections[SECTION_SOCKET].families ==
	            (1ULL << AF_INET | 1ULL << AF_INET6 | 1ULL << AF_UNIX | 1ULL << AF_ALG));
	policy_free(policy);
	policy = load_text("[socket]\nfamilies = any\n");
	assert_true(policy->sections[SECTION_SOCKET].families == UINT64_MAX);
	policy_free(policy);
}

static void test_tests_are_kept(void **state)
{
	struct policy *policy = load_text("[tests]\n"
	                                  "allow = connect  tcp 10.1.2.3:443\n"
	                                  "deny = device c 1:3 rw\n"
	                                  "audit = socket inet stream\n");
	const struct policy_test *tests = policy->tests.items;

	(void)state;
	assert_int_equal(policy->tests.count, 3);
	assert_string_equal(tests[0].text, "connect tcp 10.1.2.3:443");
	assert_int_equal(tests[0].expected, VERDICT_ALLOW);
	assert_int_equal(tests[0].question.address.port, 443);
	assert_int_equal(tests[1].expected, VERDICT_DENY);
	assert_int_equal(tests[1].where.line, 3);
	assert_int_equal(tests[2].expected, VERDICT_AUDIT);
	assert_int_equal(tests[2].question.socket.protocol, 6);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_policy),
		cmocka_unit_test(test_the_policy_section),
		cmocka_unit_test(test_an_empty_section_is_present),
		cmocka_unit_test(test_rules_keep_their_place_and_text),
		cmocka_unit_test(test_addresses_and_ports),
		cmocka_unit_test(test_a_port_that_ran_into_an_address_is_warned_of),
		cmocka_unit_test(test_the_any_address_may_be_bound),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_tests_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
