/* SPDX-License-Identifier: BSD-2-Clause */
/* A record out of the perf buffer: not in order, or one line of JSON that says the same. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "output/event_line.h"
#include "output/json_read.h"

#define PIECE(text) ((struct json_piece){ (text), sizeof(text) - 1 })

static void check_line(const struct event *event, const struct json_text *line)
{
	CLEANUP_JSON json_object *record = NULL;
	uint64_t sequence;

	must(!line->full && line->length && line->bytes[line->length - 1] == '\n');
	must(fuzz_is_plain(line->bytes, line->length));
	must(memchr(line->bytes, '\n', line->length) == line->bytes + line->length - 1);
	must(!json_read_object(line->bytes, line->length, &record));
	must(json_read_u64(record, "kernel_seq", &sequence) && sequence == event->sequence);
	must(!strcmp(json_read_string(record, "verdict"), effect_name(event->effect)));
	must(json_read_string(record, "asked") && json_read_string(record, "judged"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct event_names names = {
		.policy = PIECE("\"web\""),
		.policy_file = PIECE("\"/etc/cgward/web.ini\""),
		.rule = { PIECE("\"web.ini:12\""), PIECE("\"deny = tcp 10.66.0.0/16\"") },
		.cgroup = JSON_NULL,
		.policy_cgroup = PIECE("\"/a\""),
	};
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = 1, .cache = &cache };
	char memory[2048 + 3 * 6 * EVENT_PATH_MAX];
	struct json_text line = { .bytes = memory, .capacity = sizeof(memory) };
	const char *path = NULL;
	struct event event = { 0 };
	int error = event_decode(bytes, size, &event, &path);

	must(error == 0 || error == -EBADMSG);
	if (error)
		return 0;
	head.time_ns = event.time_ns;
	event_line(&line, &head, &event, path, 0, &names);
	check_line(&event, &line);
	return 0;
}
