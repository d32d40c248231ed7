/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that can never decide: exactly those whose index stands in no row of the image, because
 * every row belongs to a question that can be asked. Which rules decide instead is told by asking
 * the image about corners of what the rule covers.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/findings.h"

#define SHADOWS_NAMED 3
#define CORNERS_MAX   64

/* Who decides at the corners asked so far. */
struct shadows {
	const struct image *image;
	uint32_t rules[SHADOWS_NAMED];
	unsigned count, asked;
	bool more, outside;
};

static void ask(struct shadows *shadows, const struct question *question)
{
	struct decision decision = image_decide(shadows->image, question);

	shadows->asked++;
	if (decision.reason == REASON_OUTSIDE)
		shadows->outside = true;
	if (decision.reason != REASON_RULE)
		return;
	for (unsigned i = 0; i < shadows->count; i++) {
		if (shadows->rules[i] == decision.rule)
			return;
	}
	if (shadows->count == SHADOWS_NAMED)
		shadows->more = true;
	else
		shadows->rules[shadows->count++] = decision.rule;
}

static uint32_t value_of(uint32_t number, uint32_t other)
{
	return number == ANY_NUMBER ? other : number;
}

static void ask_devices(struct shadows *shadows, const struct rule *rule)
{
	array_foreach (pattern, &rule->device.patterns) {
		struct question question = { .section = SECTION_DEVICE };

		if (shadows->asked >= CORNERS_MAX)
			return;
		question.device.major = value_of(pattern->major, 0);
		question.device.minor = value_of(pattern->minor, 0);
		question.device.type = value_of(pattern->type, BPF_DEVCG_DEV_CHAR);
		for (unsigned i = 0; i < DEVICE_OPERATIONS; i++) {
			question.device.access = rule->device.access & (1U << i);
			if (question.device.access)
				ask(shadows, &question);
		}
	}
}

static void ask_sockets(struct shadows *shadows, const struct rule *rule)
{
	struct question question = { .section = SECTION_SOCKET };

	question.socket.family = value_of(rule->socket.family, 2);
	question.socket.type = value_of(rule->socket.type, 1);
	question.socket.protocol = value_of(rule->socket.protocol, 6);
	ask(shadows, &question);
}

static void ask_names(struct shadows *shadows, const struct rule *rule)
{
	for (uint32_t number = 0; number < 64; number++) {
		struct question question = { .section = rule->section, .number = number };

		if (rule->names.all || rule->names.numbers >> number & 1)
			ask(shadows, &question);
	}
}

static void ask_paths(struct shadows *shadows, const struct rule *rule)
{
	struct question question = { .section = rule->section };
	char sample[GLOB_LENGTH_MAX];
	struct complaint ignored;
	struct glob glob = { .alternatives = 1 };

	if (rule->path.glob && glob_scan(span_of(rule->path.glob), "/@", &glob, &ignored))
		return;
	for (unsigned i = 0; i < glob.alternatives && shadows->asked < CORNERS_MAX; i++) {
		if (rule->path.glob)
			question.path.name = glob_sample(rule->path.glob, i, sample);
		for (unsigned bit = 0; bit < FILE_OPERATIONS; bit++) {
			question.path.permissions = rule->path.permissions & 1U << bit;
			if (question.path.permissions)
				ask(shadows, &question);
		}
	}
}

static void ask_addresses(const struct policy *policy, struct shadows *shadows,
                          const struct rule *rule)
{
	array_foreach (prefix, &policy->sets.items[rule->address.set].prefixes) {
		array_foreach (ports, &rule->address.ports) {
			struct question question = { .section = rule->section };

			if (shadows->asked >= CORNERS_MAX)
				return;
			question.address.address = prefix->address;
			question.address.protocol = value_of(rule->address.protocol, 6);
			question.address.port = ports->first;
			ask(shadows, &question);
		}
	}
}

static struct shadows shadows_of(const struct policy *policy, const struct image *image,
                                 const struct rule *rule)
{
	struct shadows shadows = { .image = image };

	switch (rule->section) {
	case SECTION_DEVICE:
		ask_devices(&shadows, rule);
		break;
	case SECTION_SOCKET:
		ask_sockets(&shadows, rule);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		ask_addresses(policy, &shadows, rule);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		ask_names(&shadows, rule);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		ask_paths(&shadows, rule);
		break;
	case SECTION_COUNT:
		break;
	}
	return shadows;
}

/* A [connect] rule that names the any-address and nothing else. */
static bool names_only_any_address(const struct policy *policy, const struct rule *rule)
{
	if (rule->section != SECTION_CONNECT)
		return false;
	array_foreach (prefix, &policy->sets.items[rule->address.set].prefixes) {
		const __u32 *words = prefix->address.words;

		if (words[0] | words[1] | words[2] | words[3] ||
		    prefix->length != (prefix->address.is_ipv6 ? 128 : 32))
			return false;
	}
	return true;
}

static void report(const struct policy *policy, const struct shadows *shadows,
                   const struct rule *rule, struct diag *diag)
{
	struct place place = rule_place(policy, rule);
	struct phrase phrase = { .length = 0 };
	const char *hint = NULL;

	phrase_add(&phrase, "this rule never decides");
	if (names_only_any_address(policy, rule)) {
		phrase_add(&phrase, ": a connect to the any-address is one to loopback");
		hint = "write `localhost`, or 127.0.0.1 and ::1";
	} else if (shadows->outside) {
		phrase_add(&phrase, ": `families` leaves its family out");
	} else {
		for (unsigned i = 0; i < shadows->count; i++) {
			const struct rule *other = &policy->rules.items[shadows->rules[i]];

			phrase_add(&phrase, "%s%s:%u", i ? ", " : ": what it names is decided by ",
			           location_file(policy, &other->where), other->where.line);
		}
		phrase_add(&phrase, "%s", shadows->more ? " and others" : "");
	}
	diag_add(diag, SEVERITY_WARNING, "shadowed-rule", &place, hint, "%s", phrase.text);
}

/* Rules that stand in some row, by index + 1. */
static void mark_deciding(const struct image *image, bool *decides, size_t rule_count)
{
	const struct image_header *header = image_header(image);

	for (uint32_t i = header->rows; i < header->cookies; i++) {
		if (image->words[i] <= rule_count)
			decides[image->words[i]] = true;
	}
}

int find_shadowed(const struct policy *policy, const struct image *image, struct diag *diag,
                  const bool *is_duplicate)
{
	CLEANUP_FREE bool *decides = calloc(policy->rules.count + 1, sizeof(*decides));

	if (!decides)
		return -ENOMEM;
	mark_deciding(image, decides, policy->rules.count);
	for (size_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];
		struct shadows shadows;

		if (decides[i + 1] || is_duplicate[i] || !policy->sections[rule->section].present)
			continue;
		shadows = shadows_of(policy, image, rule);
		report(policy, &shadows, rule, diag);
	}
	return 0;
}
