/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object of an event in the language of questions, by the parser's own names. IPv6 is written
 * as RFC 5952 says: lower case, the longest run of two or more zero groups as "::", mapped
 * addresses with a dotted tail.
 */
#include <linux/bpf.h>
#include <sys/socket.h>

#include "model/lsm.h"
#include "output/event.h"
#include "output/json_pen.h"
#include "parse/names.h"

static char *put_name(char *pen, struct name_table table, uint32_t number)
{
	for (size_t i = 0; i < table.count; i++) {
		if (table.names[i].number == number)
			return pen_text(pen, table.names[i].name);
	}
	return pen_number(pen, number);
}

static char *put_ipv4(char *pen, __u32 address)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		pen = pen_number(pen, address >> shift & 0xff);
		if (shift)
			*pen++ = '.';
	}
	return pen;
}

static unsigned int group(const __u32 words[4], int number)
{
	return words[number / 2] >> (number % 2 ? 0 : 16) & 0xffff;
}

static char *put_group(char *pen, unsigned int value)
{
	static const char digits[] = "0123456789abcdef";
	bool started = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		started = started || value >> shift || !shift;
		if (started)
			*pen++ = digits[value >> shift & 15];
	}
	return pen;
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

static char *put_ipv6(char *pen, const __u32 words[4])
{
	int run, run_length;

	if (!words[0] && !words[1] && words[2] == 0xffff)
		return put_ipv4(pen_literal(pen, "::ffff:"), words[3]);
	find_zero_run(words, &run, &run_length);
	for (int i = 0; i < 8;) {
		if (i == run) {
			pen = pen_literal(pen, "::");
			i += run_length;
			continue;
		}
		pen = put_group(pen, group(words, i++));
		if (i < 8 && i != run)
			*pen++ = ':';
	}
	return pen;
}

static char *put_address(char *pen, const struct event *event, const __u32 words[4], bool is_ipv6)
{
	pen = put_name(pen, protocol_names, event->protocol);
	if (is_ipv6)
		pen = pen_literal(put_ipv6(pen_literal(pen, " ["), words), "]:");
	else
		pen = pen_literal(put_ipv4(pen_literal(pen, " "), words[3]), ":");
	return pen_number(pen, event->port);
}

static char *put_device(char *pen, const struct event *event)
{
	*pen++ = event->device_type == BPF_DEVCG_DEV_BLOCK ? 'b' : 'c';
	pen = pen_number(pen_literal(pen, " "), event->major);
	pen = pen_number(pen_literal(pen, ":"), event->minor);
	if (event->operations)
		*pen++ = ' ';
	if (event->operations & ACCESS_READ)
		*pen++ = 'r';
	if (event->operations & ACCESS_WRITE)
		*pen++ = 'w';
	if (event->operations & ACCESS_MKNOD)
		*pen++ = 'm';
	return pen;
}

/* The names of protocols are those of inet and inet6; other families have numbers of their own. */
static char *put_socket(char *pen, const struct event *event)
{
	static const char *const unseen[UNSEEN_KINDS] = {
		[UNSEEN_IO_URING] = "io_uring",
		[UNSEEN_SOCKETCALL] = "socketcall",
	};
	bool named = event->family == AF_INET || event->family == AF_INET6;

	if (event->hook == HOOK_SECCOMP && event->number)
		return pen_text(pen, unseen[event->number]);
	pen = pen_literal(put_name(pen, family_names, event->family), " ");
	pen = pen_literal(put_name(pen, type_names, event->socket_type), " ");
	return named ? put_name(pen, protocol_names, event->protocol)
	             : pen_number(pen, event->protocol);
}

/* An object without a path is named by its class; `anonymous` is one in questions too. */
static char *put_path(char *pen, const struct event *event, const char *path)
{
	static const char letters[FILE_OPERATIONS + 1] = "rwcda";

	if (event->hook == HOOK_LSM_EXEC && event->operations == EXEC_MAP)
		pen = pen_literal(pen, "library ");
	if (event->hook == HOOK_LSM_FILE) {
		for (unsigned i = 0; i < FILE_OPERATIONS; i++) {
			if (event->operations >> i & 1)
				*pen++ = letters[i];
		}
		*pen++ = ' ';
	}
	if (event->object_class == OBJECT_ANONYMOUS || !event->path_length)
		return pen_text(pen, object_class_name(event->object_class));
	return pen_escaped(pen, path, event->path_length);
}

static char *put_lsm_object(char *pen, const struct event *event, const char *path)
{
	if (event->hook == HOOK_LSM_SOCKET)
		return put_socket(pen, event);
	if (event->hook == HOOK_LSM_CAPABILITY)
		return put_name(pen, capability_names, event->number);
	if (event->hook == HOOK_LSM_OPERATION)
		return put_name(pen, operation_keys, event->number);
	return put_path(pen, event, path);
}

static char *put_object(char *pen, const struct event *event, const char *path,
                        const __u32 words[4], bool is_ipv6)
{
	*pen++ = '"';
	if (event_is_of_lsm(event))
		pen = put_lsm_object(pen, event, path);
	else if (event->hook == HOOK_DEVICE)
		pen = put_device(pen, event);
	else if (event->hook == HOOK_SOCK_CREATE || event->hook == HOOK_SECCOMP)
		pen = put_socket(pen, event);
	else
		pen = put_address(pen, event, words, is_ipv6);
	*pen++ = '"';
	return pen;
}

/* The hook alone tells how the program asked: user_family can be anything. */
static bool asked_ipv6(const struct event *event)
{
	return event->hook == HOOK_CONNECT6 || event->hook == HOOK_SENDMSG6 ||
	       event->hook == HOOK_BIND6;
}

char *event_put_asked(char *pen, const struct event *event, const char *path)
{
	return put_object(pen, event, path, event->asked, asked_ipv6(event));
}

char *event_put_judged(char *pen, const struct event *event, const char *path)
{
	return put_object(pen, event, path, event->judged, event->judged_family == AF_INET6);
}

bool event_is_judged_as_asked(const struct event *event)
{
	return event_is_of_lsm(event) || event->hook == HOOK_DEVICE ||
	       event->hook == HOOK_SOCK_CREATE || event->hook == HOOK_SECCOMP ||
	       (asked_ipv6(event) == (event->judged_family == AF_INET6) &&
	        memcmp(event->asked, event->judged, sizeof(event->asked)) == 0);
}
