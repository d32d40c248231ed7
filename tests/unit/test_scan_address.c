/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and networks, also held against inet_pton() on a few hundred thousand mutated texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "scan_check.h"

static void test_networks(void **state)
{
	static const struct {
		const char *text, *network;
		int at;
		uint8_t length;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0", -1, 8 },
		{ "10.1.2.3", "10.1.2.3", -1, 32 },
		{ "0.0.0.0/0", "0.0.0.0", -1, 0 },
		{ "128.0.0.0/1", "128.0.0.0", -1, 1 },
		{ "255.255.255.254/31", "255.255.255.254", -1, 31 },
		{ "::/0", "::", -1, 0 },
		{ "2001:db8::/32", "2001:db8::", -1, 32 },
		{ "2001:db8:8000::/33", "2001:db8:8000::", -1, 33 },
		{ "::1", "::1", -1, 128 },
		{ "::ffff:10.0.0.0/104", "10.0.0.0", -1, 8 },
		{ "::ffff:0:0/96", "0.0.0.0", -1, 0 },
		{ "::ffff:10.1.2.3", "10.1.2.3", -1, 32 },
		{ "::FFFF:a01:203", "10.1.2.3", -1, 32 },
		{ "10.0.0.1/8", NULL, 0, 0 },
		{ "10.0.0.0/33", NULL, 9, 0 },
		{ "10.0.0.0/", NULL, 9, 0 },
		{ "10.0.0.0/8/8", NULL, 9, 0 },
		{ "10.0.0.0/08", NULL, 9, 0 },
		{ "2001:db8::1/64", NULL, 0, 0 },
		{ "::ffff:10.0.0.1/104", NULL, 0, 0 },
		{ "::ffff:0:0/95", NULL, 0, 0 },
		{ "::/129", NULL, 3, 0 },
		{ "", NULL, 0, 0 },
		{ "/8", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		char buffer[ADDRESS_TEXT_MAX];
		struct complaint complaint;
		struct address address;
		uint8_t length = 0;
		int error = scan_cidr(text, &address, &length, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
		if (error)
			continue;
		assert_string_equal(address_text(&address, buffer), cases[i].network);
		assert_int_equal(length, cases[i].length);
	}
}

static void test_host_bits_name_the_network(void **state)
{
	struct complaint complaint;
	struct address address;
	uint8_t length;

	(void)state;
	assert_int_equal(scan_cidr(span_of("10.1.2.3/12"), &address, &length, &complaint), -EINVAL);
	assert_non_null(strstr(complaint.hint, "10.0.0.0/12"));
	assert_int_equal(scan_cidr(span_of("2001:db8::1/32"), &address, &length, &complaint),
	                 -EINVAL);
	assert_non_null(strstr(complaint.hint, "2001:db8::/32"));
}

/* xorshift64: the same texts on every run. */
static uint64_t random_state = 88172645463325252U;
static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state % bound);
}

static void assert_as_inet_pton(const char *text)
{
	struct span span = exact_span(text);
	bool colon = strchr(text, ':') != NULL;
	uint32_t wanted[4] = { 0 };
	struct complaint complaint;
	struct address address;
	int accepted =
	        colon ? inet_pton(AF_INET6, text, wanted) : inet_pton(AF_INET, text, &wanted[3]);
	int error = scan_address(span, &address, &complaint);

	if ((accepted == 1) != (error == 0))
		fail_msg("%s: inet_pton says %d, scan_address %d", text, accepted, error);
	if (error)
		return;
	assert_int_equal(address.is_ipv6, colon);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(address.words[i], ntohl(wanted[i]));
}

static void test_addresses_as_inet_pton_reads_them(void **state)
{
	static const char *const seeds[] = {
		"10.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"1::",
		"2001:db8::1",
		"1:2:3:4:5:6:7:8",
		"::ffff:192.0.2.1",
		"1:2:3:4:5:6:192.0.2.1",
		"64:ff9b::192.0.2.33",
		"1::2:3",
		"fe80::a:b:c:d",
		"1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8",
	};
	static const char alphabet[] = "0123456789abcdfF:::...g%/";

	(void)state;
	for (size_t round = 0; round < 300000; round++) {
		char text[64];
		size_t length;

		strcpy(text, seeds[random_below(sizeof(seeds) / sizeof(seeds[0]))]);
		for (uint32_t changes = random_below(4); changes; changes--) {
			size_t at = random_below((uint32_t)(length = strlen(text)) + 1);
			char letter = alphabet[random_below(sizeof(alphabet) - 1)];

			if (random_below(3) == 0 && at < length) {
				memmove(text + at, text + at + 1, length - at);
			} else if (random_below(2) && at < length) {
				text[at] = letter;
			} else if (length + 2 < sizeof(text)) {
				memmove(text + at + 1, text + at, length - at + 1);
				text[at] = letter;
			}
		}
		if (*text)
			assert_as_inet_pton(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_host_bits_name_the_network),
		cmocka_unit_test(test_addresses_as_inet_pton_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
