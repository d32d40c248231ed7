/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a good policy becomes: rules, addresses, ports, settings, through groups and includes.
 * What is refused, and how, is in tests/golden/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>

#include "base/scan.h"
#include "fake_world.h"

#define ACCESS_ALL (ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD)

static int load(const struct fake_file *files, size_t count, struct diag *diag,
                struct policy **ret_policy)
{
	struct fake_world world = { .files = files, .count = count };
	struct surroundings surroundings = fake_surroundings(&world);

	return policy_load(files[0].path, &surroundings, diag, ret_policy);
}

static struct policy *load_files(const struct fake_file *files, size_t count)
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

static struct policy *load_text(const char *text)
{
	const struct fake_file file = { .path = "etc/web.ini", .text = text };

	return load_files(&file, 1);
}

/* Loads files that must be refused, with a finding of this code at this place. */
static void assert_refused(const struct fake_file *files, size_t count, const char *code,
                           uint32_t line, uint32_t column)
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
static void assert_prefixes(const struct policy *policy, const struct rule *rule,
                            const char *expected)
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

static void assert_ports(const struct rule *rule, const char *expected)
{
	char text[256] = "";
	size_t length = 0;

	array_foreach (range, &rule->address.ports)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u-%u",
		                           length ? "," : "", range->first, range->last);
	assert_string_equal(text, expected);
}

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
		{ "2001:db8::1:443", ANY_NUMBER, "2001:db8::1:443/128", "0-65535" },
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

/* ---- groups and lists --------------------------------------------------------------------- */

static void test_groups_are_united_over_files_and_lists(void **state)
{
	const struct fake_file files[] = {
		{ .path = "p/web.ini",
		  .text = "[policy]\ninclude = sub/more.ini\n"
		          "[connect]\nallow = tcp @internal:443\nallow = udp @later:53\n"
		          "[group internal]\naddress = 10.0.0.0/8\nfile = lists/a.txt\n" },
		{ .path = "p/sub/more.ini",
		  .text = "[group internal]\naddress = fd00::/8\nfile = ../lists/b.txt\n"
		          "[group later]\nfile = /abs/c.txt\nfile = ../lists/a.txt\n" },
		{ .path = "p/lists/a.txt",
		  .text = "\xef\xbb\xbf# ours\r\n192.0.2.0/24 # one\r\n\r\n" },
		{ .path = "p/sub/../lists/b.txt", .text = "  ::ffff:198.51.100.7\n" },
		{ .path = "p/sub/../lists/a.txt", .text = "203.0.113.1" },
		{ .path = "/abs/c.txt", .text = "2001:db8::/32\n# end" },
	};
	struct policy *policy = load_files(files, 6);

	(void)state;
	assert_prefixes(policy, &policy->rules.items[0],
	                "10.0.0.0/8 fd00::/8 192.0.2.0/24 198.51.100.7/32");
	assert_prefixes(policy, &policy->rules.items[1], "2001:db8::/32 203.0.113.1/32");
	assert_string_equal(policy->sets.items[policy->rules.items[0].address.set].group,
	                    "internal");
	assert_string_equal(policy->files.items[1], "p/sub/more.ini");
	assert_string_equal(policy->files.items[2], "p/lists/a.txt");
	policy_free(policy);
}

static void test_a_list_is_read_once_for_all_who_name_it(void **state)
{
	const struct fake_file files[] = {
		{ .path = "web.ini",
		  .text = "[group a]\nfile = l.txt\nfile = l.txt\n[group b]\nfile = ./l.txt\n"
		          "[bind]\nallow = @a\nallow = @b:80\n" },
		{ .path = "l.txt", .text = "10.0.0.1\n" },
	};
	struct fake_world world = { .files = files, .count = 2 };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_load("web.ini", &surroundings, &diag, &policy), 0);
	assert_int_equal(world.reads, 2);
	assert_int_equal(policy->files.count, 2);
	assert_prefixes(policy, &policy->rules.items[0], "10.0.0.1/32");
	assert_prefixes(policy, &policy->rules.items[1], "10.0.0.1/32");
	policy_free(policy);
	diag_fini(&diag);
}

static void test_a_list_of_100000(void **state)
{
	size_t size = 100000 * 20;
	char *text = malloc(size);
	const struct fake_file files[] = {
		{ .path = "web.ini", .text = "[group a]\nfile = l.txt\n[connect]\ndeny = @a\n" },
		{ .path = "l.txt", .text = text },
	};
	struct policy *policy;
	size_t length = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < 100000; i++)
		length += (size_t)snprintf(text + length, size - length, "10.%u.%u.%u\n", i >> 16,
		                           i >> 8 & 255, i & 255);
	policy = load_files(files, 2);
	assert_int_equal(policy->sets.items[0].prefixes.count, 100000);
	policy_free(policy);
	free(text);
}

/* ---- includes ----------------------------------------------------------------------------- */

static void test_a_diamond_is_loaded_once(void **state)
{
	const struct fake_file files[] = {
		{ .path = "d/top.ini",
		  .text = "[policy]\ninclude = b/left.ini\n"
		          "include = b/right.ini\ninclude = base.ini\n" },
		{ .path = "d/b/left.ini",
		  .text = "[policy]\ninclude = ../base.ini\n"
		          "[bind]\nallow = tcp any:1\n" },
		{ .path = "d/b/right.ini",
		  .text = "[policy]\ninclude = ./..//base.ini\n"
		          "[bind]\nallow = tcp any:2\n" },
		{ .path = "d/base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "d/b/../base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "d/b/..//base.ini", .text = "[bind]\nallow = tcp any:3\n" },
	};
	struct policy *policy = load_files(files, 6);

	(void)state;
	assert_int_equal(policy->rules.count, 3);
	assert_ports(&policy->rules.items[0], "1-1");
	assert_ports(&policy->rules.items[1], "3-3");
	assert_ports(&policy->rules.items[2], "2-2");
	assert_int_equal(policy->files.count, 4);
	policy_free(policy);
}

/* A `..` behind a symbolic link is another directory: same words, another file. */
static void test_other_bytes_are_another_file(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = base.ini\ninclude = l/../base.ini\n" },
		{ .path = "base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "l/../base.ini", .text = "[bind]\nallow = tcp any:4\n" },
	};
	struct policy *policy = load_files(files, 3);

	(void)state;
	assert_int_equal(policy->rules.count, 2);
	policy_free(policy);
}

static void test_settings_of_includes_count_where_none_are_given(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n"
		          "[connect]\ndefault = deny\n" },
		{ .path = "a.ini",
		  .text = "[policy]\nmode = audit\ndescription = a\nlog = none\n"
		          "unsupported = warn\nlog-rate = 1/h\n"
		          "[connect]\ndefault = allow\nmode = audit\n"
		          "[socket]\nfamilies = inet\n[device]\n" },
		{ .path = "b.ini",
		  .text = "[connect]\ndefault = deny\nmode = audit\n"
		          "[socket]\nfamilies = inet\ndefault = allow\n" },
	};
	struct policy *policy = load_files(files, 3);
	const struct section_settings *sections = policy->sections;

	(void)state;
	assert_int_equal(sections[SECTION_CONNECT].fallback, VERDICT_DENY);
	assert_true(sections[SECTION_CONNECT].audit);
	assert_true(sections[SECTION_SOCKET].families == 1ULL << AF_INET);
	assert_int_equal(sections[SECTION_SOCKET].fallback, VERDICT_ALLOW);
	assert_false(sections[SECTION_SOCKET].audit);
	assert_true(sections[SECTION_DEVICE].present);
	assert_int_equal(sections[SECTION_DEVICE].where.file, 1);
	assert_false(policy->audit);
	assert_false(policy->unsupported_warn);
	assert_null(policy->description);
	assert_int_equal(policy->log, LOG_DENIED);
	assert_int_equal(policy->rate_count, LOG_RATE_DEFAULT);
	policy_free(policy);
}

/* Two includes disagree, and the file that includes their includer settles it. */
static void test_a_dispute_may_be_settled_above(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = mid.ini\n[bind]\ndefault = allow\n" },
		{ .path = "mid.ini", .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n" },
		{ .path = "a.ini", .text = "[bind]\ndefault = allow\n" },
		{ .path = "b.ini", .text = "[bind]\ndefault = deny\n" },
		{ .path = "unsettled.ini", .text = "[policy]\ninclude = mid.ini\n" },
	};
	const struct fake_file unsettled[] = { files[4], files[1], files[2], files[3] };
	const struct fake_file beside[] = {
		{ .path = "t.ini", .text = "[policy]\ninclude = a.ini\ninclude = mid.ini\n" },
		files[1],
		files[2],
		files[3],
	};
	struct policy *policy = load_files(files, 4);

	(void)state;
	assert_int_equal(policy->sections[SECTION_BIND].fallback, VERDICT_ALLOW);
	policy_free(policy);
	assert_refused(unsettled, 4, "includes-disagree", 3, 11);
	assert_refused(beside, 4, "includes-disagree", 3, 11);
}

/* Through a diamond, what the common file says reaches both. */
static void test_settings_through_a_diamond(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini", .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n" },
		{ .path = "a.ini",
		  .text = "[policy]\ninclude = base.ini\n[bind]\ndefault = deny\n" },
		{ .path = "b.ini", .text = "[policy]\ninclude = base.ini\n" },
		{ .path = "base.ini", .text = "[bind]\ndefault = allow\n" },
	};

	(void)state;
	assert_refused(files, 4, "includes-disagree", 3, 11);
}

static void test_files_that_cannot_be_had(void **state)
{
	const struct fake_file trust[] = {
		{ .path = "top.ini", .text = "[policy]\ninclude = a.ini\n" },
		{ .path = "a.ini", .error = -EPERM },
	};
	const struct fake_file changed[] = {
		{ .path = "top.ini", .text = "[group g]\nfile = a.txt\n" },
		{ .path = "a.txt", .error = -EAGAIN },
	};
	const struct fake_file missing[] = { { .path = "top.ini", .error = -ENOENT } };

	(void)state;
	assert_refused(trust, 2, "cannot-read", 2, 11);
	assert_refused(changed, 2, "cannot-read", 2, 8);
	assert_refused(missing, 1, "cannot-read", 0, 0);
}

static void test_too_many_files(void **state)
{
	static char text[8192];
	const struct fake_file files[] = { { .path = "top.ini", .text = text } };
	struct fake_file many[FILES_MAX + 2];
	char names[FILES_MAX + 2][16];
	size_t length = (size_t)snprintf(text, sizeof(text), "[policy]\n");

	(void)state;
	many[0] = files[0];
	for (size_t i = 1; i <= FILES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu.ini", i);
		many[i] = (struct fake_file){ .path = names[i], .text = "[bind]\n" };
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		                           "include = %zu.ini\n", i);
	}
	assert_refused(many, FILES_MAX + 1, "too-many-files", FILES_MAX + 1, 11);
}

/* A load adds to what `diag` already holds, and only its own errors make it fail. */
static void test_older_findings_do_not_count(void **state)
{
	const struct fake_file file = { .path = "a.ini", .text = "[bind]\n" };
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	diag_add(&diag, SEVERITY_ERROR, "older", NULL, NULL, "older");
	assert_int_equal(load(&file, 1, &diag, &policy), 0);
	policy_free(policy);
	diag_fini(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_policy),
		cmocka_unit_test(test_the_policy_section),
		cmocka_unit_test(test_an_empty_section_is_present),
		cmocka_unit_test(test_rules_keep_their_place_and_text),
		cmocka_unit_test(test_addresses_and_ports),
		cmocka_unit_test(test_the_any_address_may_be_bound),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_tests_are_kept),
		cmocka_unit_test(test_groups_are_united_over_files_and_lists),
		cmocka_unit_test(test_a_list_is_read_once_for_all_who_name_it),
		cmocka_unit_test(test_a_list_of_100000),
		cmocka_unit_test(test_a_diamond_is_loaded_once),
		cmocka_unit_test(test_other_bytes_are_another_file),
		cmocka_unit_test(test_settings_of_includes_count_where_none_are_given),
		cmocka_unit_test(test_a_dispute_may_be_settled_above),
		cmocka_unit_test(test_settings_through_a_diamond),
		cmocka_unit_test(test_files_that_cannot_be_had),
		cmocka_unit_test(test_too_many_files),
		cmocka_unit_test(test_older_findings_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
