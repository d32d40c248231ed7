/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object of an event in the language of questions, by the parser's own names. IPv6 is written
 * as RFC 5952 says: lower case, the longest run of two or more zero groups as "::", mapped
 * addresses with a dotted tail.
 */
#include <linux/bpf.h>
#include <sys/socket.h>

#include "output/event.h"
#include "parse/names.h"

static void put_name(struct json_text *text, struct name_table table, uint32_t number)
{
	for (size_t i = 0; i < table.count; i++) {
		if (table.names[i].number == number) {
			json_text_put(text, table.names[i].name, strlen(table.names[i].name));
			return;
		}
	}
	json_text_number(text, number);
}

static void put_ipv4(struct json_text *text, __u32 address)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		json_text_number(text, address >> shift & 0xff);
		if (shift)
			json_text_literal(text, ".");
	}
}

static unsigned int group(const __u32 words[4], int number)
{
	return words[number / 2] >> (number % 2 ? 0 : 16) & 0xffff;
}

static void put_group(struct json_text *text, unsigned int value)
{
	static const char digits[] = "0123456789abcdef";
	char hex[4];
	size_t length = 0;

	for (int shift = 12; shift >= 0; shift -= 4) {
		if (length || value >> shift || !shift)
			hex[length++] = digits[value >> shift & 15];
	}
	json_text_put(text, hex, length);
}

/* The longest run of zero groups, the first of equals; a single one is not shortened. */
static void find_zero_run(const __u32 words[4], int *ret_start, int *ret_length)
{
	int best = -1, best_length = 1;

	for (int start = 0; start < 8; start++) {
		int end = start;

		while (end < 8 && !group(words, end))
			end++;
		if (end - start > best_length) {
			best = start;
			best_length = end - start;
		}
	}
	*ret_start = best;
	*ret_length = best < 0 ? 0 : best_length;
}

static void put_ipv6(struct json_text *text, const __u32 words[4])
{
	int run, run_length;

	if (!words[0] && !words[1] && words[2] == 0xffff) {
		json_text_literal(text, "::ffff:");
		put_ipv4(text, words[3]);
		return;
	}
	find_zero_run(words, &run, &run_length);
	for (int i = 0; i < 8;) {
		if (i == run) {
			json_text_literal(text, "::");
			i += run_length;
			continue;
		}
		put_group(text, group(words, i++));
		if (i < 8 && i != run)
			json_text_literal(text, ":");
	}
}

static void put_address(struct json_text *text, const struct event *event, const __u32 words[4],
                        bool is_ipv6)
{
	put_name(text, protocol_names, event->protocol);
	if (is_ipv6) {
		json_text_literal(text, " [");
		put_ipv6(text, words);
		json_text_literal(text, "]:");
	} else {
		json_text_literal(text, " ");
		put_ipv4(text, words[3]);
		json_text_literal(text, ":");
	}
	json_text_number(text, event->port);
}

static void put_device(struct json_text *text, const struct event *event)
{
	if (event->device_type == BPF_DEVCG_DEV_BLOCK)
		json_text_literal(text, "b ");
	else
		json_text_literal(text, "c ");
	json_text_number(text, event->major);
	json_text_literal(text, ":");
	json_text_number(text, event->minor);
	if (event->operations)
		json_text_literal(text, " ");
	if (event->operations & ACCESS_READ)
		json_text_literal(text, "r");
	if (event->operations & ACCESS_WRITE)
		json_text_literal(text, "w");
	if (event->operations & ACCESS_MKNOD)
		json_text_literal(text, "m");
}

static void put_socket(struct json_text *text, const struct event *event)
{
	put_name(text, family_names, event->family);
	json_text_literal(text, " ");
	put_name(text, type_names, event->socket_type);
	json_text_literal(text, " ");
	put_name(text, protocol_names, event->protocol);
}

static void put_object(struct json_text *text, const struct event *event, const __u32 words[4],
                       bool is_ipv6)
{
	json_text_literal(text, "\"");
	if (event->hook == HOOK_DEVICE)
		put_device(text, event);
	else if (event->hook == HOOK_SOCK_CREATE)
		put_socket(text, event);
	else
		put_address(text, event, words, is_ipv6);
	json_text_literal(text, "\"");
}

/* The hook alone tells how the program asked: user_family can be anything. */
void event_put_asked(struct json_text *text, const struct event *event)
{
	bool is_ipv6 = event->hook == HOOK_CONNECT6 || event->hook == HOOK_SENDMSG6 ||
	               event->hook == HOOK_BIND6;

	put_object(text, event, event->asked, is_ipv6);
}

void event_put_judged(struct json_text *text, const struct event *event)
{
	put_object(text, event, event->judged, event->judged_family == AF_INET6);
}
