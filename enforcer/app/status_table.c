/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cgward status` for people: one line a cgroup. On a terminal it fits 80 columns: long cgroup
 * names lose their front, long policy names their end. Elsewhere names are whole. Long counts lose
 * their last digits; --json and `cgward status CGROUP` have everything.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/paint.h"
#include "app/status.h"
#include "base/text.h"
#include "output/escape.h"

#define POLICY_WIDTH_MAX 14
#define CGROUP_WIDTH_MAX 80
#define ROW_WIDTH_MAX    80
/* MODE, HOOKS, DENIED, WOULD-DENY, AUDITED, SUPPRESSED with a blank before each, and one before
 * POLICY */
#define FIXED_WIDTH (1 + 8 + 6 + 7 + 11 + 8 + 11)

/* At most six characters: 99999, then 100k to 99999k, then M, G, T, P, E. */
static void write_count(uint64_t count, int width)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	while (count > 99999) {
		count /= 1000;
		unit++;
	}
	if (unit)
		printf(" %*" PRIu64 "%c", width - 1, count, units[unit]);
	else
		printf(" %*" PRIu64, width, count);
}

/* The bytes of what is shown next, and at most how many columns it takes: a byte that is escaped
 * takes four (\xNN), and whether a character of three bytes or more is a wide one is not asked. */
static size_t next_shown(const char *text, size_t *ret_columns)
{
	size_t bytes = utf8_sequence(text, strlen(text));
	bool escaped = !bytes || (bytes == 1 && (*text < ' ' || *text > '~')) ||
	               (bytes > 1 && is_deceptive(text, bytes));

	*ret_columns = escaped ? 4 : bytes > 2 ? 2 : 1;
	return escaped ? 1 : bytes;
}

static size_t columns_of(const char *text)
{
	size_t all = 0, columns;

	for (; *text; all += columns)
		text += next_shown(text, &columns);
	return all;
}

/* As many characters of the front as fit. */
static void write_front(const char *name, size_t width)
{
	char cut[4 * CGROUP_WIDTH_MAX + 1] = "";
	size_t length = 0, used = 0, columns, bytes;

	while (name[length]) {
		bytes = next_shown(name + length, &columns);
		if (used + columns > width)
			break;
		used += columns;
		length += bytes;
	}
	memcpy(cut, name, length);
	escape_write(stdout, cut);
	printf("..%*s", (int)(width - used), "");
}

static void write_end(const char *name, size_t width)
{
	size_t left = columns_of(name), columns;

	while (left > width) {
		name += next_shown(name, &columns);
		left -= columns;
	}
	fputs("..", stdout);
	escape_write(stdout, name);
	printf("%*s", (int)(width - left), "");
}

static void write_name(const char *name, size_t width, bool keep_end)
{
	size_t columns = columns_of(name);

	if (columns > width) {
		if (keep_end)
			write_end(name, width - 2);
		else
			write_front(name, width - 2);
		return;
	}
	escape_write(stdout, name);
	printf("%*s", (int)(width - columns), "");
}

static size_t widest(size_t width, const char *name, size_t most)
{
	size_t columns = columns_of(name);

	if (columns > most)
		columns = most;
	return columns > width ? columns : width;
}

/* Links of the cgroup and the seccomp filter, and as "+N" programs of the machine: five characters
 * at most. */
static void write_hooks(const struct ward_entry *entry)
{
	int linked = __builtin_popcount(entry->linked_hooks & ((1U << PROGRAM_HOOK_COUNT) - 1));
	int programs = __builtin_popcountll(entry->lsm_hooks);

	if (programs)
		printf(" %*d+%d", programs > 9 ? 2 : 3, linked, programs);
	else
		printf(" %5d", linked);
}

static void write_row(const struct ward_entry *entry, size_t cgroup_width, size_t policy_width)
{
	struct hook_counters total = status_total(entry);

	write_name(status_cgroup(entry), cgroup_width, true);
	putchar(' ');
	write_name(status_policy(entry), policy_width, false);
	printf(" %-7s", status_mode(entry));
	write_hooks(entry);
	fputs(paint_begin(stdout, total.denied ? PAINT_BAD : PAINT_NONE), stdout);
	write_count(total.denied, 6);
	fputs(paint_end(stdout, total.denied ? PAINT_BAD : PAINT_NONE), stdout);
	write_count(total.would_deny, 10);
	write_count(total.audited, 7);
	write_count(total.suppressed, 10);
	putchar('\n');
}

static void write_records(const struct record_counters *records)
{
	printf("\nrecords: %" PRIu64 " made, lost: %" PRIu64 " without a reader, %" PRIu64
	       " for want of room, %" PRIu64 " failed\n",
	       (uint64_t)records->attempted, (uint64_t)records->no_reader,
	       (uint64_t)records->buffer_full, (uint64_t)records->failed);
	if (records->suppressed || records->muted)
		printf("not recorded: %" PRIu64 " over log-rate, %" PRIu64 " by log = none\n",
		       (uint64_t)records->suppressed, (uint64_t)records->muted);
	if (records->uncounted)
		printf("not counted for lack of a counter: %" PRIu64 "\n",
		       (uint64_t)records->uncounted);
	if (records->broken)
		printf("denied because tables were not in order: %" PRIu64 "\n",
		       (uint64_t)records->broken);
}

/* What `unsupported = warn` left out. */
static void write_unenforced(const struct ward_entry *entry)
{
	const struct policy_meta *meta = entry->meta;

	if (!meta || !meta->unsupported_count)
		return;
	fputs(paint_begin(stdout, PAINT_BAD), stdout);
	fputs("not enforced on this kernel", stdout);
	fputs(paint_end(stdout, PAINT_BAD), stdout);
	fputs(", at ", stdout);
	escape_write(stdout, status_cgroup(entry));
	for (size_t i = 0; i < meta->unsupported_count; i++) {
		fputs(i ? ", " : ": ", stdout);
		escape_write(stdout, meta->unsupported[i]);
	}
	putchar('\n');
}

void status_table(const struct status *status)
{
	size_t cgroup_width = strlen("CGROUP"), policy_width = strlen("POLICY");

	bool cut = isatty(STDOUT_FILENO);

	array_foreach (entry, &status->list.entries) {
		cgroup_width = widest(cgroup_width, status_cgroup(entry),
		                      cut ? CGROUP_WIDTH_MAX : SIZE_MAX);
		policy_width = widest(policy_width, status_policy(entry),
		                      cut ? POLICY_WIDTH_MAX : SIZE_MAX);
	}
	if (cut && cgroup_width > ROW_WIDTH_MAX - FIXED_WIDTH - policy_width)
		cgroup_width = ROW_WIDTH_MAX - FIXED_WIDTH - policy_width;
	printf("%s%-*s %-*s MODE    HOOKS DENIED WOULD-DENY AUDITED SUPPRESSED%s\n",
	       paint_begin(stdout, PAINT_HEAD), (int)cgroup_width, "CGROUP", (int)policy_width,
	       "POLICY", paint_end(stdout, PAINT_HEAD));
	array_foreach (entry, &status->list.entries)
		write_row(entry, cgroup_width, policy_width);
	array_foreach (entry, &status->list.entries)
		write_unenforced(entry);
	write_records(&status->records);
}
