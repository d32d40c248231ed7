/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same rule twice: same section, same verb, same objects in the same order. Rules are compared
 * by a hash of what they say and then for real.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/findings.h"
#include "compile/sort.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdULL;
	return hash ^ (hash >> 31);
}

static uint64_t hash_set(const struct prefix_set *set)
{
	uint64_t hash = set->prefixes.count;

	array_foreach (prefix, &set->prefixes) {
		for (unsigned i = 0; i < 4; i++)
			hash = mix(hash, prefix->address.words[i]);
		hash = mix(hash, (uint64_t)prefix->address.is_ipv6 << 8 | prefix->length);
	}
	return hash;
}

/* NULL, for `anonymous`, is no text. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = mix(hash, (unsigned char)*text);
	return hash;
}

static uint64_t hash_rule(const struct rule *rule, const uint64_t *set_hashes)
{
	uint64_t hash = mix(rule->section, rule->verb);

	switch (rule->section) {
	case SECTION_DEVICE:
		hash = mix(hash, rule->device.access);
		array_foreach (pattern, &rule->device.patterns) {
			hash = mix(hash, (uint64_t)pattern->major << 32 | pattern->minor);
			hash = mix(hash, pattern->type);
		}
		break;
	case SECTION_SOCKET:
		hash = mix(hash, (uint64_t)rule->socket.family << 32 | rule->socket.type);
		hash = mix(hash, rule->socket.protocol);
		break;
	case SECTION_CONNECT:
	case SECTION_BIND:
		hash = mix(hash, rule->address.protocol);
		hash = mix(hash, set_hashes[rule->address.set]);
		array_foreach (ports, &rule->address.ports)
			hash = mix(hash, (uint64_t)ports->first << 16 | ports->last);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		hash = hash_text(mix(hash, rule->path.permissions), rule->path.glob);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		hash = mix(mix(hash, rule->names.numbers), rule->names.all);
		break;
	case SECTION_COUNT:
		break;
	}
	return hash;
}

static bool same_sets(const struct prefix_set *a, const struct prefix_set *b)
{
	if (a->prefixes.count != b->prefixes.count)
		return false;
	for (size_t i = 0; a != b && i < a->prefixes.count; i++) {
		const struct prefix *p = &a->prefixes.items[i], *q = &b->prefixes.items[i];

		if (p->length != q->length || p->address.is_ipv6 != q->address.is_ipv6 ||
		    memcmp(p->address.words, q->address.words, sizeof(p->address.words)))
			return false;
	}
	return true;
}

static bool same_devices(const struct rule *a, const struct rule *b)
{
	if (a->device.access != b->device.access ||
	    a->device.patterns.count != b->device.patterns.count)
		return false;
	for (size_t i = 0; i < a->device.patterns.count; i++) {
		const struct device_pattern *p = &a->device.patterns.items[i];
		const struct device_pattern *q = &b->device.patterns.items[i];

		if (p->type != q->type || p->major != q->major || p->minor != q->minor)
			return false;
	}
	return true;
}

static bool same_ports(const struct rule *a, const struct rule *b)
{
	if (a->address.ports.count != b->address.ports.count)
		return false;
	for (size_t i = 0; i < a->address.ports.count; i++) {
		struct port_range p = a->address.ports.items[i], q = b->address.ports.items[i];

		if (p.first != q.first || p.last != q.last)
			return false;
	}
	return true;
}

static bool same_globs(const struct rule *a, const struct rule *b)
{
	if (!a->path.glob || !b->path.glob)
		return a->path.glob == b->path.glob;
	return !strcmp(a->path.glob, b->path.glob);
}

static bool same_rules(const struct policy *policy, const struct rule *a, const struct rule *b)
{
	if (a->section != b->section || a->verb != b->verb)
		return false;
	switch (a->section) {
	case SECTION_DEVICE:
		return same_devices(a, b);
	case SECTION_SOCKET:
		return a->socket.family == b->socket.family && a->socket.type == b->socket.type &&
		       a->socket.protocol == b->socket.protocol;
	case SECTION_CONNECT:
	case SECTION_BIND:
		return a->address.protocol == b->address.protocol && same_ports(a, b) &&
		       same_sets(&policy->sets.items[a->address.set],
		                 &policy->sets.items[b->address.set]);
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
		return a->path.permissions == b->path.permissions && same_globs(a, b);
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		return a->names.numbers == b->names.numbers && a->names.all == b->names.all;
	case SECTION_COUNT:
		break;
	}
	return false;
}

static void report(const struct policy *policy, const struct rule *first, const struct rule *again,
                   struct diag *diag)
{
	struct place place = rule_place(policy, again);

	diag_add(diag, SEVERITY_WARNING, "duplicate-rule", &place, NULL,
	         "the same rule stands in %s:%u already", location_file(policy, &first->where),
	         first->where.line);
}

int find_duplicates(const struct policy *policy, struct diag *diag, bool *is_duplicate)
{
	size_t count = policy->rules.count;
	CLEANUP_FREE uint64_t *set_hashes = calloc(policy->sets.count + 1, sizeof(*set_hashes));
	CLEANUP_FREE struct sort_entry *entries = calloc(count + 1, sizeof(*entries));
	CLEANUP_FREE struct sort_entry *scratch = calloc(count + 1, sizeof(*scratch));
	const struct rule *rules = policy->rules.items, *first = NULL;

	if (!set_hashes || !entries || !scratch)
		return -ENOMEM;
	for (size_t i = 0; i < policy->sets.count; i++)
		set_hashes[i] = hash_set(&policy->sets.items[i]);
	for (uint32_t i = 0; i < count; i++)
		entries[i] = (struct sort_entry){ hash_rule(&rules[i], set_hashes), i };
	sort_entries(entries, scratch, count);
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[entries[i].value];

		if (!i || entries[i].key != entries[i - 1].key ||
		    !same_rules(policy, first, rule)) {
			first = rule;
			continue;
		}
		is_duplicate[entries[i].value] = true;
		report(policy, first, rule, diag);
	}
	return 0;
}
