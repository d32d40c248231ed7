/* SPDX-License-Identifier: BSD-2-Clause */
#include "random_policy.h"

#include <linux/bpf.h>

#include "abi_lsm.h"
#include "builder.h"

static uint32_t next(struct random *random)
{
	uint64_t value = random->state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((value ^ (value >> 31)) >> 16);
}

uint32_t random_below(struct random *random, uint32_t limit)
{
	return (uint32_t)(((uint64_t)next(random) * limit) >> 32);
}

static bool one_in(struct random *random, uint32_t count)
{
	return random_below(random, count) == 0;
}

static enum verdict random_verdict(struct random *random)
{
	return VERDICT_ALLOW + random_below(random, 3);
}

/* ---- policies --------------------------------------------------------------------------- */

/* Few different values in each word, so that prefixes lie in each other and meet. */
static uint32_t random_word(struct random *random)
{
	static const uint32_t words[] = { 0,          1,          0x7f000001, 0x0a000000,
		                          0x0a420000, 0x20010db8, 0xffffffff, 0x80000000,
		                          0xfd000000, 0xffff };

	switch (random_below(random, 4)) {
	case 0:
		return next(random);
	case 1:
		return 0x0a000000 | (next(random) & 0xffff);
	default:
		return words[random_below(random, sizeof(words) / sizeof(*words))];
	}
}

static bool is_mapped(const struct address *address)
{
	return address->is_ipv6 && !address->words[0] && !address->words[1] &&
	       address->words[2] == 0xffff;
}

static struct prefix random_prefix(struct random *random)
{
	struct prefix prefix = { .address.is_ipv6 = random_below(random, 2) };
	uint32_t bits = prefix.address.is_ipv6 ? 128 : 32;

	prefix.length = (uint8_t)(one_in(random, 3) ? bits / 32 * 8 * random_below(random, 5)
	                                            : random_below(random, bits + 1));
	for (unsigned i = 0; i < 4; i++) {
		unsigned before = prefix.address.is_ipv6 ? 32 * i : 0;

		if (!prefix.address.is_ipv6 && i < 3)
			continue;
		prefix.address.words[i] = random_word(random);
		if (prefix.length <= before)
			prefix.address.words[i] = 0;
		else if (prefix.length - before < 32)
			prefix.address.words[i] &= ~(UINT32_MAX >> (prefix.length - before));
	}
	/* a mapped prefix would have been given as the IPv4 one */
	if (is_mapped(&prefix.address) && prefix.length > 95)
		prefix.address.words[2] = 0xfffe0000, prefix.address.words[3] = 0;
	if (prefix.length < 112 && prefix.length >= 96)
		prefix.address.words[3] &= ~(UINT32_MAX >> (prefix.length - 96));
	return prefix;
}

static struct port_range random_ports(struct random *random)
{
	struct port_range ports = { 0, UINT16_MAX };

	switch (random_below(random, 4)) {
	case 0:
		break;
	case 1:
		ports.first = ports.last = (uint16_t)(440 + random_below(random, 8));
		break;
	case 2:
		ports.first = (uint16_t)random_below(random, 1024);
		ports.last = (uint16_t)(ports.first + random_below(random, 1024));
		break;
	default:
		ports.first = (uint16_t)next(random);
		ports.last = (uint16_t)(ports.first +
		                        random_below(random, UINT16_MAX - ports.first + 1U));
	}
	return ports;
}

static void add_address_rule(struct random *random, struct policy *policy, enum section section)
{
	static const uint32_t protocols[] = { 6, 17, ANY_NUMBER };
	uint32_t set = random_below(random, (uint32_t)policy->sets.count);
	uint32_t protocol = protocols[random_below(random, 3)];
	struct port_range ports = random_ports(random);
	struct rule *rule = build_address(policy, section, random_verdict(random), protocol, set,
	                                  ports.first, ports.last);

	while (one_in(random, 3)) {
		ports = random_ports(random);
		build_ports(rule, ports.first, ports.last);
	}
}

static uint32_t any_or(struct random *random, uint32_t limit)
{
	return one_in(random, 3) ? ANY_NUMBER : random_below(random, limit);
}

/* Those of globs have a test of their own. */
static enum section random_section(struct random *random)
{
	enum section section = random_below(random, SECTION_COUNT - 3);

	return section < SECTION_FILE ? section : section + 3;
}

/* 0: all of them. No rule names the keys of [operation] that are parts of others. */
static uint64_t random_numbers(struct random *random, enum section section)
{
	uint64_t numbers = (uint64_t)next(random) & next(random);

	if (one_in(random, 4))
		return 0;
	return section == SECTION_OPERATION ? numbers & ((1U << OPERATION_COUNT) - 1) : numbers;
}

static void add_rule(struct random *random, struct policy *policy, uint32_t scale)
{
	enum section section = random_section(random);
	enum verdict verb = random_verdict(random);
	struct device_pattern extra;
	struct rule *rule;

	switch (section) {
	case SECTION_DEVICE:
		rule = build_device(policy, verb, any_or(random, 2) == 1 ? 1 : 2,
		                    any_or(random, 4 + scale / 8), any_or(random, 4 + scale / 8),
		                    1 + random_below(random, 7));
		if (one_in(random, 3))
			rule->device.patterns.items[0].type = ANY_NUMBER;
		extra = rule->device.patterns.items[0];
		extra.major = any_or(random, 4);
		if (one_in(random, 4) && array_append(&rule->device.patterns, extra))
			return;
		break;
	case SECTION_SOCKET:
		build_socket(policy, verb, any_or(random, 12), any_or(random, 6),
		             any_or(random, 8 + scale / 8));
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		add_address_rule(random, policy, section);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		build_names(policy, section, verb, random_numbers(random, section));
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
	case SECTION_COUNT:
		break;
	}
}

struct policy *random_policy(struct random *random, uint32_t scale)
{
	struct policy *policy = build_policy();
	uint32_t sets = 1 + random_below(random, 6), rules = random_below(random, 2 * scale + 1);

	for (uint32_t i = 0; i < sets; i++) {
		uint32_t set = build_set(policy, one_in(random, 5) ? "any" : "");
		uint32_t prefixes = 1 + random_below(random, one_in(random, 2) ? 3 : scale);

		for (uint32_t j = 0; j < prefixes; j++)
			build_prefix(policy, set, random_prefix(random));
	}
	for (uint32_t i = 0; i < rules; i++)
		add_rule(random, policy, scale);
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		if (has_globs(i) ? one_in(random, 4) : !one_in(random, 10))
			build_section(policy, i, one_in(random, 2) ? VERDICT_ALLOW : VERDICT_DENY);
	}
	if (one_in(random, 3))
		policy->escapes = next(random) & ((1U << OPERATION_KEYS) - 1);
	if (one_in(random, 3))
		policy->sections[SECTION_SOCKET].families = random_below(random, 1U << 14);
	return policy;
}

/* ---- questions -------------------------------------------------------------------------- */

/* A rule of the section, or NULL. */
static const struct rule *random_rule(struct random *random, const struct policy *policy,
                                      enum section section)
{
	for (unsigned tries = 0; policy->rules.count && tries < 8; tries++) {
		const struct rule *rule =
		        &policy->rules.items[random_below(random, (uint32_t)policy->rules.count)];

		if (rule->section == section)
			return rule;
	}
	return NULL;
}

/* The value, or one beside it. */
static uint32_t near(struct random *random, uint32_t value)
{
	return value + random_below(random, 3) - 1;
}

/* The first or last address of the prefix, one beside it, or one inside it. */
static struct address address_at(struct random *random, const struct prefix *prefix)
{
	struct address address = prefix->address;
	unsigned start = address.is_ipv6 ? 0 : 3, where = random_below(random, 4);

	for (unsigned i = start; i < 4; i++) {
		unsigned before = 32 * (i - start);
		uint32_t host = prefix->length <= before ? UINT32_MAX
		                : prefix->length - before >= 32
		                        ? 0
		                        : UINT32_MAX >> (prefix->length - before);

		if (where == 1)
			address.words[i] |= host;
		else if (where >= 2)
			address.words[i] |= host & next(random);
	}
	if (one_in(random, 3)) {
		unsigned word = start + random_below(random, 4 - start);

		address.words[word] = near(random, address.words[word]);
	}
	return address;
}

/* One at a prefix of a set; false if it has none: groups of a policy that was read may be empty. */
static bool address_of_set(struct random *random, const struct policy *policy, uint32_t index,
                           struct address *ret_address)
{
	const struct prefix_set *set;

	if (index >= policy->sets.count || !policy->sets.items[index].prefixes.count)
		return false;
	set = &policy->sets.items[index];
	*ret_address = address_at(
	        random, &set->prefixes.items[random_below(random, (uint32_t)set->prefixes.count)]);
	return true;
}

static struct address random_address(struct random *random, const struct policy *policy)
{
	uint32_t set = random_below(random, (uint32_t)policy->sets.count);
	struct address address = { .is_ipv6 = random_below(random, 2) };

	if (one_in(random, 4) || !address_of_set(random, policy, set, &address)) {
		for (unsigned i = address.is_ipv6 ? 0 : 3; i < 4; i++)
			address.words[i] = random_word(random);
	}
	if (!address.is_ipv6 && one_in(random, 4)) {
		address.is_ipv6 = 1;
		address.words[2] = 0xffff;
	}
	return address;
}

static void ask_about_address(struct random *random, const struct policy *policy,
                              struct question *question)
{
	static const uint32_t protocols[] = { 6, 17, 1, 58, 132, 136 };
	const struct rule *rule = random_rule(random, policy, question->section);

	question->address.address = random_address(random, policy);
	question->address.protocol = protocols[random_below(random, 6)];
	question->address.port = (uint16_t)next(random);
	if (rule) {
		const struct port_range *ports =
		        &rule->address.ports
		                 .items[random_below(random, (uint32_t)rule->address.ports.count)];

		question->address.port =
		        (uint16_t)near(random, one_in(random, 2) ? ports->first : ports->last);
		address_of_set(random, policy, rule->address.set, &question->address.address);
		if (rule->address.protocol != ANY_NUMBER && !one_in(random, 4))
			question->address.protocol = rule->address.protocol;
	}
	if (one_in(random, 3))
		question->address.address = random_address(random, policy);
}

struct question random_question(struct random *random, const struct policy *policy)
{
	struct question question = { .section = random_section(random) };
	const struct rule *rule = random_rule(random, policy, question.section);

	switch (question.section) {
	case SECTION_DEVICE:
		question.device.type = 1 + random_below(random, 2);
		question.device.access = 1 + random_below(random, 7);
		question.device.major = random_below(random, 6);
		question.device.minor = random_below(random, 6);
		if (rule && one_in(random, 2)) {
			question.device.major = near(random, rule->device.patterns.items[0].major);
			question.device.minor = near(random, rule->device.patterns.items[0].minor);
		}
		break;
	case SECTION_SOCKET:
		question.socket.family = random_below(random, one_in(random, 8) ? 70 : 13);
		question.socket.type = random_below(random, 7);
		question.socket.protocol = random_below(random, 10);
		if (rule && one_in(random, 2))
			question.socket.protocol = near(random, rule->socket.protocol);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		ask_about_address(random, policy, &question);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		question.number = random_below(random, one_in(random, 8) ? 70 : 34);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
	case SECTION_COUNT:
		break;
	}
	return question;
}
