/* SPDX-License-Identifier: BSD-2-Clause */
/* The INI reader alone: it agrees with inih, and what it gives lies within the text, in order. */
#include <string.h>

#include "fuzz.h"
#include "parse/reader.h"

struct seen {
	struct span text;
	uint32_t line;
};

static bool is_within(struct span part, struct span whole)
{
	return part.start >= whole.start && part.start + part.length <= whole.start + whole.length;
}

static int see_line(struct seen *seen, const struct line *line)
{
	must(line->number >= seen->line && line->number > 0);
	must(is_within(line->text, seen->text));
	must(!memchr(line->text.start, '\n', line->text.length));
	seen->line = line->number;
	return 0;
}

static int see_section(void *context, const struct line *line, struct span name)
{
	must(is_within(name, line->text) && name.length <= KEY_BYTES_MAX);
	return see_line(context, line);
}

static int see_value(void *context, const struct line *line, struct span key, struct span value)
{
	must(is_within(key, line->text) && key.length <= KEY_BYTES_MAX);
	must(is_within(value, line->text) && value.length <= POLICY_LINE_BYTES_MAX);
	must(value.start >= key.start + key.length);
	must(!memchr(line->text.start, '\0', line->text.length));
	return see_line(context, line);
}

static int see_complaint(void *context, const struct line *line, const struct complaint *complaint)
{
	must(complaint->code && complaint->message[0]);
	must(!complaint->at || is_within((struct span){ complaint->at, 0 }, line->text));
	return see_line(context, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_FREE char *copy = malloc(size + 1);
	struct seen seen = { .text = { copy, size } };
	const struct reader_events events = { &seen, see_section, see_value, see_complaint };

	must(copy != NULL);
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	must(ini_read(copy, size, &events) == 0);
	return 0;
}
