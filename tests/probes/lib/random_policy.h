/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A random policy as an INI file. The hard idea: numbers are drawn from small pools, the same ones
 * that random calls draw from, so that rules overlap, nest and tie, and calls meet them.
 */
#pragma once

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "random.h"

static const char *const pool_ipv4[] = { "127.0.0.1",  "127.0.0.2", "127.0.1.2",
	                                 "127.64.0.9", "10.66.0.1", "10.66.0.9",
	                                 "10.66.1.1",  "192.0.2.7", "0.0.0.0" };
static const char *const pool_ipv6[] = { "::1",       "fd00::1",     "fd00::9", "fd00::1:0:1",
	                                 "fd00:1::1", "2001:db8::7", "::",      "2001:db8:1::7" };
static const uint16_t pool_ports[] = { 1, 22, 53, 80, 443, 7000, 7001, 7002, 7003, 8080, 65535 };
static const uint32_t pool_majors[] = { 1, 1, 1, 61, 62, 120 };
static const uint32_t pool_minors[] = { 3, 5, 7, 8, 9, 0, 1 };

static const char *random_verb(struct random *random)
{
	static const char *const verbs[] = { "allow", "allow", "deny", "deny", "audit" };

	return RANDOM_OF(random, verbs);
}

/* Clears the host bits: a rule that has any is an error. */
static void mask_bytes(uint8_t *bytes, size_t count, uint32_t length)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t bits = length > 8 * i ? length - 8 * (uint32_t)i : 0;

		if (bits < 8)
			bytes[i] &= (uint8_t)(0xff00 >> bits);
	}
}

/* The any-address by itself is no destination: a rule for it is an error except in [bind]. A
 * network that begins with it is none. */
static bool is_any_address(const uint8_t *bytes, size_t count)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < count; i++)
		seen |= bytes[i];
	return !seen;
}

static void write_prefix(FILE *out, struct random *random, bool bracketed, bool for_bind)
{
	static const uint32_t lengths_ipv4[] = { 0, 8, 10, 16, 23, 24, 28, 29, 31, 32, 32, 32 };
	static const uint32_t lengths_ipv6[] = {
		0, 16, 31, 32, 64, 96, 112, 124, 127, 128, 128, 128
	};
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	uint32_t length;

	if (random_chance(random, 60)) {
		length = RANDOM_OF(random, lengths_ipv4);
		inet_pton(AF_INET, RANDOM_OF(random, pool_ipv4), bytes);
		if (length == 32 && !for_bind && is_any_address(bytes, 4))
			length = 8;
		mask_bytes(bytes, 4, length);
		inet_ntop(AF_INET, bytes, text, sizeof(text));
		if (random_chance(random, 10))
			fprintf(out, bracketed ? "[::ffff:%s/%u]" : "::ffff:%s/%u", text,
			        length + 96);
		else if (length == 32 && random_chance(random, 50))
			fprintf(out, "%s", text);
		else
			fprintf(out, "%s/%u", text, length);
		return;
	}
	length = RANDOM_OF(random, lengths_ipv6);
	inet_pton(AF_INET6, RANDOM_OF(random, pool_ipv6), bytes);
	if (length == 128 && !for_bind && is_any_address(bytes, 16))
		length = 96;
	mask_bytes(bytes, 16, length);
	inet_ntop(AF_INET6, bytes, text, sizeof(text));
	fprintf(out, bracketed ? "[%s/%u]" : "%s/%u", text, length);
}

static void write_ports(FILE *out, struct random *random)
{
	uint16_t first = RANDOM_OF(random, pool_ports), last = RANDOM_OF(random, pool_ports);

	switch (random_below(random, 4)) {
	case 0:
		fprintf(out, ":*");
		return;
	case 1:
		fprintf(out, ":%u", first);
		return;
	case 2:
		fprintf(out, ":%u-%u", first < last ? first : last, first < last ? last : first);
		return;
	default:
		fprintf(out, ":%u,%u", first, last);
	}
}

static void write_address_rule(FILE *out, struct random *random, uint32_t groups, bool for_bind)
{
	static const char *const protocols[] = { "", "any ", "tcp ", "tcp ", "udp ", "udp " };
	bool with_ports = random_chance(random, 60);

	fprintf(out, "%s = %s", random_verb(random), RANDOM_OF(random, protocols));
	switch (random_below(random, groups ? 8 : 6)) {
	case 0:
		fprintf(out, "any");
		break;
	case 1:
		fprintf(out, "localhost");
		break;
	case 6:
	case 7:
		fprintf(out, "@group%u", random_below(random, groups));
		break;
	default:
		write_prefix(out, random, with_ports, for_bind);
	}
	if (with_ports)
		write_ports(out, random);
	fputc('\n', out);
}

static void write_number_or_star(FILE *out, struct random *random, uint32_t number)
{
	if (random_chance(random, 25))
		fputc('*', out);
	else
		fprintf(out, "%u", number);
}

static void write_device_rule(FILE *out, struct random *random)
{
	static const char *const accesses[] = { "", " r", " w", " m", " rw", " rm", " rwm" };

	fprintf(out, "%s = %c ", random_verb(random), "ccba"[random_below(random, 4)]);
	write_number_or_star(out, random, RANDOM_OF(random, pool_majors));
	fputc(':', out);
	write_number_or_star(out, random, RANDOM_OF(random, pool_minors));
	fprintf(out, "%s\n", RANDOM_OF(random, accesses));
}

static void write_socket_rule(FILE *out, struct random *random, const char *only_family)
{
	static const char *const families[] = { "inet", "inet6" };
	static const char *const types[] = { "stream", "dgram", "raw", "any" };
	static const char *const protocols[] = { "tcp", "udp", "mptcp", "icmp", "icmpv6",
		                                 "47",  "255", "any",   "6" };
	uint32_t parts = random_below(random, 3);

	fprintf(out, "%s = %s", random_verb(random),
	        only_family ? only_family : RANDOM_OF(random, families));
	if (parts > 0)
		fprintf(out, " %s", RANDOM_OF(random, types));
	if (parts > 1)
		fprintf(out, " %s", RANDOM_OF(random, protocols));
	fputc('\n', out);
}

static void write_section_head(FILE *out, struct random *random, const char *section)
{
	static const char *const defaults[] = { "", "default = deny\n", "default = allow\n" };

	fprintf(out, "[%s]\n%s", section, RANDOM_OF(random, defaults));
	if (random_chance(random, 10))
		fprintf(out, "mode = audit\n");
}

static void write_groups(FILE *out, struct random *random, uint32_t groups)
{
	for (uint32_t group = 0; group < groups; group++) {
		uint32_t items = 1 + random_below(random, 4);

		fprintf(out, "[group group%u]\n", group);
		for (uint32_t i = 0; i < items; i++) {
			fprintf(out, "address = ");
			write_prefix(out, random, false, false);
			fputc('\n', out);
		}
	}
}

/*
 * With [socket] there is neither [connect] nor [bind]: their calls would stop at making the
 * socket. `log = all` without a limit, so that every answer is recorded with its citation.
 * Returns whether there is a [socket].
 */
static bool random_policy(FILE *out, struct random *random)
{
	uint32_t groups = random_below(random, 3), rules = random_below(random, 14);
	bool with_socket = random_chance(random, 20), with_device = random_chance(random, 80);

	fprintf(out, "[policy]\nlog = all\nlog-rate = 1000000/s\n");
	write_groups(out, random, groups);
	if (with_device) {
		write_section_head(out, random, "device");
		for (uint32_t i = 0; i < rules; i++)
			write_device_rule(out, random);
	}
	if (with_socket) {
		bool one_family = random_chance(random, 20);

		write_section_head(out, random, "socket");
		fprintf(out, "families = %s\n", one_family ? "inet" : "inet inet6");
		for (uint32_t i = 0; i < rules; i++)
			write_socket_rule(out, random, one_family ? "inet" : NULL);
		return true;
	}
	for (int section = 0; section < 2; section++) {
		/* A policy that polices nothing is not put in force. */
		if (random_chance(random, 10) && (section || with_device))
			continue;
		write_section_head(out, random, section ? "bind" : "connect");
		rules = random_below(random, 20);
		for (uint32_t i = 0; i < rules; i++)
			write_address_rule(out, random, groups, section == 1);
	}
	return false;
}
