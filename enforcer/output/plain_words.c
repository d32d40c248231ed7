/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules in words. What a rule names is said in full as long as it can be taken in at a glance; a
 * group of 100,000 networks is "100,000 networks".
 */
#include "output/plain_words.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "model/lsm.h"
#include "output/escape.h"
#include "parse/names.h"

#define NAMED_IN_FULL_MAX 4

const char *plain_verb(enum verdict verb)
{
	switch (verb) {
	case VERDICT_ALLOW:
		return "allow";
	case VERDICT_AUDIT:
		return "allow and record";
	case VERDICT_NONE:
	case VERDICT_DENY:
		break;
	}
	return "refuse";
}

/* What goes before item `index` of `count`: "a, b and c". */
static void join(FILE *out, size_t index, size_t count)
{
	if (index)
		fputs(index + 1 == count ? " and " : ", ", out);
}

/* 1234567 as 1,234,567 whatever the locale is. */
static void write_count(FILE *out, size_t count)
{
	if (count >= 1000) {
		write_count(out, count / 1000);
		fprintf(out, ",%03zu", count % 1000);
	} else {
		fprintf(out, "%zu", count);
	}
}

static void write_prefix(FILE *out, const struct prefix *prefix)
{
	const struct address *address = &prefix->address;
	char text[INET6_ADDRSTRLEN] = "";
	uint32_t words[4];

	for (size_t i = 0; i < 4; i++)
		words[i] = htonl(address->words[i]);
	if (address->is_ipv6)
		inet_ntop(AF_INET6, words, text, sizeof(text));
	else
		inet_ntop(AF_INET, &words[3], text, sizeof(text));
	fputs(text, out);
	if (prefix->length != (address->is_ipv6 ? 128 : 32))
		fprintf(out, "/%u", prefix->length);
}

static bool is_everywhere(const struct prefix_set *set)
{
	bool families[2] = { false, false };

	array_foreach (prefix, &set->prefixes) {
		if (prefix->length == 0)
			families[prefix->address.is_ipv6] = true;
	}
	return families[0] && families[1];
}

static void write_prefixes(FILE *out, const struct prefix_set *set)
{
	size_t count = set->prefixes.count;

	if (count > NAMED_IN_FULL_MAX) {
		write_count(out, count);
		fputs(" networks", out);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		join(out, i, count);
		write_prefix(out, &set->prefixes.items[i]);
	}
}

static void write_set(FILE *out, const struct prefix_set *set)
{
	if (set->group) {
		fputc('@', out);
		escape_write(out, set->group);
		fputs(" (", out);
		write_prefixes(out, set);
		fputc(')', out);
	} else if (is_everywhere(set)) {
		fputs("any address", out);
	} else {
		write_prefixes(out, set);
	}
}

static void write_ports(FILE *out, const struct rule *rule)
{
	const struct port_range *first = rule->address.ports.items;
	size_t count = rule->address.ports.count;
	bool one = count == 1 && first->first == first->last;

	if (count == 1 && first->first == 0 && first->last == UINT16_MAX) {
		fputs("any port", out);
		return;
	}
	fputs(one ? "port " : "ports ", out);
	for (size_t i = 0; i < count; i++) {
		const struct port_range *range = &first[i];

		join(out, i, count);
		fprintf(out, "%u", range->first);
		if (range->last != range->first)
			fprintf(out, "-%u", range->last);
	}
	if (one && first->first == 0 && rule->section == SECTION_BIND)
		fputs(" (the kernel chooses one)", out);
}

static void write_address_rule(FILE *out, const struct policy *policy, const struct rule *rule)
{
	const char *preposition = rule->section == SECTION_BIND ? "on" : "to";

	if (rule->address.protocol == IPPROTO_TCP)
		fputs("TCP", out);
	else if (rule->address.protocol == IPPROTO_UDP)
		fputs("UDP", out);
	else if (rule->address.protocol == ANY_NUMBER)
		fputs("any protocol", out);
	else
		fprintf(out, "protocol %u", rule->address.protocol);
	fprintf(out, " %s ", preposition);
	write_set(out, &policy->sets.items[rule->address.set]);
	fputs(", ", out);
	write_ports(out, rule);
}

static const struct name access_words[] = {
	{ "read", ACCESS_READ },
	{ "write", ACCESS_WRITE },
	{ "mknod", ACCESS_MKNOD },
};

static const struct name permission_words[] = {
	{ "read", PERMISSION_READ },
	{ "write", PERMISSION_WRITE },
	{ "create", PERMISSION_CREATE },
	{ "delete", PERMISSION_DELETE },
	{ "change attributes", PERMISSION_ATTRIBUTES },
};

/* The words of the bits of a mask. */
static void write_mask(FILE *out, struct name_table words, uint32_t mask)
{
	size_t count = (size_t)__builtin_popcount(mask), index = 0;

	for (size_t i = 0; i < words.count; i++) {
		if (!(mask & words.names[i].number))
			continue;
		join(out, index++, count);
		fputs(words.names[i].name, out);
	}
}

static void write_number(FILE *out, uint32_t number)
{
	if (number == ANY_NUMBER)
		fputc('*', out);
	else
		fprintf(out, "%u", number);
}

/* BPF_DEVCG_DEV_CHAR of <linux/bpf.h>, which only the kernel layer includes. */
#define DEVICE_CHAR 2U

static const char *device_kind(uint32_t type)
{
	return type == ANY_NUMBER ? "" : type == DEVICE_CHAR ? "character " : "block ";
}

static void write_device(FILE *out, const struct device_pattern *pattern)
{
	bool any_major = pattern->major == ANY_NUMBER, any_minor = pattern->minor == ANY_NUMBER;
	const char *kind = device_kind(pattern->type);

	if (any_major && any_minor) {
		fprintf(out, "any %sdevice", kind);
		return;
	}
	fprintf(out, "%sdevice%s ", kind, any_major || any_minor ? "s" : "");
	write_number(out, pattern->major);
	fputc(':', out);
	write_number(out, pattern->minor);
}

static void write_device_rule(FILE *out, const struct rule *rule)
{
	size_t count = rule->device.patterns.count;

	write_mask(out, NAME_TABLE(access_words), rule->device.access);
	fputs(" of ", out);
	if (count > NAMED_IN_FULL_MAX) {
		write_count(out, count);
		fputs(" kinds of devices", out);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		join(out, i, count);
		write_device(out, &rule->device.patterns.items[i]);
	}
}

/* Families, types and protocols have the names that the rule gave them already. */
static void write_socket_rule(FILE *out, const struct rule *rule)
{
	const char *object = strchr(rule->text, '=');

	object = object ? object + 1 : rule->text;
	escape_write(out, object + strspn(object, " "));
	fputs(" sockets", out);
}

static void write_path_rule(FILE *out, const struct rule *rule)
{
	if (rule->section == SECTION_FILE) {
		write_mask(out, NAME_TABLE(permission_words), rule->path.permissions);
		fputs(" of ", out);
	} else if (rule->section == SECTION_EXEC) {
		fputs(rule->path.permissions & EXEC_RUN ? "running " : "loading ", out);
	} else {
		fputs("connections to ", out);
	}
	if (rule->path.glob)
		escape_write(out, rule->path.glob);
	else
		fputs(rule->section == SECTION_UNIX ? "sockets without a name" : "what has no path",
		      out);
	if (rule->section == SECTION_EXEC && !(rule->path.permissions & EXEC_RUN))
		fputs(" as a library", out);
}

static void write_names_rule(FILE *out, const struct rule *rule, const char *one, const char *many,
                             struct name_table names)
{
	size_t count = (size_t)__builtin_popcountll(rule->names.numbers), index = 0;

	if (rule->names.all) {
		fprintf(out, "every %s", one);
		return;
	}
	fprintf(out, "the %s ", count == 1 ? one : many);
	for (size_t i = 0; i < names.count; i++) {
		if (!(rule->names.numbers >> names.names[i].number & 1))
			continue;
		join(out, index++, count);
		fputs(names.names[i].name, out);
	}
}

void plain_object(FILE *out, const struct policy *policy, const struct rule *rule)
{
	switch (rule->section) {
	case SECTION_DEVICE:
		write_device_rule(out, rule);
		break;
	case SECTION_SOCKET:
		write_socket_rule(out, rule);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		write_address_rule(out, policy, rule);
		break;
	case SECTION_CAPABILITY:
		write_names_rule(out, rule, "capability", "capabilities", capability_names);
		break;
	case SECTION_OPERATION:
		write_names_rule(out, rule, "operation", "operations", operation_names);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		write_path_rule(out, rule);
		break;
	case SECTION_COUNT:
		break;
	}
}

void plain_hooks(FILE *out, uint32_t hooks, const char *between)
{
	bool first = true;

	for (unsigned int hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(hooks & (1U << hook)))
			continue;
		if (!first)
			fputs(between, out);
		fputs(hook_name((enum hook)hook), out);
		first = false;
	}
}

void plain_lsm_hooks(FILE *out, uint64_t hooks, const char *between)
{
	bool first = true;

	for (unsigned int hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		if (!(hooks >> hook & 1))
			continue;
		if (!first)
			fputs(between, out);
		fputs(lsm_hook_name((enum lsm_hook)hook), out);
		first = false;
	}
}
