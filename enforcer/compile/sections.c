/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each section's rules as boxes: which keys, which ranges, and how narrow each is.
 *
 * Narrowness is compared from left to right over the keys, and so are rank (of the heads) and
 * narrowness (of the last key): the order of the language page becomes two numbers.
 */
#include "compile/sections.h"

#include <errno.h>
#include <linux/bpf.h>

#define FAMILIES_NAMED 64 /* section_settings.families has a bit for each below */
#define RANK_OUTSIDE   255U

static struct key_range number_range(uint32_t number)
{
	return number == ANY_NUMBER ? ANY_KEY : (struct key_range){ number, number };
}

static uint32_t is_named(uint32_t number)
{
	return number != ANY_NUMBER;
}

static int add_box(struct diagram *diagram, const struct box *box, uint32_t rule)
{
	if (rule < DECIDED_OUTSIDE)
		diagram->effort->by_rule[rule]++;
	return array_append(&diagram->boxes, *box);
}

/* ---- [device] --------------------------------------------------------------------------- */

static int add_pattern(struct diagram *diagram, const struct rule *rule, uint32_t index,
                       const struct device_pattern *pattern)
{
	struct tail_item item = {
		.range = number_range(pattern->minor),
		.narrowness = is_named(pattern->minor),
		.rule = index,
		.verdict = (uint8_t)rule->verb,
		.operations = (uint8_t)rule->device.access,
	};
	struct box box = {
		.heads = { number_range(pattern->major) },
		.rank = is_named(pattern->type) << 1 | is_named(pattern->major),
	};
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	return error ? error : add_box(diagram, &box, index);
}

static int build_device(const struct policy *policy, struct diagram *diagram, uint32_t type,
                        uint32_t *ret_root)
{
	for (uint32_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		if (rule->section != SECTION_DEVICE)
			continue;
		array_foreach (pattern, &rule->device.patterns) {
			int error;

			if (pattern->type != type && pattern->type != ANY_NUMBER)
				continue;
			error = add_pattern(diagram, rule, i, pattern);
			if (error)
				return error;
		}
	}
	return diagram_build(diagram, ret_root);
}

static int build_devices(const struct policy *policy, struct diagram *diagram,
                         struct sections *sections)
{
	int error;

	diagram->heads = 1;
	diagram->last_key = UINT32_MAX;
	diagram->mark_shift = 31;
	diagram->operations = DEVICE_OPERATIONS;
	error = build_device(policy, diagram, BPF_DEVCG_DEV_CHAR,
	                     &sections->roots[ROOT_DEVICE_CHAR]);
	if (!error)
		error = build_device(policy, diagram, BPF_DEVCG_DEV_BLOCK,
		                     &sections->roots[ROOT_DEVICE_BLOCK]);
	for (unsigned root = ROOT_DEVICE_CHAR; !error && root <= ROOT_DEVICE_BLOCK; root++)
		sections->marks[root] = diagram_marks(diagram, sections->roots[root]);
	return error;
}

/* ---- [socket] --------------------------------------------------------------------------- */

static bool polices(const struct policy *policy, unsigned family)
{
	uint64_t families = policy->sections[SECTION_SOCKET].families;

	return family < FAMILIES_NAMED ? families >> family & 1 : families == UINT64_MAX;
}

/* The families that the section leaves alone, as boxes that outrank every rule. */
static int add_outside(const struct policy *policy, struct diagram *diagram)
{
	struct tail_item item = {
		.range = ANY_KEY, .rule = DECIDED_OUTSIDE, .verdict = VERDICT_ALLOW, .operations = 1
	};
	struct box box = { .heads = { ANY_KEY, ANY_KEY }, .rank = RANK_OUTSIDE };
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	for (unsigned family = 0; !error && family <= FAMILIES_NAMED; family++) {
		unsigned first = family;

		while (family <= FAMILIES_NAMED && !polices(policy, family))
			family++;
		if (family == first)
			continue;
		box.heads[0].first = first;
		box.heads[0].last = family > FAMILIES_NAMED ? UINT32_MAX : family - 1;
		error = add_box(diagram, &box, DECIDED_OUTSIDE);
	}
	return error;
}

static int add_socket_rule(struct diagram *diagram, const struct rule *rule, uint32_t index)
{
	struct tail_item item = {
		.range = number_range(rule->socket.protocol),
		.narrowness = is_named(rule->socket.protocol),
		.rule = index,
		.verdict = (uint8_t)rule->verb,
		.operations = 1,
	};
	struct box box = {
		.heads = { number_range(rule->socket.family), number_range(rule->socket.type) },
		.rank = is_named(rule->socket.family) << 1 | is_named(rule->socket.type),
	};
	int error = diagram_add_tail(diagram, &box.tail);

	if (!error)
		error = diagram_add_item(diagram, &item);
	return error ? error : add_box(diagram, &box, index);
}

/* sock_create sees AF_INET and AF_INET6 alone: what the others get needs no hook. */
static uint8_t socket_marks(const struct diagram *diagram, uint32_t root)
{
	const struct image_words view = {
		diagram->nodes->words, (uint32_t)(diagram->nodes->capacity / IMAGE_BLOCK_WORDS)
	};

	return diagram_marks(diagram, diagram_step(&view, root, 2)) |
	       diagram_marks(diagram, diagram_step(&view, root, 10));
}

static int build_socket(const struct policy *policy, struct diagram *diagram,
                        struct sections *sections)
{
	int error;

	diagram->heads = 2;
	diagram->last_key = UINT32_MAX;
	diagram->mark_shift = 31;
	diagram->operations = 1;
	error = add_outside(policy, diagram);
	for (uint32_t i = 0; !error && i < policy->rules.count; i++) {
		if (policy->rules.items[i].section == SECTION_SOCKET)
			error = add_socket_rule(diagram, &policy->rules.items[i], i);
	}
	if (!error)
		error = diagram_build(diagram, &sections->roots[ROOT_SOCKET]);
	if (!error)
		sections->marks[ROOT_SOCKET] = socket_marks(diagram, sections->roots[ROOT_SOCKET]);
	return error;
}

/* ---- [connect] and [bind] ---------------------------------------------------------------- */

/* Ports are counted so that fewer are narrower; a named protocol outranks any number of them. */
static uint32_t port_narrowness(uint32_t protocol, struct port_range ports)
{
	return is_named(protocol) << 17 | (65536U - ((uint32_t)ports.last - ports.first + 1));
}

static int add_ports(struct diagram *diagram, const struct rule *rule, uint32_t index,
                     struct port_range ports)
{
	uint32_t protocol = rule->address.protocol;
	bool everything = protocol == ANY_NUMBER && ports.first == 0 && ports.last == UINT16_MAX;
	int error = 0;

	for (uint32_t class = 0; !error && class < PROTOCOL_CLASSES; class ++) {
		struct tail_item item = {
			.range = { PORT_KEY(class, ports.first), PORT_KEY(class, ports.last) },
			.narrowness = port_narrowness(protocol, ports),
			.rule = index,
			.verdict = (uint8_t)rule->verb,
			.operations = 1,
		};

		if (protocol != ANY_NUMBER && protocol_class(protocol) != class)
			continue;
		if (everything)
			item.range.last = PORT_KEY_LAST;
		error = diagram_add_item(diagram, &item);
		if (everything)
			break;
	}
	return error;
}

/* tails: by rule index + 1 of this section, the tail + 1. */
static int add_tails(const struct policy *policy, struct diagram *diagram, enum section section)
{
	for (uint32_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];
		uint32_t tail;
		int error;

		if (rule->section != section)
			continue;
		error = diagram_add_tail(diagram, &tail);
		array_foreach (ports, &rule->address.ports) {
			if (!error)
				error = add_ports(diagram, rule, i, *ports);
		}
		if (error)
			return error;
	}
	return 0;
}

static struct key_range prefix_range(uint32_t word, unsigned length, unsigned word_index)
{
	unsigned before = 32 * word_index;
	unsigned bits = length <= before ? 0 : length - before >= 32 ? 32 : length - before;
	uint32_t host = bits == 32 ? 0 : UINT32_MAX >> bits;

	return (struct key_range){ word & ~host, word | host };
}

/* A connect to the any-address is judged as one to loopback: no question has this address. */
static bool is_never_asked(enum section section, const struct prefix *prefix)
{
	const __u32 *words = prefix->address.words;

	return section == SECTION_CONNECT && !(words[0] | words[1] | words[2] | words[3]) &&
	       prefix->length == (prefix->address.is_ipv6 ? 128 : 32);
}

static int add_prefixes(const struct policy *policy, struct diagram *diagram,
                        const struct rule *rule, uint32_t tail, bool is_ipv6)
{
	uint32_t index = (uint32_t)(rule - policy->rules.items);
	const struct prefix_set *set = &policy->sets.items[rule->address.set];

	array_foreach (prefix, &set->prefixes) {
		struct box box = { .rank = prefix->length, .tail = tail };
		int error;

		if (prefix->address.is_ipv6 != is_ipv6 || is_never_asked(rule->section, prefix))
			continue;
		for (unsigned i = 0; i < diagram->heads; i++) {
			uint32_t word = prefix->address.words[is_ipv6 ? i : 3];

			box.heads[i] = prefix_range(word, prefix->length, i);
		}
		error = add_box(diagram, &box, index);
		if (error)
			return error;
	}
	return 0;
}

static int build_addresses(const struct policy *policy, struct diagram *diagram,
                           enum section section, bool is_ipv6, uint32_t *ret_root)
{
	uint32_t tail = 0; /* add_tails gave each rule of the section one, in order */

	diagram->heads = is_ipv6 ? 4 : 1;
	array_foreach (rule, &policy->rules) {
		int error;

		if (rule->section != section)
			continue;
		error = add_prefixes(policy, diagram, rule, tail++, is_ipv6);
		if (error)
			return error;
	}
	return diagram_build(diagram, ret_root);
}

static int build_address_section(const struct policy *policy, struct diagram *diagram,
                                 enum section section, enum root root4, enum root root6,
                                 struct sections *sections)
{
	int error;

	diagram->last_key = PORT_KEY_LAST;
	diagram->mark_shift = 16;
	diagram->operations = 1;
	error = add_tails(policy, diagram, section);
	if (!error)
		error = build_addresses(policy, diagram, section, false, &sections->roots[root4]);
	if (!error)
		error = build_addresses(policy, diagram, section, true, &sections->roots[root6]);
	if (error)
		return error;
	sections->marks[root4] = diagram_marks(diagram, sections->roots[root4]);
	sections->marks[root6] = diagram_marks(diagram, sections->roots[root6]);
	return 0;
}

/* ---- all of them ------------------------------------------------------------------------ */

static int build_section(const struct policy *policy, struct diagram *diagram, enum section section,
                         struct sections *sections)
{
	switch (section) {
	case SECTION_DEVICE:
		return build_devices(policy, diagram, sections);
	case SECTION_SOCKET:
		return build_socket(policy, diagram, sections);
	case SECTION_CONNECT:
		return build_address_section(policy, diagram, section, ROOT_CONNECT4, ROOT_CONNECT6,
		                             sections);
	case SECTION_BIND:
		return build_address_section(policy, diagram, section, ROOT_BIND4, ROOT_BIND6,
		                             sections);
	case SECTION_COUNT:
		break;
	}
	return -EINVAL;
}

int sections_build(const struct policy *policy, struct nodes *nodes, struct rows *rows,
                   struct effort *effort, struct sections *ret_sections)
{
	struct sections sections = { 0 };

	for (unsigned i = 0; i < ROOT_COUNT; i++)
		sections.roots[i] = REF_ABSENT;
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		struct diagram diagram = {
			.fallback = policy->sections[i].fallback,
			.nodes = nodes,
			.rows = rows,
			.effort = effort,
		};
		int error;

		if (!policy->sections[i].present)
			continue;
		error = build_section(policy, &diagram, i, &sections);
		diagram_fini(&diagram);
		if (error)
			return error;
	}
	*ret_sections = sections;
	return 0;
}
