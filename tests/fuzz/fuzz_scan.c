/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scanners; the first byte chooses which. What they accept is in range and is read again as the
 * same from what is written of it; what they refuse has a reason and a place.
 */
#include <string.h>

#include "base/scan.h"
#include "fuzz.h"
#include "output/log_filter.h"

static bool is_mapped(const struct address *address)
{
	return address->is_ipv6 && !address->words[0] && !address->words[1] &&
	       address->words[2] == 0xffff;
}

static int check_address(struct span text, struct complaint *complaint)
{
	struct address address = { 0 }, again = { 0 };
	char written[ADDRESS_TEXT_MAX];
	int error = scan_address(text, &address, complaint);

	if (error)
		return error;
	must(!scan_address(span_of(address_text(&address, written)), &again, complaint));
	must(!memcmp(&address, &again, sizeof(address)));
	return 0;
}

static int check_cidr(struct span text, struct complaint *complaint)
{
	struct address address = { 0 };
	uint8_t length = 0;
	int error = scan_cidr(text, &address, &length, complaint);

	if (error)
		return error;
	must(length <= (address.is_ipv6 ? 128 : 32) && !is_mapped(&address));
	for (unsigned bit = length + (address.is_ipv6 ? 0 : 96); bit < 128; bit++)
		must(!(address.words[bit / 32] >> (31 - bit % 32) & 1));
	return 0;
}

static int check_port(struct span text, struct complaint *complaint)
{
	uint16_t first = 1, last = 0, port;
	int error = scan_port_range(text, &first, &last, complaint);

	must(error || first <= last);
	if (!scan_port(text, &port, complaint))
		must(!error && first == port && last == port);
	return error;
}

static int check_device(struct span text, struct complaint *complaint)
{
	uint32_t major = 0, minor = 0, access = 0;

	if (!scan_access(text, &access, complaint)) {
		must(access > 0 && access < 8);
		return 0;
	}
	must(!access);
	if (scan_device_numbers(text, ANY_NUMBER, &major, &minor, complaint))
		return -EINVAL;
	must(major <= DEVICE_MAJOR_MAX || major == ANY_NUMBER);
	must(minor <= DEVICE_MINOR_MAX || minor == ANY_NUMBER);
	return 0;
}

static int check_rate(struct span text, struct complaint *complaint)
{
	uint32_t count = 0, period_s = 1, seconds = 0;
	int error = scan_rate(text, &count, &period_s, complaint);

	must(count <= RATE_COUNT_MAX && period_s);
	must(error || count || span_is(text, "unlimited"));
	if (error)
		error = scan_duration(text, &seconds, complaint);
	must(seconds <= DURATION_SECONDS_MAX);
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int (*const checks[])(struct span text, struct complaint * complaint) = {
		check_address, check_cidr, check_port, check_device, check_rate,
	};
	const size_t count = sizeof(checks) / sizeof(checks[0]);
	CLEANUP_FREE char *copy = fuzz_string(bytes + !!size, size ? size - 1 : 0);
	struct span text = span_of(copy);
	struct complaint complaint = { 0 };
	uint64_t ns = 0;

	if (!size)
		return 0;
	if (checks[bytes[0] % count](text, &complaint)) {
		must(complaint.code && complaint.message[0]);
		must(complaint.at >= text.start && complaint.at <= text.start + text.length);
	}
	log_time_parse(copy, UINT64_C(1795453080000000000), &ns);
	return 0;
}
