/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question to the image, through the same lines that the kernel runs.
 */
#include <linux/bpf.h>

#include "compile/image.h"

struct walk {
	uint32_t root;
	uint32_t keys[KEYS_MAX];
	uint32_t first; /* key */
	uint32_t operations;
};

static void prepare_device(const struct question *question, struct walk *walk)
{
	walk->root =
	        question->device.type == BPF_DEVCG_DEV_BLOCK ? ROOT_DEVICE_BLOCK : ROOT_DEVICE_CHAR;
	walk->keys[3] = question->device.major;
	walk->keys[4] = question->device.minor;
	walk->first = 3;
	walk->operations = question->device.access;
}

static void prepare_socket(const struct question *question, struct walk *walk)
{
	walk->root = ROOT_SOCKET;
	walk->keys[2] = question->socket.family;
	walk->keys[3] = question->socket.type;
	walk->keys[4] = question->socket.protocol;
	walk->first = 2;
	walk->operations = 1;
}

static void prepare_address(const struct question *question, struct walk *walk)
{
	struct address address = question->address.address;
	bool connect = question->section == SECTION_CONNECT;

	unmap_ipv4(&address);
	if (connect)
		redirect_any(&address, 0, 0, 0);
	if (address.is_ipv6)
		walk->root = connect ? ROOT_CONNECT6 : ROOT_BIND6;
	else
		walk->root = connect ? ROOT_CONNECT4 : ROOT_BIND4;
	walk->first = address_keys(&address, protocol_class(question->address.protocol),
	                           question->address.port, walk->keys);
	walk->operations = 1;
}

static void prepare_number(uint32_t root, const struct question *question, struct walk *walk)
{
	walk->root = root;
	walk->keys[4] = question->number;
	walk->first = 4;
	walk->operations = 1;
}

static uint32_t word_at(image_handle image, uint32_t offset)
{
	const uint32_t *block = image_block(image, offset >> IMAGE_BLOCK_SHIFT);

	return block ? block[offset & (IMAGE_BLOCK_WORDS - 1)] : 0;
}

/* As many as have a cookie. */
static uint32_t rule_count(const struct image_header *header)
{
	return (header->words - header->cookies) / 2 - SECTION_COUNT;
}

static struct decision decision_of(image_handle view, const struct image_header *header,
                                   const struct walk *walk, uint32_t outcome)
{
	struct decision decision = { .verdict = VERDICT_DENY, .reason = REASON_BROKEN };
	uint32_t row = outcome_row(outcome), word;

	decision.operation = strictest_operation(outcome, walk->operations);
	if (outcome_verdict(outcome, decision.operation) == VERDICT_NONE)
		return decision;
	decision.verdict = outcome_verdict(outcome, decision.operation);
	decision.reason = REASON_DEFAULT;
	if (row == OUTCOME_ROW_MASK) {
		/* An absent [operation] has a diagram where a [file] closes something. */
		bool absent = outcome == REF_ABSENT || walk->root == ROOT_OPERATION;

		decision.reason = absent ? REASON_ABSENT : REASON_OUTSIDE;
		return decision;
	}
	word = word_at(view, header->rows + row + decision.operation);
	if (word > rule_count(header))
		return (struct decision){ .verdict = VERDICT_DENY, .reason = REASON_BROKEN };
	if (word) {
		decision.reason = REASON_RULE;
		decision.rule = word - 1;
	}
	return decision;
}

static struct decision decide_path(image_handle view, const struct image_header *header,
                                   const struct automaton *automaton,
                                   const struct question *question)
{
	struct walk walk = { .root = ROOT_COUNT, .operations = question->path.permissions };
	uint32_t outcome = automaton->anonymous;

	if (!walk.operations)
		outcome = REF_INVALID;
	else if (!automaton->start)
		outcome = REF_ABSENT;
	else if (question->path.name.length)
		outcome = automaton_match(view, automaton, question->path.name.start,
		                          question->path.name.length);
	return decision_of(view, header, &walk, outcome);
}

static uint32_t walk_to_end(image_handle view, const struct image_header *header,
                            const struct walk *walk)
{
	if (walk->root == ROOT_DEVICE_CHAR || walk->root == ROOT_DEVICE_BLOCK)
		return device_walk(view, header, walk->root, walk->keys[3], walk->keys[4]);
	return diagram_walk(view, header->roots[walk->root], walk->keys, walk->first);
}

struct decision image_decide(const struct image *image, const struct question *question)
{
	const struct image_words view = { image->words, image->blocks };
	const struct image_header *header = image_header(image);
	struct walk walk = { 0 };
	uint32_t outcome;

	switch (question->section) {
	case SECTION_DEVICE:
		prepare_device(question, &walk);
		break;
	case SECTION_SOCKET:
		prepare_socket(question, &walk);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		prepare_address(question, &walk);
		break;
	case SECTION_CAPABILITY:
		prepare_number(ROOT_CAPABILITY, question, &walk);
		break;
	case SECTION_OPERATION:
		prepare_number(ROOT_OPERATION, question, &walk);
		break;
	case SECTION_FILE:
		return decide_path(&view, header, &header->automata[AUTOMATON_FILE], question);
	case SECTION_EXEC:
		return decide_path(&view, header, &header->automata[AUTOMATON_EXEC], question);
	case SECTION_UNIX:
		return decide_path(&view, header, &header->automata[AUTOMATON_UNIX], question);
	case SECTION_COUNT:
		break;
	}
	outcome = walk.operations ? as_outcome(walk_to_end(&view, header, &walk)) : REF_INVALID;
	return decision_of(&view, header, &walk, outcome);
}
