/* SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

#include <linux/bpf.h>
#include <string.h>

#include "abi_lsm.h"

/* How narrowly a rule names an object: compared from left to right, larger is narrower. */
struct narrowness {
	int64_t parts[3];
};

/* The question after "always": mapped is IPv4, any-address is loopback for a connect. */
struct object {
	uint32_t words[4];
	bool is_ipv6;
	uint32_t protocol;
	uint16_t port;
};

static struct object object_asked(const struct question *question)
{
	struct object object = { .is_ipv6 = question->address.address.is_ipv6 != 0,
		                 .protocol = question->address.protocol,
		                 .port = question->address.port };
	uint32_t *words = object.words;

	memcpy(words, question->address.address.words, sizeof(object.words));
	if (object.is_ipv6 && words[0] == 0 && words[1] == 0 && words[2] == 0x0000ffff) {
		object.is_ipv6 = false;
		words[2] = 0;
	}
	if (question->section == SECTION_CONNECT && words[0] == 0 && words[1] == 0 &&
	    words[2] == 0 && words[3] == 0)
		words[3] = object.is_ipv6 ? 1 : 127U << 24 | 1;
	return object;
}

static bool bit_of(const uint32_t words[4], unsigned bit)
{
	return words[bit / 32] >> (31 - bit % 32) & 1;
}

static bool in_prefix(const struct object *object, const struct prefix *prefix)
{
	unsigned start = object->is_ipv6 ? 0 : 96;

	if ((prefix->address.is_ipv6 != 0) != object->is_ipv6)
		return false;
	for (unsigned i = 0; i < prefix->length; i++) {
		if (bit_of(object->words, start + i) != bit_of(prefix->address.words, start + i))
			return false;
	}
	return true;
}

static bool names(uint32_t pattern, uint32_t value)
{
	return pattern == ANY_NUMBER || pattern == value;
}

static bool is_narrower(const struct narrowness *a, const struct narrowness *b)
{
	for (unsigned i = 0; i < 3; i++) {
		if (a->parts[i] != b->parts[i])
			return a->parts[i] > b->parts[i];
	}
	return false;
}

static void keep_narrowest(struct narrowness *best, bool *found, struct narrowness candidate)
{
	if (!*found || is_narrower(&candidate, best))
		*best = candidate;
	*found = true;
}

static bool match_address(const struct policy *policy, const struct rule *rule,
                          const struct question *question, struct narrowness *ret_narrowness)
{
	const struct prefix_set *set = &policy->sets.items[rule->address.set];
	struct object object = object_asked(question);
	bool found = false;

	if (!names(rule->address.protocol, object.protocol))
		return false;
	for (size_t i = 0; i < set->prefixes.count; i++) {
		const struct prefix *prefix = &set->prefixes.items[i];

		if (!in_prefix(&object, prefix))
			continue;
		for (size_t j = 0; j < rule->address.ports.count; j++) {
			struct port_range ports = rule->address.ports.items[j];
			struct narrowness narrowness = {
				{ prefix->length, rule->address.protocol != ANY_NUMBER,
				  -(int64_t)(ports.last - ports.first + 1) }
			};

			if (object.port >= ports.first && object.port <= ports.last)
				keep_narrowest(ret_narrowness, &found, narrowness);
		}
	}
	return found;
}

static bool match_device(const struct rule *rule, const struct question *question,
                         unsigned operation, struct narrowness *ret_narrowness)
{
	bool found = false;

	if (!(rule->device.access >> operation & 1))
		return false;
	for (size_t i = 0; i < rule->device.patterns.count; i++) {
		const struct device_pattern *pattern = &rule->device.patterns.items[i];
		struct narrowness narrowness = { { pattern->type != ANY_NUMBER,
			                           pattern->major != ANY_NUMBER,
			                           pattern->minor != ANY_NUMBER } };

		if (names(pattern->type, question->device.type) &&
		    names(pattern->major, question->device.major) &&
		    names(pattern->minor, question->device.minor))
			keep_narrowest(ret_narrowness, &found, narrowness);
	}
	return found;
}

static bool match_socket(const struct rule *rule, const struct question *question,
                         struct narrowness *ret_narrowness)
{
	*ret_narrowness = (struct narrowness){ { rule->socket.family != ANY_NUMBER,
		                                 rule->socket.type != ANY_NUMBER,
		                                 rule->socket.protocol != ANY_NUMBER } };
	return names(rule->socket.family, question->socket.family) &&
	       names(rule->socket.type, question->socket.type) &&
	       names(rule->socket.protocol, question->socket.protocol);
}

static bool match_names(const struct rule *rule, const struct question *question,
                        struct narrowness *ret_narrowness)
{
	uint32_t number = question->number;

	*ret_narrowness = (struct narrowness){ { !rule->names.all } };
	/* What is said of the whole is said of its part. */
	if (rule->section == SECTION_OPERATION && number == OPERATION_PTRACE_OUTSIDE)
		number = OPERATION_PTRACE;
	if (rule->section == SECTION_OPERATION && number == OPERATION_BPF_OWN)
		number = OPERATION_BPF;
	return rule->names.all || (number < 64 && rule->names.numbers >> number & 1);
}

static bool match_rule(const struct policy *policy, const struct rule *rule,
                       const struct question *question, unsigned operation,
                       struct narrowness *ret_narrowness)
{
	if (rule->section != question->section)
		return false;
	if (rule->section == SECTION_DEVICE)
		return match_device(rule, question, operation, ret_narrowness);
	if (rule->section == SECTION_SOCKET)
		return match_socket(rule, question, ret_narrowness);
	if (has_names(rule->section))
		return match_names(rule, question, ret_narrowness);
	return match_address(policy, rule, question, ret_narrowness);
}

/* deny beats audit beats allow */
static int strictness(enum verdict verdict)
{
	return verdict == VERDICT_DENY ? 3 : verdict == VERDICT_AUDIT ? 2 : 1;
}

static struct decision decide_operation(const struct policy *policy,
                                        const struct question *question, unsigned operation)
{
	struct decision decision = { .verdict = policy->sections[question->section].fallback,
		                     .reason = REASON_DEFAULT,
		                     .operation = operation };
	struct narrowness best = { { 0 } };

	for (uint32_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];
		struct narrowness narrowness = { { 0 } };
		bool better;

		if (!match_rule(policy, rule, question, operation, &narrowness))
			continue;
		better = decision.reason == REASON_DEFAULT || is_narrower(&narrowness, &best) ||
		         (!is_narrower(&best, &narrowness) &&
		          strictness(rule->verb) > strictness(decision.verdict));
		if (!better)
			continue;
		best = narrowness;
		decision.verdict = rule->verb;
		decision.reason = REASON_RULE;
		decision.rule = i;
	}
	return decision;
}

/* A [file] or [exec] closes these, unless `escapes` has them. */
static bool is_closed(const struct policy *policy, const struct question *question)
{
	uint32_t number = question->number;

	if (!policy->sections[SECTION_FILE].present && !policy->sections[SECTION_EXEC].present)
		return false;
	return (number == OPERATION_MOUNT || number == OPERATION_USERNS ||
	        number == OPERATION_CGROUP_ESCAPE || number == OPERATION_PTRACE_OUTSIDE ||
	        number == OPERATION_BPF_OWN) &&
	       !(policy->escapes >> number & 1);
}

/* Only a rule that names it says otherwise. */
static struct decision decide_closed(const struct policy *policy, const struct question *question)
{
	struct decision decision = { .verdict = VERDICT_DENY, .reason = REASON_DEFAULT };

	if (policy->sections[SECTION_OPERATION].present) {
		struct decision named = decide_operation(policy, question, 0);

		if (named.reason == REASON_RULE && !policy->rules.items[named.rule].names.all)
			return named;
	}
	return decision;
}

struct decision oracle_decide(const struct policy *policy, const struct question *question)
{
	const struct section_settings *section = &policy->sections[question->section];
	struct decision strictest = { .verdict = VERDICT_ALLOW, .reason = REASON_ABSENT };
	bool decided = false;

	if (question->section == SECTION_OPERATION && is_closed(policy, question))
		return decide_closed(policy, question);
	if (!section->present)
		return strictest;
	if (question->section == SECTION_SOCKET && section->families != UINT64_MAX &&
	    (question->socket.family >= 64 ||
	     !(section->families >> question->socket.family & 1))) {
		strictest.reason = REASON_OUTSIDE;
		return strictest;
	}
	if (question->section != SECTION_DEVICE)
		return decide_operation(policy, question, 0);
	for (unsigned operation = 0; operation < 3; operation++) {
		struct decision decision;

		if (!(question->device.access >> operation & 1))
			continue;
		decision = decide_operation(policy, question, operation);
		if (!decided || strictness(decision.verdict) > strictness(strictest.verdict))
			strictest = decision;
		decided = true;
	}
	return strictest;
}
