/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions: the rule language with one object in place of a pattern. Whatever could mean more
 * than one object is refused, so that a question has one answer.
 */
#include <linux/bpf.h>

#include "parse/loader.h"
#include "parse/names.h"

static int not_one(struct span word, const char *what, struct complaint *ret_complaint)
{
	if (!word.length)
		complain(ret_complaint, "missing-value", word.start, "%s missing", what);
	else
		complain(ret_complaint, "not-one-object", word.start, "`%.*s` is not one %s",
		         WORD(word), what);
	return suggest(ret_complaint, "a question names exactly one %s", what);
}

static bool is_any(struct span word)
{
	return span_is(word, "any") || span_is(word, "*");
}

/* ---- device ------------------------------------------------------------------------------- */

static int device_numbers(uint32_t type, struct span numbers, struct question *question,
                          struct complaint *ret_complaint)
{
	int error = scan_device_numbers(numbers, ANY_NUMBER, &question->device.major,
	                                &question->device.minor, ret_complaint);

	if (error)
		return error;
	if (question->device.major == ANY_NUMBER || question->device.minor == ANY_NUMBER)
		return not_one(numbers, "device", ret_complaint);
	question->device.type = type;
	return 0;
}

static int device_question(struct span rest, const struct surroundings *surroundings,
                           struct question *question, struct complaint *ret_complaint)
{
	struct span word = span_word(&rest), access;
	struct device_pattern device;
	uint32_t type = ANY_NUMBER;
	int error;

	if (word.length && word.start[0] == '/') {
		error = device_path_parse(word, surroundings, &device, ret_complaint);
		if (error)
			return error;
		question->device.type = device.type;
		question->device.major = device.major;
		question->device.minor = device.minor;
	} else if (device_type_parse(word, &type) || type == ANY_NUMBER) {
		return not_one(word, "device", ret_complaint);
	} else {
		error = device_numbers(type, span_word(&rest), question, ret_complaint);
		if (error)
			return error;
	}
	access = span_word(&rest);
	question->device.access = ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD;
	if (access.length)
		error = scan_access(access, &question->device.access, ret_complaint);
	return error ? error : expect_end(rest, ret_complaint);
}

/* ---- socket ------------------------------------------------------------------------------- */

static int socket_question(struct span rest, struct question *question,
                           struct complaint *ret_complaint)
{
	struct socket_words socket;
	int error = socket_words_parse(rest, &socket, ret_complaint);

	if (error)
		return error;
	if (socket.family == ANY_NUMBER)
		return not_one(socket.words[0], "address family", ret_complaint);
	if (socket.type == ANY_NUMBER)
		return not_one(socket.words[1], "socket type", ret_complaint);
	if (socket.protocol == ANY_NUMBER && socket.words[2].length)
		return not_one(socket.words[2], "protocol", ret_complaint);
	if (socket.protocol == ANY_NUMBER)
		socket.protocol = 0;
	question->socket.family = socket.family;
	question->socket.type = socket.type;
	question->socket.protocol = socket_protocol(socket.family, socket.type, socket.protocol);
	return 0;
}

/* ---- connect and bind --------------------------------------------------------------------- */

static int one_address(const struct endpoint *endpoint, struct question *question,
                       struct complaint *ret_complaint)
{
	struct span word = endpoint->address;

	if (!word.length || is_any(word) || span_is(word, "localhost") || word.start[0] == '@' ||
	    span_has(word, '/'))
		return not_one(word, "address", ret_complaint);
	return scan_address(word, &question->address.address, ret_complaint);
}

static int one_port(const struct endpoint *endpoint, struct span word,
                    const struct surroundings *surroundings, struct question *question,
                    struct complaint *ret_complaint)
{
	struct span ports = endpoint->ports;
	bool colons = span_has(endpoint->address, ':');

	if (!endpoint->has_ports) {
		complain(ret_complaint, "missing-value", word.start + word.length, "port missing");
		if (colons && !endpoint->bracketed)
			return suggest(ret_complaint,
			               "IPv6 with a port stands in brackets: [2001:db8::1]:443");
		return suggest(ret_complaint, "a question names exactly one port");
	}
	if (!ports.length || is_any(ports) || span_has(ports, ',') ||
	    (span_has(ports, '-') && !is_service_name(ports)))
		return not_one(ports, "port", ret_complaint);
	return port_parse(ports, question->address.protocol, surroundings, &question->address.port,
	                  ret_complaint);
}

static int address_question(struct span rest, const struct surroundings *surroundings,
                            struct question *question, struct complaint *ret_complaint)
{
	struct span protocol = span_word(&rest), word = span_word(&rest);
	struct endpoint endpoint;
	int error;

	if (protocol.length && !word.length && !name_find(protocol_names, protocol) &&
	    (span_has(protocol, '.') || span_has(protocol, ':'))) {
		complain(ret_complaint, "missing-value", protocol.start, "protocol missing");
		return suggest(ret_complaint, "did you mean `tcp %.*s`?", WORD(protocol));
	}
	if (!protocol.length || is_any(protocol))
		return not_one(protocol, "protocol", ret_complaint);
	error = protocol_parse(protocol, &question->address.protocol, ret_complaint);
	if (!error && !word.length)
		return not_one(word, "address", ret_complaint);
	if (!error)
		error = expect_end(rest, ret_complaint);
	if (!error)
		error = endpoint_split(word, &endpoint, ret_complaint);
	if (!error)
		error = one_address(&endpoint, question, ret_complaint);
	return error ? error : one_port(&endpoint, word, surroundings, question, ret_complaint);
}

/* ---- entry -------------------------------------------------------------------------------- */

int question_read(struct span text, const struct surroundings *surroundings,
                  struct question *ret_question, struct complaint *ret_complaint)
{
	struct span rest = text, word = span_word(&rest);
	struct question question = { 0 };
	int error;

	if (!word.length) {
		complain(ret_complaint, "missing-value", word.start, "empty question");
		return suggest(ret_complaint, "ask such as: connect tcp 10.0.0.1:443");
	}
	error = section_parse(word, &question.section, ret_complaint);
	if (error)
		return error;
	switch (question.section) {
	case SECTION_DEVICE:
		error = device_question(rest, surroundings, &question, ret_complaint);
		break;
	case SECTION_SOCKET:
		error = socket_question(rest, &question, ret_complaint);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		error = address_question(rest, surroundings, &question, ret_complaint);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		error = names_question(rest, &question, ret_complaint);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		error = path_question(rest, &question, ret_complaint);
		break;
	case SECTION_COUNT:
		error = -EINVAL;
		break;
	}
	if (!error)
		*ret_question = question;
	return error;
}

int question_parse(const char *text, const struct surroundings *surroundings,
                   struct question *ret_question, struct question_error *ret_error)
{
	struct complaint complaint = { 0 };
	struct line line = { 1, span_of(text) };
	int error = line_check(&line, &complaint);

	if (!error)
		error = question_read(line.text, surroundings, ret_question, &complaint);
	if (!error || error == -ENOMEM)
		return error;
	_Static_assert(sizeof(complaint.message) == sizeof(ret_error->message), "one size");
	_Static_assert(sizeof(complaint.hint) == sizeof(ret_error->hint), "one size");
	memcpy(ret_error->message, complaint.message, sizeof(complaint.message));
	memcpy(ret_error->hint, complaint.hint, sizeof(complaint.hint));
	ret_error->column = complaint.at ? (size_t)(complaint.at - text) : 0;
	return -EINVAL;
}
