/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of [connect] and [bind]: [PROTO] ADDRESS[:PORTS]. A group is only named here: its items may
 * come later in the file or in another one, so what it holds is checked at the end (groups.c).
 */
#include "parse/loader.h"
#include "parse/names.h"

static bool is_any(struct span word)
{
	return span_is(word, "any") || span_is(word, "*");
}

static int other_protocol(struct span word, enum section section, struct complaint *ret_complaint)
{
	complain(ret_complaint, "protocol-not-here", word.start, "[%s] cannot tell protocol `%.*s`",
	         section_name(section), WORD(word));
	return suggest(ret_complaint,
	               "its hooks see tcp and udp; close other protocols in [socket]");
}

static int rule_protocol(struct span word, enum section section, uint32_t *ret_protocol,
                         struct complaint *ret_complaint)
{
	static const struct name usual[] = { { "tcp", 6 }, { "udp", 17 }, { "any", 0 } };
	uint32_t protocol = ANY_NUMBER;
	const char *near = name_nearest(NAME_TABLE(usual), word);
	int error = 0;

	if (!is_any(word))
		error = protocol_parse(word, &protocol, ret_complaint);
	if (error && near)
		return suggest(ret_complaint, "did you mean `%s`?", near);
	if (error)
		return ret_complaint->hint[0] ? error
		                              : suggest(ret_complaint, "write tcp, udp or any");
	if (protocol != ANY_NUMBER && protocol != 6 && protocol != 17)
		return other_protocol(word, section, ret_complaint);
	*ret_protocol = protocol;
	return 0;
}

static int port_item(struct span item, uint32_t protocol, const struct surroundings *surroundings,
                     struct port_range *ret_range, struct complaint *ret_complaint)
{
	struct port_range range = { 0, UINT16_MAX };
	int error;

	if (!item.length) {
		complain(ret_complaint, "missing-value", item.start, "port missing");
		return suggest(ret_complaint, "a list of ports is 80,443,8000-8099 without blanks");
	}
	if (is_any(item)) {
		*ret_range = range;
		return 0;
	}
	if (is_service_name(item)) {
		error = port_parse(item, protocol, surroundings, &range.first, ret_complaint);
		range.last = range.first;
	} else {
		error = scan_port_range(item, &range.first, &range.last, ret_complaint);
	}
	if (!error)
		*ret_range = range;
	return error;
}

static int rule_ports(struct span text, const struct surroundings *surroundings, struct rule *rule,
                      struct complaint *ret_complaint)
{
	for (;;) {
		size_t comma = span_find(text, ',');
		struct port_range range = { 0, 0 };
		int error = port_item(span_up_to(text, comma), rule->address.protocol, surroundings,
		                      &range, ret_complaint);

		if (!error)
			error = array_append(&rule->address.ports, range);
		if (error || comma == text.length)
			return error;
		text = span_from(text, comma + 1);
	}
}

static int add_prefix(struct prefix_set *set, struct span text, struct complaint *ret_complaint)
{
	struct prefix prefix = { 0 };
	int error = scan_cidr(text, &prefix.address, &prefix.length, ret_complaint);

	return error ? error : array_append(&set->prefixes, prefix);
}

/* Addresses that a rule gives itself. */
static int own_set(struct span word, struct prefix_set *set, struct complaint *ret_complaint)
{
	static const char *const any[] = { "0.0.0.0/0", "::/0" };
	static const char *const localhost[] = { "127.0.0.0/8", "::1" };
	const char *const *both = is_any(word)                 ? any
	                          : span_is(word, "localhost") ? localhost
	                                                       : NULL;
	int error;

	if (!both)
		return add_prefix(set, word, ret_complaint);
	error = add_prefix(set, span_of(both[0]), ret_complaint);
	return error ? error : add_prefix(set, span_of(both[1]), ret_complaint);
}

bool is_any_address(const struct prefix *prefix)
{
	const __u32 *words = prefix->address.words;

	return !(words[0] | words[1] | words[2] | words[3]) &&
	       prefix->length == (prefix->address.is_ipv6 ? 128 : 32);
}

/* A connect to it goes to loopback, so a rule for it would never decide. */
static int check_any_address(struct span word, const struct prefix_set *set,
                             struct complaint *ret_complaint)
{
	array_foreach (prefix, &set->prefixes) {
		if (!is_any_address(prefix))
			continue;
		complain(ret_complaint, "any-address", word.start,
		         "a connect to %.*s goes to loopback", WORD(word));
		return suggest(ret_complaint, "write localhost for that, or any for every address");
	}
	return 0;
}

static int rule_group(struct loader *loader, const struct location *where, struct span name,
                      struct rule *rule, struct complaint *ret_complaint)
{
	struct group_use use = { .section = rule->section, .where = *where };
	int error = scan_name(name, "group name", KEY_BYTES_MAX, ret_complaint);

	if (!error)
		error = group_find(loader, name, &use.group, ret_complaint);
	if (error)
		return error;
	rule->address.set = loader->groups.items[use.group].set;
	return array_append(&loader->uses, use);
}

static int rule_set(struct loader *loader, const struct location *where,
                    const struct endpoint *endpoint, struct rule *rule,
                    struct complaint *ret_complaint)
{
	struct span word = endpoint->address;
	struct prefix_set set = { 0 };
	int error;

	if (word.length && word.start[0] == '@')
		return rule_group(loader, where, span_from(word, 1), rule, ret_complaint);
	error = own_set(word, &set, ret_complaint);
	if (!error && rule->section == SECTION_CONNECT)
		error = check_any_address(word, &set, ret_complaint);
	rule->address.set = (uint32_t)loader->policy->sets.count;
	if (!error)
		error = array_append(&loader->policy->sets, set);
	if (error)
		free(set.prefixes.items);
	return error;
}

/* What was probably meant, where the scanner of addresses could not know. "2001:db8:::443": the
 * port ran into the address. */
static int hint_address(const struct endpoint *endpoint, struct complaint *complaint, int error)
{
	if (error != -EINVAL || complaint->hint[0])
		return error;
	if (!endpoint->address.length)
		return suggest(complaint, "for every address write `any`");
	if (!endpoint->bracketed && !endpoint->has_ports && span_has(endpoint->address, ':'))
		suggest(complaint, "IPv6 with a port stands in brackets: [2001:db8::/32]:443");
	return error;
}

/*
 * "::1:443" is one address, and hardly ever the one that was meant: a `deny` with it would deny
 * nothing. Without its last group it is an address too; with brackets there is no doubt.
 */
static void warn_port_in_address(struct loader *loader, uint32_t file, const struct line *line,
                                 const struct endpoint *endpoint)
{
	struct span word = endpoint->address, shorter = word, last = { 0 };
	struct complaint complaint;
	struct address address;

	if (endpoint->bracketed || endpoint->has_ports || !span_has(word, ':'))
		return;
	while (shorter.length && is_digit(shorter.start[shorter.length - 1]))
		shorter.length--;
	last = span_from(word, shorter.length);
	if (!last.length || !shorter.length || shorter.start[--shorter.length] != ':' ||
	    scan_address(shorter, &address, &complaint))
		return;
	complain(&complaint, "port-in-address", word.start, "`%.*s` is one address, with no port",
	         WORD(word));
	suggest(&complaint, "write [%.*s]:%.*s if %.*s is the port, else [%.*s]", WORD(shorter),
	        WORD(last), WORD(last), WORD(word));
	report_warning(loader, file, line, &complaint);
}

static int protocol_alone(struct span word, enum section section, struct complaint *ret_complaint)
{
	if (!span_is(word, "tcp") && !span_is(word, "udp"))
		return other_protocol(word, section, ret_complaint);
	complain(ret_complaint, "missing-value", word.start + word.length,
	         "no address after `%.*s`", WORD(word));
	return suggest(ret_complaint, "for every address write `%.*s any`", WORD(word));
}

int address_rule_parse(struct loader *loader, uint32_t file, const struct line *line,
                       struct span value, struct rule *rule, struct complaint *ret_complaint)
{
	static const struct port_range all_ports = { 0, UINT16_MAX };
	struct span rest = value, first = span_word(&rest), word = span_word(&rest);
	struct endpoint endpoint;
	struct location where;
	int error = 0;

	rule->address.protocol = ANY_NUMBER;
	if (word.length)
		error = rule_protocol(first, rule->section, &rule->address.protocol, ret_complaint);
	else if (name_find(protocol_names, first))
		error = protocol_alone(first, rule->section, ret_complaint);
	else
		word = first;
	if (!error)
		error = expect_end(rest, ret_complaint);
	if (!error)
		error = endpoint_split(word, &endpoint, ret_complaint);
	if (error)
		return error;
	where = line_location(file, line, word.start);
	error = hint_address(&endpoint, ret_complaint,
	                     rule_set(loader, &where, &endpoint, rule, ret_complaint));
	if (error)
		return error;
	warn_port_in_address(loader, file, line, &endpoint);
	if (endpoint.has_ports)
		return rule_ports(endpoint.ports, loader->surroundings, rule, ret_complaint);
	return array_append(&rule->address.ports, all_ports);
}
