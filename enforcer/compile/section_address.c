/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [connect] and [bind]: keys are the words of the address, then protocol class and port. All
 * prefixes of a rule share its tail of ports, and IPv4 and IPv6 share the tails.
 */
#include "compile/sections.h"

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

/* One for each rule of the section, in order. */
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
		error = section_add_box(diagram, &box, index);
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

int section_build_address(const struct policy *policy, struct diagram *diagram,
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
