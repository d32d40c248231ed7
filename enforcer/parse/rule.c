/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules of all sections have in common: the words of sections, protocols and ports, the cut
 * between address and ports, and the text that is kept for people.
 */
#include <stdio.h>

#include "parse/loader.h"
#include "parse/names.h"

int group_not_here(enum section section, struct span word, struct complaint *ret_complaint)
{
	complain(ret_complaint, "group-not-here", word.start, "a group cannot stand in [%s]",
	         section_name(section));
	return suggest(ret_complaint, "groups hold addresses, for [connect] and [bind]");
}

int expect_end(struct span rest, struct complaint *ret_complaint)
{
	struct span word = span_word(&rest);

	if (!word.length)
		return 0;
	return complain(ret_complaint, "unexpected-word", word.start, "unexpected `%.*s`",
	                WORD(word));
}

char *folded_text(const char *key, struct span value)
{
	size_t length = strlen(key);
	char *text = malloc(length + value.length + 4), *end = text;
	struct span word;

	if (!text)
		return NULL;
	memcpy(end, key, length);
	end += length;
	for (word = span_word(&value); word.length; word = span_word(&value)) {
		if (end > text)
			*end++ = ' ';
		if (length && end == text + length + 1) {
			*end++ = '=';
			*end++ = ' ';
		}
		memcpy(end, word.start, word.length);
		end += word.length;
	}
	*end = '\0';
	return text;
}

int section_parse(struct span word, enum section *ret_section, struct complaint *ret_complaint)
{
	const struct name *name = name_find(section_names, word);
	const char *near;

	if (!name) {
		complain(ret_complaint, "unknown-section", word.start, "unknown section `%.*s`",
		         WORD(word));
		near = name_nearest(section_names, word);
		return near ? suggest(ret_complaint, "did you mean `%s`?", near) : -EINVAL;
	}
	if (name->number == SECTION_UNENFORCED)
		return complain(ret_complaint, "not-yet-enforced", word.start,
		                "[%s] is not yet enforced by this version", name->name);
	*ret_section = (enum section)name->number;
	return 0;
}

#define PROTOCOL_NUMBER_MAX UINT16_MAX /* of a packet socket it is an EtherType */

int protocol_parse(struct span word, uint32_t *ret_protocol, struct complaint *ret_complaint)
{
	const struct name *name = name_find(protocol_names, word);
	const char *near;

	if (word.length && is_digit(word.start[0]))
		return scan_number(word, "protocol", PROTOCOL_NUMBER_MAX, ret_protocol,
		                   ret_complaint);
	if (name) {
		*ret_protocol = name->number;
		return 0;
	}
	complain(ret_complaint, "unknown-protocol", word.start, "unknown protocol `%.*s`",
	         WORD(word));
	near = name_nearest(protocol_names, word);
	return near ? suggest(ret_complaint, "did you mean `%s`?", near) : -EINVAL;
}

bool is_service_name(struct span word)
{
	for (size_t i = 0; i < word.length; i++)
		if ((word.start[i] | 0x20) >= 'a' && (word.start[i] | 0x20) <= 'z')
			return true;
	return false;
}

#define SERVICE_NAME_MAX 63

static int service_parse(struct span word, uint32_t protocol,
                         const struct surroundings *surroundings, uint16_t *ret_port,
                         struct complaint *ret_complaint)
{
	const char *wanted = protocol == 6 ? "tcp" : protocol == 17 ? "udp" : NULL;
	char name[SERVICE_NAME_MAX + 1];
	int error = -ENOENT;

	if (word.length <= SERVICE_NAME_MAX) {
		memcpy(name, word.start, word.length);
		name[word.length] = '\0';
		error = surroundings->service_port(surroundings->context, name, wanted, ret_port);
	}
	if (!error || error == -ENOMEM)
		return error;
	if (error == -EEXIST) {
		complain(ret_complaint, "ambiguous-service", word.start,
		         "`%.*s` is one port of TCP and another of UDP", WORD(word));
		return suggest(ret_complaint, "name the protocol, or write the number");
	}
	complain(ret_complaint, "unknown-service", word.start, "unknown service `%.*s`%s%s",
	         WORD(word), wanted ? " of " : "", wanted ? wanted : "");
	return suggest(ret_complaint, "a port is a number from 0 to 65535, or a name of "
	                              "/etc/services");
}

int port_parse(struct span word, uint32_t protocol, const struct surroundings *surroundings,
               uint16_t *ret_port, struct complaint *ret_complaint)
{
	if (is_service_name(word))
		return service_parse(word, protocol, surroundings, ret_port, ret_complaint);
	return scan_port(word, ret_port, ret_complaint);
}

static int split_brackets(struct span word, struct endpoint *endpoint,
                          struct complaint *ret_complaint)
{
	size_t close = span_find(word, ']');
	struct span after;

	if (close == word.length) {
		complain(ret_complaint, "bad-address", word.start, "`[` without `]`");
		return suggest(ret_complaint, "write [ADDRESS]:PORT");
	}
	after = span_from(word, close + 1);
	endpoint->bracketed = true;
	endpoint->address = span_from(span_up_to(word, close), 1);
	endpoint->has_ports = after.length && after.start[0] == ':';
	if (!span_has(endpoint->address, ':')) {
		complain(ret_complaint, "bad-address", endpoint->address.start,
		         "no IPv6 address in the brackets");
		return suggest(ret_complaint, "only IPv6 stands in brackets");
	}
	if (endpoint->has_ports) {
		endpoint->ports = span_from(after, 1);
		return 0;
	}
	if (!after.length)
		return 0;
	complain(ret_complaint, "bad-address", after.start, "`%.*s` after `]`", WORD(after));
	if (after.start[0] == '/')
		return suggest(ret_complaint, "the prefix length stands in the brackets: "
		                              "[2001:db8::/32]:443");
	return suggest(ret_complaint, "write [ADDRESS]:PORT");
}

/* More than one colon is IPv6, unless what stands before the first cannot begin such an address. */
static bool is_bare_ipv6(struct span word)
{
	size_t colon = span_find(word, ':');
	struct span before = span_up_to(word, colon);

	if (colon == word.length || !span_has(span_from(word, colon + 1), ':'))
		return false;
	for (size_t i = 0; i < before.length; i++) {
		char letter = (char)(before.start[i] | 0x20);

		if (!is_digit(before.start[i]) && (letter < 'a' || letter > 'f'))
			return false;
	}
	return true;
}

int endpoint_split(struct span word, struct endpoint *ret_endpoint, struct complaint *ret_complaint)
{
	struct endpoint endpoint = { .address = word };
	size_t colon = span_find(word, ':');
	int error;

	if (word.length && word.start[0] == '[') {
		error = split_brackets(word, &endpoint, ret_complaint);
		if (error)
			return error;
	} else if (colon < word.length && !is_bare_ipv6(word)) {
		endpoint.address = span_up_to(word, colon);
		endpoint.has_ports = true;
		endpoint.ports = span_from(word, colon + 1);
	}
	*ret_endpoint = endpoint;
	return 0;
}

int rule_parse(struct loader *loader, uint32_t file, const struct line *line, struct span value,
               struct rule *rule, struct complaint *ret_complaint)
{
	switch (rule->section) {
	case SECTION_DEVICE:
		return device_rule_parse(loader, value, rule, ret_complaint);
	case SECTION_SOCKET:
		return socket_rule_parse(value, rule, ret_complaint);
	case SECTION_CONNECT:
	case SECTION_BIND:
		return address_rule_parse(loader, file, line, value, rule, ret_complaint);
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		return names_rule_parse(value, rule, ret_complaint);
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		return path_rule_parse(value, rule, ret_complaint);
	case SECTION_COUNT:
		break;
	}
	return -EINVAL;
}
