/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of [socket]: FAMILY [TYPE [PROTOCOL]], and its key `families`.
 */
#include <sys/socket.h>

#include "parse/loader.h"
#include "parse/names.h"

#define FAMILY_NUMBER_MAX 63 /* a bit each in section_settings.families */
#define TYPE_NUMBER_MAX   15 /* SOCK_TYPE_MASK of the kernel */

static bool is_any(struct span word)
{
	return span_is(word, "any") || span_is(word, "*");
}

static int named_number(struct span word, struct name_table table, const char *what,
                        uint32_t maximum, uint32_t *ret_number, struct complaint *ret_complaint)
{
	const struct name *name = name_find(table, word);
	const char *near;

	if (word.length && is_digit(word.start[0]))
		return scan_number(word, what, maximum, ret_number, ret_complaint);
	if (name) {
		*ret_number = name->number;
		return 0;
	}
	if (!word.length)
		return complain(ret_complaint, "missing-value", word.start, "%s missing", what);
	if (word.start[0] == '@')
		return group_not_here(SECTION_SOCKET, word, ret_complaint);
	complain(ret_complaint, "unknown-name", word.start, "unknown %s `%.*s`", what, WORD(word));
	near = name_nearest(table, word);
	return near ? suggest(ret_complaint, "did you mean `%s`?", near) : -EINVAL;
}

static int family_parse(struct span word, uint32_t *ret_family, struct complaint *ret_complaint)
{
	return named_number(word, family_names, "address family", FAMILY_NUMBER_MAX, ret_family,
	                    ret_complaint);
}

static bool is_ip_family(uint32_t family)
{
	return family == AF_INET || family == AF_INET6;
}

uint32_t socket_protocol(uint32_t family, uint32_t type, uint32_t protocol)
{
	if (protocol || !is_ip_family(family))
		return protocol;
	switch (type) {
	case SOCK_STREAM:
		return 6;
	case SOCK_DGRAM:
		return 17;
	case SOCK_SEQPACKET:
		return 132; /* SCTP */
	case SOCK_DCCP:
		return 33;
	default:
		return 0;
	}
}

/* Names of protocols are those of IP; elsewhere the number means something else. */
static int check_protocol_name(const struct socket_words *socket, struct complaint *ret_complaint)
{
	struct span word = socket->words[2];

	if (is_digit(word.start[0]) || socket->family == ANY_NUMBER || is_ip_family(socket->family))
		return 0;
	complain(ret_complaint, "protocol-not-here", word.start,
	         "`%.*s` is a protocol of inet and inet6", WORD(word));
	return suggest(ret_complaint, "for other families write the protocol's number");
}

int socket_words_parse(struct span value, struct socket_words *ret_socket,
                       struct complaint *ret_complaint)
{
	struct socket_words socket = { ANY_NUMBER, ANY_NUMBER, ANY_NUMBER, { { 0 } } };
	struct span rest = value;
	int error = 0;

	for (size_t i = 0; i < 3; i++)
		socket.words[i] = span_word(&rest);
	if (!is_any(socket.words[0]))
		error = family_parse(socket.words[0], &socket.family, ret_complaint);
	if (!error && socket.words[1].length && !is_any(socket.words[1]))
		error = named_number(socket.words[1], type_names, "socket type", TYPE_NUMBER_MAX,
		                     &socket.type, ret_complaint);
	if (!error && socket.words[2].length && !is_any(socket.words[2])) {
		error = protocol_parse(socket.words[2], &socket.protocol, ret_complaint);
		if (!error)
			error = check_protocol_name(&socket, ret_complaint);
	}
	if (!error)
		error = expect_end(rest, ret_complaint);
	if (!error)
		*ret_socket = socket;
	return error;
}

int socket_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint)
{
	struct socket_words socket;
	int error = socket_words_parse(value, &socket, ret_complaint);

	if (error)
		return error;
	rule->socket.family = socket.family;
	rule->socket.type = socket.type;
	rule->socket.protocol = socket.protocol;
	if (socket.protocol == 0)
		rule->socket.protocol = socket_protocol(socket.family, socket.type, 0);
	return 0;
}

int families_parse(struct span value, uint64_t *ret_families, struct complaint *ret_complaint)
{
	struct span rest = value, word = span_word(&rest);
	uint64_t families = 0;
	uint32_t family = 0;

	if (is_any(word)) {
		*ret_families = UINT64_MAX;
		return expect_end(rest, ret_complaint);
	}
	for (; word.length; word = span_word(&rest)) {
		int error = family_parse(word, &family, ret_complaint);

		if (error && span_has(word, ','))
			return suggest(ret_complaint, "blanks stand between families, no commas");
		if (error)
			return error;
		if (families & (UINT64_C(1) << family))
			return complain(ret_complaint, "repeated-family", word.start,
			                "`%.*s` stands here twice", WORD(word));
		families |= UINT64_C(1) << family;
	}
	*ret_families = families;
	return 0;
}
