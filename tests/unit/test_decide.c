/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decision tables: the examples and the sentences of the policy language, one by one. Random
 * policies are test_differential.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "builder.h"
#include "compile/image.h"
#include "random_policy.h"

#define TCP  6
#define UDP  17
#define ANY  ANY_NUMBER
#define CHAR BPF_DEVCG_DEV_CHAR
#define RW   (ACCESS_READ | ACCESS_WRITE)

/* Who is expected to decide: a rule's index, or one of these. */
#define BY_DEFAULT (-1)
#define BY_ABSENCE (-2)
#define OUTSIDE    (-3)

static int decided_by(const struct decision *decision)
{
	switch (decision->reason) {
	case REASON_RULE:
		return (int)decision->rule;
	case REASON_DEFAULT:
		return BY_DEFAULT;
	case REASON_ABSENT:
		return BY_ABSENCE;
	case REASON_OUTSIDE:
		return OUTSIDE;
	case REASON_BROKEN:
		break;
	}
	return -4;
}

struct expectation {
	struct question question;
	enum verdict verdict;
	int by;
};

/* Compiles and frees the policy. */
static void expect_all(struct policy *policy, const struct expectation *expected, size_t count)
{
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	assert_int_equal(image_compile(policy, &diag, &image), 0);
	for (size_t i = 0; i < count; i++) {
		struct decision decision = image_decide(image, &expected[i].question);

		if (decision.verdict != expected[i].verdict ||
		    decided_by(&decision) != expected[i].by)
			fail_msg("question %zu: %s by %d", i, verdict_name(decision.verdict),
			         decided_by(&decision));
	}
	image_free(image);
	diag_fini(&diag);
	policy_free(policy);
}

#define EXPECT_ALL(policy, expected) \
	expect_all(policy, expected, sizeof(expected) / sizeof(*(expected)))

static struct question connect_to(uint32_t protocol, const char *address, uint16_t port)
{
	return ask_address(SECTION_CONNECT, protocol, address, port);
}

static struct question bind_to(uint32_t protocol, const char *address, uint16_t port)
{
	return ask_address(SECTION_BIND, protocol, address, port);
}

static void longer_prefix_then_protocol_then_fewer_ports(void **state)
{
	struct policy *policy = build_policy();
	uint32_t any = build_set(policy, "any"), ten = build_set(policy, "10.0.0.0/8 fd00::/8");
	uint32_t sixteen = build_set(policy, "10.66.0.0/16 fd00:66::/32");
	struct rule *rule;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	rule = build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, ten, 443, 443); /* 0 */
	build_ports(rule, 8443, 8443);
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, TCP, sixteen, 0, 65535); /* 1 */
	build_address(policy, SECTION_CONNECT, VERDICT_AUDIT, ANY, any, 53, 53);      /* 2 */
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, UDP, any, 0, 65535);    /* 3 */
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, ANY, any, 50, 60);       /* 4 */

	struct expectation expected[] = {
		{ connect_to(TCP, "10.1.2.3", 443), VERDICT_ALLOW, 0 },
		{ connect_to(TCP, "10.1.2.3", 8443), VERDICT_ALLOW, 0 },
		{ connect_to(TCP, "10.1.2.3", 444), VERDICT_DENY, BY_DEFAULT },
		{ connect_to(TCP, "10.66.0.0", 443), VERDICT_DENY, 1 },
		{ connect_to(TCP, "10.66.255.255", 443), VERDICT_DENY, 1 },
		{ connect_to(TCP, "10.67.0.0", 443), VERDICT_ALLOW, 0 },
		{ connect_to(TCP, "fdff::1", 443), VERDICT_ALLOW, 0 },
		{ connect_to(TCP, "fd00:66::1", 443), VERDICT_DENY, 1 },
		{ connect_to(TCP, "fe00::1", 443), VERDICT_DENY, BY_DEFAULT },
		/* a named protocol outranks fewer ports */
		{ connect_to(UDP, "192.0.2.1", 53), VERDICT_ALLOW, 3 },
		{ connect_to(TCP, "192.0.2.1", 53), VERDICT_AUDIT, 2 },
		{ connect_to(TCP, "192.0.2.1", 54), VERDICT_DENY, 4 },
		/* neither TCP nor UDP: matched by `any` alone */
		{ connect_to(132, "192.0.2.1", 53), VERDICT_AUDIT, 2 },
		{ connect_to(1, "192.0.2.1", 1), VERDICT_DENY, BY_DEFAULT },
	};
	EXPECT_ALL(policy, expected);
}

static void equally_narrow_deny_beats_audit_beats_allow(void **state)
{
	struct policy *policy = build_policy();
	uint32_t one = build_set(policy, "192.0.2.1"), two = build_set(policy, "192.0.2.1 ::1");
	uint32_t three = build_set(policy, "192.0.2.1");

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_ALLOW);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, one, 1, 100);   /* 0 */
	build_address(policy, SECTION_CONNECT, VERDICT_AUDIT, TCP, two, 51, 150);  /* 1 */
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, TCP, three, 91, 190); /* 2 */
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, TCP, one, 91, 190);   /* 3: the same */

	struct expectation expected[] = {
		{ connect_to(TCP, "192.0.2.1", 50), VERDICT_ALLOW, 0 },
		{ connect_to(TCP, "192.0.2.1", 51), VERDICT_AUDIT, 1 },
		{ connect_to(TCP, "192.0.2.1", 91), VERDICT_DENY, 2 },
		{ connect_to(TCP, "192.0.2.1", 190), VERDICT_DENY, 2 },
		{ connect_to(TCP, "192.0.2.1", 191), VERDICT_ALLOW, BY_DEFAULT },
		{ connect_to(TCP, "::1", 51), VERDICT_AUDIT, 1 },
		{ connect_to(TCP, "::1", 50), VERDICT_ALLOW, BY_DEFAULT },
	};
	EXPECT_ALL(policy, expected);
}

static void mapped_is_ipv4_and_the_any_address_is_loopback(void **state)
{
	struct policy *policy = build_policy();
	uint32_t loopback = build_set(policy, "127.0.0.0/8 ::1"), six = build_set(policy, "::/0");
	uint32_t nowhere = build_set(policy, "0.0.0.0 ::"), any = build_set(policy, "any");

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_BIND, VERDICT_DENY);
	build_address(policy, SECTION_CONNECT, VERDICT_AUDIT, TCP, loopback, 80, 80); /* 0 */
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, six, 443, 443);    /* 1 */
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, nowhere, 80, 80);  /* 2: never */
	build_address(policy, SECTION_BIND, VERDICT_AUDIT, TCP, loopback, 80, 80);    /* 3 */
	build_address(policy, SECTION_BIND, VERDICT_ALLOW, TCP, any, 80, 80);         /* 4 */
	build_address(policy, SECTION_BIND, VERDICT_DENY, TCP, nowhere, 81, 81);      /* 5 */

	struct expectation expected[] = {
		{ connect_to(TCP, "::ffff:127.0.0.1", 80), VERDICT_AUDIT, 0 },
		{ connect_to(TCP, "0.0.0.0", 80), VERDICT_AUDIT, 0 },
		{ connect_to(TCP, "::", 80), VERDICT_AUDIT, 0 },
		{ connect_to(TCP, "::ffff:0.0.0.0", 80), VERDICT_AUDIT, 0 },
		{ connect_to(TCP, "::ffff:192.0.2.1", 443), VERDICT_DENY, BY_DEFAULT },
		{ connect_to(TCP, "::fffe:192.0.2.1", 443), VERDICT_ALLOW, 1 },
		{ bind_to(TCP, "0.0.0.0", 80), VERDICT_ALLOW, 4 },
		{ bind_to(TCP, "::", 80), VERDICT_ALLOW, 4 },
		{ bind_to(TCP, "::ffff:127.0.0.1", 80), VERDICT_AUDIT, 3 },
		{ bind_to(TCP, "::", 81), VERDICT_DENY, 5 },
		{ bind_to(TCP, "::ffff:0.0.0.0", 81), VERDICT_DENY, 5 },
		{ bind_to(TCP, "::1", 81), VERDICT_DENY, BY_DEFAULT },
	};
	EXPECT_ALL(policy, expected);
}

static void device_type_then_major_then_minor(void **state)
{
	struct policy *policy = build_policy();

	(void)state;
	build_section(policy, SECTION_DEVICE, VERDICT_DENY);
	build_device(policy, VERDICT_ALLOW, CHAR, 1, 3, RW);                           /* 0 */
	build_device(policy, VERDICT_DENY, CHAR, 1, ANY, ACCESS_WRITE);                /* 1 */
	build_device(policy, VERDICT_AUDIT, ANY, 1, 5, RW | ACCESS_MKNOD);             /* 2 */
	build_device(policy, VERDICT_ALLOW, CHAR, ANY, ANY, ACCESS_READ);              /* 3 */
	build_device(policy, VERDICT_ALLOW, BPF_DEVCG_DEV_BLOCK, ANY, 7, ACCESS_READ); /* 4 */
	build_device(policy, VERDICT_DENY, BPF_DEVCG_DEV_BLOCK, 8, ANY, ACCESS_READ);  /* 5 */

	struct expectation expected[] = {
		{ ask_device(CHAR, 1, 3, ACCESS_READ), VERDICT_ALLOW, 0 },
		{ ask_device(CHAR, 1, 3, RW), VERDICT_ALLOW, 0 },
		{ ask_device(CHAR, 1, 3, RW | ACCESS_MKNOD), VERDICT_DENY, BY_DEFAULT },
		{ ask_device(CHAR, 1, 4, ACCESS_WRITE), VERDICT_DENY, 1 },
		{ ask_device(CHAR, 1, 4, RW), VERDICT_DENY, 1 },
		{ ask_device(CHAR, 1, 4, ACCESS_READ), VERDICT_ALLOW, 3 },
		/* an exact type outranks everything after it */
		{ ask_device(CHAR, 1, 5, ACCESS_READ), VERDICT_ALLOW, 3 },
		{ ask_device(CHAR, 1, 5, ACCESS_MKNOD), VERDICT_AUDIT, 2 },
		{ ask_device(CHAR, 1, 5, ACCESS_MKNOD | ACCESS_READ), VERDICT_AUDIT, 2 },
		{ ask_device(BPF_DEVCG_DEV_BLOCK, 1, 5, RW), VERDICT_AUDIT, 2 },
		{ ask_device(BPF_DEVCG_DEV_BLOCK, 8, 7, ACCESS_READ), VERDICT_DENY, 5 },
		{ ask_device(BPF_DEVCG_DEV_BLOCK, 9, 7, ACCESS_READ), VERDICT_ALLOW, 4 },
	};
	EXPECT_ALL(policy, expected);
}

static void socket_family_then_type_then_protocol(void **state)
{
	struct policy *policy = build_policy();

	(void)state;
	build_section(policy, SECTION_SOCKET, VERDICT_DENY);
	policy->sections[SECTION_SOCKET].families = 1ULL << 2 | 1ULL << 10;
	build_socket(policy, VERDICT_ALLOW, 2, 1, TCP);    /* 0 */
	build_socket(policy, VERDICT_AUDIT, 10, ANY, ANY); /* 1 */
	build_socket(policy, VERDICT_ALLOW, ANY, 1, TCP);  /* 2 */
	build_socket(policy, VERDICT_DENY, ANY, 3, ANY);   /* 3 */
	build_socket(policy, VERDICT_ALLOW, ANY, ANY, 58); /* 4 */

	struct expectation expected[] = {
		{ ask_socket(2, 1, TCP), VERDICT_ALLOW, 0 },
		{ ask_socket(2, 1, 132), VERDICT_DENY, BY_DEFAULT },
		{ ask_socket(10, 1, TCP), VERDICT_AUDIT, 1 },
		{ ask_socket(10, 3, 255), VERDICT_AUDIT, 1 },
		{ ask_socket(2, 3, 58), VERDICT_DENY, 3 },
		{ ask_socket(2, 2, 58), VERDICT_ALLOW, 4 },
		{ ask_socket(1, 3, 0), VERDICT_ALLOW, OUTSIDE },
		{ ask_socket(17, 3, 0), VERDICT_ALLOW, OUTSIDE },
		{ ask_socket(63, 1, 0), VERDICT_ALLOW, OUTSIDE },
		{ ask_socket(64, 1, 0), VERDICT_ALLOW, OUTSIDE },
		{ ask_socket(UINT32_MAX, 1, 0), VERDICT_ALLOW, OUTSIDE },
	};
	EXPECT_ALL(policy, expected);
}

static void absent_sections_police_nothing_and_empty_ones_everything(void **state)
{
	struct policy *policy = build_policy();

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_SOCKET, VERDICT_ALLOW);

	struct expectation expected[] = {
		{ connect_to(TCP, "192.0.2.1", 80), VERDICT_DENY, BY_DEFAULT },
		{ connect_to(TCP, "2001:db8::1", 80), VERDICT_DENY, BY_DEFAULT },
		{ bind_to(TCP, "192.0.2.1", 80), VERDICT_ALLOW, BY_ABSENCE },
		{ bind_to(TCP, "::1", 80), VERDICT_ALLOW, BY_ABSENCE },
		{ ask_device(CHAR, 1, 3, RW), VERDICT_ALLOW, BY_ABSENCE },
		{ ask_socket(2, 3, 1), VERDICT_ALLOW, BY_DEFAULT },
	};
	EXPECT_ALL(policy, expected);
}

static void mode_audit_does_not_change_a_decision(void **state)
{
	struct policy *policy = build_policy();

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	policy->audit = policy->sections[SECTION_CONNECT].audit = true;

	struct expectation expected[] = {
		{ connect_to(TCP, "192.0.2.1", 80), VERDICT_DENY, BY_DEFAULT },
	};
	EXPECT_ALL(policy, expected);
}

/* Whatever stands in an image, an answer is given, and none is taken from beyond it. */
static void a_broken_image_is_survived(void **state)
{
	struct random random = { .state = 7 };
	struct policy *policy = random_policy(&random, 60);
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	(void)state;
	assert_int_equal(image_compile(policy, &diag, &image), 0);
	for (unsigned i = 0; i < 50000; i++) {
		uint32_t words = image_header(image)->words;
		struct question question = random_question(&random, policy);
		struct decision decision;
		uint32_t *word =
		        &image->words[random_below(&random, words ? words % 16384 + 1 : 1)];

		if (word < image->words + (size_t)image->blocks * IMAGE_BLOCK_WORDS)
			*word ^= 1U << random_below(&random, 32);
		decision = image_decide(image, &question);
		assert_in_range(decision.verdict, VERDICT_ALLOW, VERDICT_DENY);
		if (decision.reason == REASON_BROKEN)
			assert_int_equal(decision.verdict, VERDICT_DENY);
	}
	image_free(image);
	diag_fini(&diag);
	policy_free(policy);
}

static void an_empty_image_denies(void **state)
{
	uint32_t words[IMAGE_BLOCK_WORDS] = { 0 };
	struct image image = { .words = words, .blocks = 1 };
	struct question question = connect_to(TCP, "192.0.2.1", 80);
	struct decision decision = image_decide(&image, &question);

	(void)state;
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.reason, REASON_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longer_prefix_then_protocol_then_fewer_ports),
		cmocka_unit_test(equally_narrow_deny_beats_audit_beats_allow),
		cmocka_unit_test(mapped_is_ipv4_and_the_any_address_is_loopback),
		cmocka_unit_test(device_type_then_major_then_minor),
		cmocka_unit_test(socket_family_then_type_then_protocol),
		cmocka_unit_test(absent_sections_police_nothing_and_empty_ones_everything),
		cmocka_unit_test(mode_audit_does_not_change_a_decision),
		cmocka_unit_test(a_broken_image_is_survived),
		cmocka_unit_test(an_empty_image_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
