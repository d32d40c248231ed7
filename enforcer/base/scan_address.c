/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 addresses and networks. Written out, because inet_aton() takes 010.1 for 8.0.0.1
 * and inet_pton() cannot say what is wrong; and because a list of 100,000 is read in one go.
 *
 * The hard idea: a network is given by one spelling of its numbers only. Host bits that are set
 * could mean the network or the host, so they are an error that names both.
 */
#include "base/scan.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static int bad_address(struct span text, const char *at, struct complaint *ret_complaint)
{
	return complain(ret_complaint, "bad-address", at, "bad address `%.*s`", WORD(text));
}

static int short_form(struct span text, unsigned parts, struct complaint *ret_complaint)
{
	bad_address(text, text.start, ret_complaint);
	return suggest(ret_complaint, "an IPv4 address has four parts, this has %u", parts);
}

/* One part of a dotted quad, from *at on; leaves *at behind it. */
static int scan_octet(struct span text, size_t *at, uint32_t *ret_octet,
                      struct complaint *ret_complaint)
{
	size_t start = *at;
	uint32_t octet = 0;

	while (*at < text.length && is_digit(text.start[*at]) && *at - start < 4)
		octet = octet * 10 + (uint32_t)(text.start[(*at)++] - '0');
	if (*at == start || (*at < text.length && text.start[*at] != '.')) {
		bad_address(text, text.start + *at, ret_complaint);
		return suggest(ret_complaint, "four numbers from 0 to 255 with dots between them");
	}
	if (*at - start > 1 && text.start[start] == '0') {
		bad_address(text, text.start + start, ret_complaint);
		return suggest(ret_complaint,
		               "leading zero: some tools would read it as octal; leave it out");
	}
	if (octet > 255) {
		bad_address(text, text.start + start, ret_complaint);
		return suggest(ret_complaint, "each part is at most 255");
	}
	*ret_octet = octet;
	return 0;
}

static int scan_ipv4(struct span text, uint32_t *ret_word, struct complaint *ret_complaint)
{
	uint32_t word = 0, octet = 0;
	unsigned parts = 0;
	size_t at = 0;

	for (;;) {
		int error = scan_octet(text, &at, &octet, ret_complaint);

		if (error)
			return error;
		word = word << 8 | octet;
		parts++;
		if (at == text.length)
			break;
		at++; /* the dot */
		if (parts == 4)
			return short_form(text, 5, ret_complaint);
	}
	if (parts != 4)
		return short_form(text, parts, ret_complaint);
	*ret_word = word;
	return 0;
}

static int hex_value(char character)
{
	if (is_digit(character))
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

/* An IPv6 address being read: groups before the `::`, and after it. */
struct groups {
	uint16_t values[8];
	unsigned count;
	unsigned gap; /* groups before the `::` */
	bool has_gap;
};

/* One group of hex digits from *at on. False: it is none, or there is no room. */
static bool scan_group(struct span text, size_t *at, struct groups *groups)
{
	size_t start = *at;
	unsigned value = 0;

	while (*at < text.length && *at - start < 4 && hex_value(text.start[*at]) >= 0)
		value = value << 4 | (unsigned)hex_value(text.start[(*at)++]);
	if (*at == start || groups->count == 8)
		return false;
	groups->values[groups->count++] = (uint16_t)value;
	return true;
}

/* After a colon at *at: a second colon makes the gap. False: a second gap. */
static bool scan_gap(struct span text, size_t *at, struct groups *groups)
{
	if (*at >= text.length || text.start[*at] != ':')
		return true;
	if (groups->has_gap)
		return false;
	groups->has_gap = true;
	groups->gap = groups->count;
	(*at)++;
	return true;
}

/* The dotted quad that may end an IPv6 address. */
static int scan_tail(struct span text, size_t at, struct groups *groups,
                     struct complaint *ret_complaint)
{
	uint32_t word = 0;
	int error = scan_ipv4(span_from(text, at), &word, ret_complaint);

	if (error)
		return error;
	if (groups->count > 6)
		return bad_address(text, text.start + at, ret_complaint);
	groups->values[groups->count++] = (uint16_t)(word >> 16);
	groups->values[groups->count++] = (uint16_t)word;
	return 0;
}

static int long_group(struct span text, size_t at, struct complaint *ret_complaint)
{
	bad_address(text, text.start + at, ret_complaint);
	return suggest(ret_complaint,
	               "a group has at most four hexadecimal digits; a port needs brackets: "
	               "[ADDRESS]:PORT");
}

static int scan_groups(struct span text, struct groups *groups, struct complaint *ret_complaint)
{
	size_t at = 0;

	if (text.length && text.start[0] == ':') {
		at = 1;
		if (text.length < 2 || text.start[1] != ':')
			return bad_address(text, text.start, ret_complaint);
		scan_gap(text, &at, groups);
	}
	while (at < text.length) {
		size_t start = at;

		if (!scan_group(text, &at, groups))
			return bad_address(text, text.start + at, ret_complaint);
		if (at < text.length && text.start[at] == '.') {
			groups->count--;
			return scan_tail(text, start, groups, ret_complaint);
		}
		if (at == text.length)
			break;
		if (at - start == 4 && hex_value(text.start[at]) >= 0)
			return long_group(text, at, ret_complaint);
		if (text.start[at] != ':' || at + 1 == text.length)
			return bad_address(text, text.start + at, ret_complaint);
		at++;
		if (!scan_gap(text, &at, groups))
			return bad_address(text, text.start + at, ret_complaint);
	}
	return 0;
}

static int scan_ipv6(struct span text, struct address *ret_address, struct complaint *ret_complaint)
{
	struct groups groups = { 0 };
	struct address address = { .is_ipv6 = 1 };
	unsigned after;
	int error;

	if (span_has(text, '%')) {
		complain(ret_complaint, "bad-address", text.start + span_find(text, '%'),
		         "address `%.*s` has a zone", WORD(text));
		return suggest(ret_complaint,
		               "the kernel's hooks know no zones; leave out `%%` and what follows");
	}
	error = scan_groups(text, &groups, ret_complaint);
	if (error)
		return error;
	if (groups.has_gap ? groups.count > 7 : groups.count != 8) {
		bad_address(text, text.start, ret_complaint);
		return suggest(ret_complaint, "eight groups, or fewer with one `::`");
	}
	after = groups.has_gap ? groups.count - groups.gap : 0;
	for (unsigned i = 0; i < groups.count; i++) {
		unsigned place = groups.has_gap && i >= groups.gap ? 8 - after + i - groups.gap : i;

		address.words[place / 2] |= (uint32_t)groups.values[i] << (place % 2 ? 0 : 16);
	}
	*ret_address = address;
	return 0;
}

/* What is no number at all is probably a host name. */
static int scan_other(struct span text, struct complaint *ret_complaint)
{
	static const struct name words[] = { { "any", 0 }, { "localhost", 0 } };
	const char *near = name_nearest(NAME_TABLE(words), text);

	bad_address(text, text.start, ret_complaint);
	if (near)
		return suggest(ret_complaint, "did you mean `%s`?", near);
	for (size_t i = 0; i < text.length; i++)
		if (!is_digit(text.start[i]) && text.start[i] != '.' && text.start[i] != '-')
			return suggest(ret_complaint,
			               "host names are not looked up: write an address, a CIDR, "
			               "any, localhost or @group");
	return suggest(ret_complaint, "an IPv4 address has four parts: 192.0.2.1");
}

int scan_address(struct span text, struct address *ret_address, struct complaint *ret_complaint)
{
	struct address address = { 0 };
	int error;

	if (!text.length)
		return complain(ret_complaint, "missing-value", text.start, "address missing");
	if (span_has(text, ':'))
		return scan_ipv6(text, ret_address, ret_complaint);
	if (!is_digit(text.start[0]))
		return scan_other(text, ret_complaint);
	error = scan_ipv4(text, &address.words[3], ret_complaint);
	if (!error)
		*ret_address = address;
	return error;
}

const char *address_text(const struct address *address, char *buffer)
{
	uint32_t words[4];

	for (unsigned i = 0; i < 4; i++)
		words[i] = htonl(address->words[i]);
	if (address->is_ipv6)
		inet_ntop(AF_INET6, words, buffer, ADDRESS_TEXT_MAX);
	else
		inet_ntop(AF_INET, &words[3], buffer, ADDRESS_TEXT_MAX);
	return buffer;
}

/* Clears all but the first `length` bits; true if there was anything to clear. */
static bool clear_host_bits(struct address *address, unsigned length)
{
	unsigned first = address->is_ipv6 ? 0 : 3;
	bool cleared = false;

	for (unsigned i = first; i < 4; i++) {
		unsigned before = (i - first) * 32;
		unsigned kept = length <= before ? 0 : length - before;
		uint32_t mask = kept >= 32 ? UINT32_MAX : ~(uint32_t)(UINT32_MAX >> kept);

		cleared |= (address->words[i] & ~mask) != 0;
		address->words[i] &= mask;
	}
	return cleared;
}

static int host_bits(struct span text, const struct address *network, uint32_t length, size_t slash,
                     struct complaint *ret_complaint)
{
	char buffer[ADDRESS_TEXT_MAX];

	complain(ret_complaint, "host-bits", text.start, "`%.*s` has bits set behind the prefix",
	         WORD(text));
	return suggest(ret_complaint, "the network is %s/%u; for the one address write %.*s",
	               address_text(network, buffer), length, WORD(span_up_to(text, slash)));
}

/* 255.255.0.0 as 16, and what is like it but no mask as some length: it is only to show how. */
static unsigned mask_length(struct span text)
{
	struct complaint unused;
	struct address mask;

	if (scan_address(text, &mask, &unused) || mask.is_ipv6 ||
	    (~mask.words[3] & (~mask.words[3] + 1)))
		return 24;
	return (unsigned)__builtin_popcount(mask.words[3]);
}

int scan_cidr(struct span text, struct address *ret_address, uint8_t *ret_length,
              struct complaint *ret_complaint)
{
	size_t slash = span_find(text, '/');
	struct address address;
	uint32_t length;
	int error = scan_address(span_up_to(text, slash), &address, ret_complaint);

	if (error)
		return error;
	length = address.is_ipv6 ? 128 : 32;
	if (slash < text.length) {
		struct span prefix = span_from(text, slash + 1);

		error = scan_number(prefix, "prefix length", length, &length, ret_complaint);
		if (error)
			return span_has(prefix, '.')
			               ? suggest(ret_complaint, "write the mask as a length: /%u",
			                         mask_length(prefix))
			               : error;
	}
	if (clear_host_bits(&address, length))
		return host_bits(text, &address, length, slash, ret_complaint);
	if (is_ipv4_mapped(&address) && length >= 96) {
		unmap_ipv4(&address);
		length -= 96;
	}
	*ret_address = address;
	*ret_length = (uint8_t)length;
	return 0;
}
