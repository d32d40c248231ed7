/* SPDX-License-Identifier: BSD-2-Clause */
/* An audit log that anybody may have written: every line is counted, and shown as one plain line.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "output/line_reader.h"
#include "output/log_filter.h"
#include "output/log_human.h"
#include "output/log_tail.h"

static void check_record(const char *text, size_t length)
{
	const struct log_filter filter = { .cgroup = "/a", .since_ns = 1, .until_ns = UINT64_MAX };
	CLEANUP_JSON json_object *record = NULL;
	CLEANUP_FREE char *shown = NULL;
	size_t shown_length = 0;
	FILE *out;

	if (json_read_object(text, length, &record))
		return;
	log_filter_matches(&filter, record);
	out = open_memstream(&shown, &shown_length);
	must(out != NULL);
	log_human(out, record, false);
	must(!fclose(out) && fuzz_is_plain(shown, shown_length));
	must(!shown_length || memchr(shown, '\n', shown_length) == shown + shown_length - 1);
}

static void check_lines(int fd, const uint8_t *bytes, size_t size)
{
	const uint8_t *last = memrchr(bytes, '\n', size);
	size_t whole = last ? (size_t)(last + 1 - bytes) : 0, newlines = 0;
	struct line_reader reader;
	const char *text;
	size_t length;

	must(!line_reader_init(&reader, fd));
	while (line_reader_next(&reader, &text, &length) == 1)
		check_record(text, length);
	for (size_t i = 0; i < size; i++)
		newlines += bytes[i] == '\n';
	must(reader.line == newlines && line_reader_pending(&reader) == size - whole);
	line_reader_fini(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("log", MFD_CLOEXEC);
	struct accounting accounting = { .epoch = 1 };
	struct accounting_totals totals;
	bool found = true;

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	check_lines(fd, bytes, size);
	must(!log_tail_read(fd, &accounting, &found));
	must(found || !accounting.cpus.count);
	accounting_total(&accounting, &totals);
	accounting_fini(&accounting);
	return 0;
}
