/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "output/explain.h"
#include "output/plain_words.h"
#include "output/rule_order.h"

static char file_name[] = "web.ini";
static char *files[] = { file_name };

/* A policy whose parts live in the test: nothing of it is freed. */
struct fixture {
	struct policy policy;
	struct rule rules[4];
	struct prefix_set sets[4];
	struct prefix prefixes[4][6];
	struct port_range ports[4][3];
	struct device_pattern patterns[4][6];
	uint32_t image_words[IMAGE_BLOCK_WORDS];
	struct image image;
};

static void fixture_init(struct fixture *fixture, size_t rules)
{
	static char name[] = "web", path[] = "web.ini";

	memset(fixture, 0, sizeof(*fixture));
	fixture->policy.name = name;
	fixture->policy.path = path;
	fixture->policy.log = LOG_DENIED;
	fixture->policy.rate_count = 100;
	fixture->policy.rate_period_s = 1;
	fixture->policy.files.items = files;
	fixture->policy.files.count = 1;
	fixture->policy.rules.items = fixture->rules;
	fixture->policy.rules.count = rules;
	fixture->policy.sets.items = fixture->sets;
	fixture->policy.sets.count = 4;
	fixture->image.words = fixture->image_words;
	fixture->image.blocks = 1;
	for (size_t i = 0; i < 4; i++) {
		fixture->rules[i].where.line = (uint32_t)i + 10;
		fixture->rules[i].verb = VERDICT_ALLOW;
		fixture->sets[i].prefixes.items = fixture->prefixes[i];
	}
}

static struct prefix ipv4(uint32_t address, uint8_t length)
{
	return (struct prefix){ .address = { .words = { 0, 0, 0, address } }, .length = length };
}

static struct prefix ipv6(uint32_t high, uint32_t low, uint8_t length)
{
	return (struct prefix){ .address = { .words = { high, 0, 0, low }, .is_ipv6 = 1 },
		                .length = length };
}

/* Rule i of [connect] or [bind] to `prefix`, a range of ports. */
static struct rule *address_rule(struct fixture *fixture, size_t i, enum section section,
                                 uint32_t protocol, struct prefix prefix, uint16_t first,
                                 uint16_t last)
{
	struct rule *rule = &fixture->rules[i];

	rule->section = section;
	rule->address.protocol = protocol;
	rule->address.set = (uint32_t)i;
	rule->address.ports.items = fixture->ports[i];
	rule->address.ports.count = 1;
	fixture->ports[i][0] = (struct port_range){ first, last };
	fixture->prefixes[i][0] = prefix;
	fixture->sets[i].prefixes.count = 1;
	return rule;
}

static struct rule *device_rule(struct fixture *fixture, size_t i, struct device_pattern pattern,
                                uint32_t access)
{
	struct rule *rule = &fixture->rules[i];

	rule->section = SECTION_DEVICE;
	rule->device.access = access;
	rule->device.patterns.items = fixture->patterns[i];
	rule->device.patterns.count = 1;
	fixture->patterns[i][0] = pattern;
	return rule;
}

static void assert_object(const struct fixture *fixture, const struct rule *rule,
                          const char *expected)
{
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	plain_object(out, &fixture->policy, rule);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void test_addresses_in_words(void **state)
{
	static char group[] = "internal";
	struct fixture fixture;
	struct rule *rule;

	(void)state;
	fixture_init(&fixture, 1);
	rule = address_rule(&fixture, 0, SECTION_CONNECT, 6, ipv4(0x0a420000, 16), 0, 65535);
	assert_object(&fixture, rule, "TCP to 10.66.0.0/16, any port");
	rule = address_rule(&fixture, 0, SECTION_CONNECT, 17, ipv4(0x7f000035, 32), 53, 53);
	assert_object(&fixture, rule, "UDP to 127.0.0.53, port 53");
	fixture.ports[0][1] = (struct port_range){ 80, 80 };
	fixture.ports[0][2] = (struct port_range){ 8000, 8100 };
	rule->address.ports.count = 3;
	assert_object(&fixture, rule, "UDP to 127.0.0.53, ports 53, 80 and 8000-8100");
	rule = address_rule(&fixture, 0, SECTION_BIND, ANY_NUMBER, ipv6(0x20010db8, 0, 32), 0, 0);
	assert_object(&fixture, rule,
	              "any protocol on 2001:db8::/32, port 0 (the kernel chooses one)");
	rule = address_rule(&fixture, 0, SECTION_BIND, 6, ipv4(0, 0), 8080, 8080);
	assert_object(&fixture, rule, "TCP on 0.0.0.0/0, port 8080");
	fixture.prefixes[0][1] = ipv6(0, 0, 0);
	fixture.sets[0].prefixes.count = 2;
	assert_object(&fixture, rule, "TCP on any address, port 8080");
	fixture.sets[0].group = group;
	assert_object(&fixture, rule, "TCP on @internal (0.0.0.0/0 and ::/0), port 8080");
	fixture.sets[0].prefixes.count = 5;
	assert_object(&fixture, rule, "TCP on @internal (5 networks), port 8080");
	fixture.sets[0].group = NULL;
	for (size_t i = 0; i < 6; i++)
		fixture.prefixes[0][i].length = 8;
	fixture.sets[0].prefixes.count = 6;
	assert_object(&fixture, rule, "TCP on 6 networks, port 8080");
}

static void test_a_large_group_is_a_number(void **state)
{
	static char group[] = "partners";
	struct prefix *many = calloc(100000, sizeof(*many));
	struct fixture fixture;
	struct rule *rule;

	(void)state;
	assert_non_null(many);
	fixture_init(&fixture, 1);
	rule = address_rule(&fixture, 0, SECTION_CONNECT, 6, ipv4(0, 8), 443, 443);
	fixture.sets[0].group = group;
	fixture.sets[0].prefixes.items = many;
	fixture.sets[0].prefixes.count = 100000;
	assert_object(&fixture, rule, "TCP to @partners (100,000 networks), port 443");
	free(many);
}

static void test_devices_in_words(void **state)
{
	struct fixture fixture;
	struct rule *rule;

	(void)state;
	fixture_init(&fixture, 1);
	rule = device_rule(&fixture, 0, (struct device_pattern){ 2, 1, 3 },
	                   ACCESS_READ | ACCESS_WRITE);
	assert_object(&fixture, rule, "read and write of character device 1:3");
	rule = device_rule(&fixture, 0, (struct device_pattern){ 1, 8, ANY_NUMBER },
	                   ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD);
	assert_object(&fixture, rule, "read, write and mknod of block devices 8:*");
	fixture.patterns[0][1] = (struct device_pattern){ ANY_NUMBER, ANY_NUMBER, ANY_NUMBER };
	rule->device.patterns.count = 2;
	rule->device.access = ACCESS_MKNOD;
	assert_object(&fixture, rule, "mknod of block devices 8:* and any device");
	rule->device.patterns.count = 5;
	assert_object(&fixture, rule, "mknod of 5 kinds of devices");
}

static void test_sockets_in_words(void **state)
{
	static char text[] = "deny = inet raw\x1b";
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 1);
	fixture.rules[0].section = SECTION_SOCKET;
	fixture.rules[0].text = text;
	assert_object(&fixture, &fixture.rules[0], "inet raw\\x1b sockets");
}

static void assert_order(const struct fixture *fixture, enum section section, size_t count,
                         const size_t *expected)
{
	CLEANUP_FREE const struct rule **rules = NULL;
	size_t got = 0;

	assert_int_equal(rule_order(&fixture->policy, section, &rules, &got), 0);
	assert_int_equal(got, count);
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(rules[i], &fixture->rules[expected[i]]);
}

static void test_longer_prefix_then_protocol_then_ports(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 4);
	address_rule(&fixture, 0, SECTION_CONNECT, ANY_NUMBER, ipv4(0x0a000000, 8), 443, 443);
	address_rule(&fixture, 1, SECTION_CONNECT, 6, ipv4(0x0a000000, 8), 0, 65535);
	address_rule(&fixture, 2, SECTION_CONNECT, 6, ipv4(0x0a000000, 8), 1, 1024);
	address_rule(&fixture, 3, SECTION_CONNECT, ANY_NUMBER, ipv4(0x0a010000, 16), 0, 65535);
	assert_order(&fixture, SECTION_CONNECT, 4, (const size_t[]){ 3, 2, 1, 0 });
	assert_order(&fixture, SECTION_BIND, 0, NULL);
}

static void test_equally_narrow_by_strictness_then_place(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 4);
	for (size_t i = 0; i < 4; i++)
		address_rule(&fixture, i, SECTION_BIND, 6, ipv4(0x0a000000, 8), 80, 80);
	fixture.rules[1].verb = VERDICT_AUDIT;
	fixture.rules[3].verb = VERDICT_DENY;
	assert_order(&fixture, SECTION_BIND, 4, (const size_t[]){ 3, 1, 0, 2 });
}

static void test_devices_by_type_major_minor(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 4);
	device_rule(&fixture, 0, (struct device_pattern){ ANY_NUMBER, ANY_NUMBER, ANY_NUMBER }, 7);
	device_rule(&fixture, 1, (struct device_pattern){ 2, ANY_NUMBER, 3 }, 7);
	device_rule(&fixture, 2, (struct device_pattern){ 2, 1, ANY_NUMBER }, 7);
	device_rule(&fixture, 3, (struct device_pattern){ ANY_NUMBER, 1, 3 }, 7);
	assert_order(&fixture, SECTION_DEVICE, 4, (const size_t[]){ 2, 1, 3, 0 });
}

static void connect_policy(struct fixture *fixture)
{
	static char text[] = "deny = tcp 10.66.0.0/16";
	struct image_header *header = (struct image_header *)(void *)fixture->image_words;

	fixture_init(fixture, 1);
	address_rule(fixture, 0, SECTION_CONNECT, 6, ipv4(0x0a420000, 16), 0, 65535)->verb =
	        VERDICT_DENY;
	fixture->rules[0].text = text;
	fixture->policy.sections[SECTION_CONNECT].present = true;
	fixture->policy.sections[SECTION_CONNECT].fallback = VERDICT_ALLOW;
	header->hooks = 1U << HOOK_CONNECT4 | 1U << HOOK_CONNECT6;
}

static void assert_explained(bool colour, const char *expected)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct fixture fixture;
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	connect_policy(&fixture);
	assert_int_equal(explain_write(out, &fixture.policy, &fixture.image, &diag, colour), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void test_explained_to_people(void **state)
{
	(void)state;
	assert_explained(
	        false,
	        "policy web\n"
	        "mode enforce; denials are recorded, at most 100 a second for each cgroup and "
	        "hook\n"
	        "\n[connect]\n"
	        "  enforced by connect4, connect6\n"
	        "  not attached: sendmsg4, sendmsg6 (nothing seen there is ever refused or "
	        "recorded)\n"
	        "  refuse TCP to 10.66.0.0/16, any port (web.ini:10)\n"
	        "  allow everything else (default = allow)\n"
	        "\nnot policed, and nothing attached for it: [device] [socket] [bind] "
	        "[file] [exec] [unix] [capability] [operation]\n");
}

static void test_explained_on_a_terminal(void **state)
{
	(void)state;
	assert_explained(
	        true,
	        "policy web\n"
	        "mode enforce; denials are recorded, at most 100 a second for each cgroup and "
	        "hook\n"
	        "\n\033[1m[connect]\033[0m\n"
	        "  enforced by connect4, connect6\n"
	        "  not attached: sendmsg4, sendmsg6 (nothing seen there is ever refused or "
	        "recorded)\n"
	        "  \033[1;31mrefuse\033[0m TCP to 10.66.0.0/16, any port (web.ini:10)\n"
	        "  \033[32mallow\033[0m everything else (default = allow)\n"
	        "\nnot policed, and nothing attached for it: [device] [socket] [bind] "
	        "[file] [exec] [unix] [capability] [operation]\n");
}

static void test_explained_to_scripts(void **state)
{
	struct fixture fixture;
	char *got = NULL;
	size_t size = 0;
	struct json_writer writer = { .out = open_memstream(&got, &size) };

	(void)state;
	assert_non_null(writer.out);
	connect_policy(&fixture);
	json_write_begin(&writer, NULL, '{');
	assert_int_equal(explain_write_json(&writer, &fixture.policy, &fixture.image), 0);
	json_write_end(&writer);
	assert_int_equal(fclose(writer.out), 0);
	assert_string_equal(
	        got,
	        "{\"policy\":\"web\",\"path\":\"web.ini\",\"description\":null,\"mode\":\"enforce\","
	        "\"log\":\"denied\",\"log_rate_count\":100,\"log_rate_seconds\":1,\"sections\":["
	        "{\"section\":\"device\",\"present\":false},"
	        "{\"section\":\"socket\",\"present\":false},"
	        "{\"section\":\"connect\",\"present\":true,\"default\":\"allow\",\"mode\":\"enforce\","
	        "\"hooks\":[\"connect4\",\"connect6\"],"
	        "\"hooks_not_needed\":[\"sendmsg4\",\"sendmsg6\"],\"lsm_hooks\":[],\"rules\":["
	        "{\"verdict\":\"deny\",\"object\":\"TCP to 10.66.0.0/16, any port\","
	        "\"file\":\"web.ini\",\"line\":10,\"text\":\"deny = tcp 10.66.0.0/16\"}]},"
	        "{\"section\":\"bind\",\"present\":false},"
	        "{\"section\":\"file\",\"present\":false},"
	        "{\"section\":\"exec\",\"present\":false},"
	        "{\"section\":\"unix\",\"present\":false},"
	        "{\"section\":\"capability\",\"present\":false},"
	        "{\"section\":\"operation\",\"present\":false}],\"groups\":[]}\n");
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_in_words),
		cmocka_unit_test(test_a_large_group_is_a_number),
		cmocka_unit_test(test_devices_in_words),
		cmocka_unit_test(test_sockets_in_words),
		cmocka_unit_test(test_longer_prefix_then_protocol_then_ports),
		cmocka_unit_test(test_equally_narrow_by_strictness_then_place),
		cmocka_unit_test(test_devices_by_type_major_minor),
		cmocka_unit_test(test_explained_to_people),
		cmocka_unit_test(test_explained_on_a_terminal),
		cmocka_unit_test(test_explained_to_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
