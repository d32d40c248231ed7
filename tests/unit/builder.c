/* SPDX-License-Identifier: BSD-2-Clause */
#include "builder.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool condition)
{
	if (!condition)
		abort();
}

struct policy *build_policy(void)
{
	struct policy *policy = policy_new();
	char *file = strdup("test.ini");

	must(policy && file);
	policy->name = strdup("test");
	policy->path = strdup("test.ini");
	must(policy->name && policy->path);
	must(!array_append(&policy->files, file));
	policy->log = LOG_DENIED;
	policy->rate_count = 100;
	policy->rate_period_s = 1;
	policy->sections[SECTION_SOCKET].families = UINT64_MAX;
	return policy;
}

void build_section(struct policy *policy, enum section section, enum verdict fallback)
{
	policy->sections[section].present = true;
	policy->sections[section].fallback = fallback;
	policy->sections[section].where.line = 1;
}

struct address build_ip(const char *text)
{
	struct address address = { .is_ipv6 = strchr(text, ':') != NULL };
	uint32_t words[4] = { 0 };

	must(inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, text,
	               address.is_ipv6 ? words : words + 3) == 1);
	for (unsigned i = 0; i < 4; i++)
		address.words[i] = ntohl(words[i]);
	return address;
}

void build_prefix(struct policy *policy, uint32_t set, struct prefix prefix)
{
	must(!array_append(&policy->sets.items[set].prefixes, prefix));
}

static struct prefix parse_prefix(const char *text)
{
	char address[64];
	unsigned length = 0;
	int fields = sscanf(text, "%63[^/]/%u", address, &length);
	struct prefix prefix = { .address = build_ip(address) };

	prefix.length = (uint8_t)(fields == 2 ? length : prefix.address.is_ipv6 ? 128U : 32U);
	return prefix;
}

uint32_t build_set(struct policy *policy, const char *prefixes)
{
	struct prefix_set empty = { 0 };
	uint32_t set = (uint32_t)policy->sets.count;
	char *copy = strdup(prefixes), *rest = NULL;

	must(copy && !array_append(&policy->sets, empty));
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(word, "any")) {
			build_prefix(policy, set, parse_prefix("0.0.0.0/0"));
			build_prefix(policy, set, parse_prefix("::/0"));
		} else {
			build_prefix(policy, set, parse_prefix(word));
		}
	}
	free(copy);
	return set;
}

static struct rule *add_rule(struct policy *policy, enum section section, enum verdict verb)
{
	struct rule rule = { .section = section, .verb = verb };
	char text[64];

	rule.where.line = (uint32_t)policy->rules.count + 2;
	rule.where.column = 1;
	snprintf(text, sizeof(text), "%s = %u", verdict_name(verb), rule.where.line);
	rule.text = strdup(text);
	must(rule.text && !array_append(&policy->rules, rule));
	return &policy->rules.items[policy->rules.count - 1];
}

struct rule *build_device(struct policy *policy, enum verdict verb, uint32_t type, uint32_t major,
                          uint32_t minor, uint32_t access)
{
	struct rule *rule = add_rule(policy, SECTION_DEVICE, verb);
	struct device_pattern pattern = { type, major, minor };

	rule->device.access = access;
	must(!array_append(&rule->device.patterns, pattern));
	return rule;
}

struct rule *build_socket(struct policy *policy, enum verdict verb, uint32_t family, uint32_t type,
                          uint32_t protocol)
{
	struct rule *rule = add_rule(policy, SECTION_SOCKET, verb);

	rule->socket.family = family;
	rule->socket.type = type;
	rule->socket.protocol = protocol;
	return rule;
}

struct rule *build_path(struct policy *policy, enum section section, enum verdict verb,
                        const char *glob, uint32_t permissions)
{
	struct rule *rule = add_rule(policy, section, verb);

	rule->path.glob = glob ? strdup(glob) : NULL;
	must(!glob || rule->path.glob);
	rule->path.permissions = permissions;
	return rule;
}

struct rule *build_names(struct policy *policy, enum section section, enum verdict verb,
                         uint64_t numbers)
{
	struct rule *rule = add_rule(policy, section, verb);

	rule->names.numbers = numbers;
	rule->names.all = !numbers;
	return rule;
}

void build_ports(struct rule *rule, uint16_t first, uint16_t last)
{
	struct port_range ports = { first, last };

	must(!array_append(&rule->address.ports, ports));
}

struct rule *build_address(struct policy *policy, enum section section, enum verdict verb,
                           uint32_t protocol, uint32_t set, uint16_t first_port, uint16_t last_port)
{
	struct rule *rule = add_rule(policy, section, verb);

	rule->address.protocol = protocol;
	rule->address.set = set;
	build_ports(rule, first_port, last_port);
	return rule;
}

struct question ask_address(enum section section, uint32_t protocol, const char *address,
                            uint16_t port)
{
	struct question question = { .section = section };

	question.address.address = build_ip(address);
	question.address.protocol = protocol;
	question.address.port = port;
	return question;
}

struct question ask_number(enum section section, uint32_t number)
{
	return (struct question){ .section = section, .number = number };
}

struct question ask_socket(uint32_t family, uint32_t type, uint32_t protocol)
{
	struct question question = { .section = SECTION_SOCKET };

	question.socket.family = family;
	question.socket.type = type;
	question.socket.protocol = protocol;
	return question;
}

struct question ask_device(uint32_t type, uint32_t major, uint32_t minor, uint32_t access)
{
	struct question question = { .section = SECTION_DEVICE };

	question.device.type = type;
	question.device.major = major;
	question.device.minor = minor;
	question.device.access = access;
	return question;
}
