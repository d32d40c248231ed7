/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Complaints become findings: with the file's path, line, column, and the line's text cut to a
 * length that can be shown.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "parse/loader.h"

#define SOURCE_SHOWN_MAX 240

/* `at` may be NULL or elsewhere: then the column is 0, the whole line. */
struct location line_location(uint32_t file, const struct line *line, const char *at)
{
	struct location where = { .file = file, .line = line->number };
	struct span text = line->text;

	if (at && at >= text.start && at <= text.start + text.length)
		where.column = (uint32_t)(at - text.start) + 1;
	return where;
}

/* Not at a NUL: the text ends there for everybody who prints it. */
static void cut_source(struct span text, char source[SOURCE_SHOWN_MAX + 1])
{
	size_t length = text.length < SOURCE_SHOWN_MAX ? text.length : SOURCE_SHOWN_MAX;

	memcpy(source, text.start, length);
	source[length] = '\0';
}

static void add(struct loader *loader, enum severity severity, const struct location *where,
                struct span text, const char *code, const char *hint, const char *message)
{
	char source[SOURCE_SHOWN_MAX + 1];
	struct place place = {
		.path = loader->policy->files.items[where->file],
		.line = where->line,
		.column = where->column,
		.source = source,
	};

	cut_source(text, source);
	diag_add(loader->diag, severity, code, &place, hint && *hint ? hint : NULL, "%s", message);
}

void report(struct loader *loader, uint32_t file, const struct line *line,
            const struct complaint *complaint)
{
	struct location where = line_location(file, line, complaint->at);

	add(loader, SEVERITY_ERROR, &where, line->text, complaint->code, complaint->hint,
	    complaint->message);
}

void report_warning(struct loader *loader, uint32_t file, const struct line *line,
                    const struct complaint *complaint)
{
	struct location where = line_location(file, line, complaint->at);

	add(loader, SEVERITY_WARNING, &where, line->text, complaint->code, complaint->hint,
	    complaint->message);
}

static struct span find_line(const struct source *source, uint32_t number)
{
	struct span rest = { source->text, source->length };
	struct line line = { 0 };

	rest = skip_byte_order_mark(rest);
	while (next_line(&rest, &line))
		if (line.number == number)
			return line.text;
	return span_of("");
}

void report_at(struct loader *loader, const struct location *where, const char *code,
               const char *hint, const char *format, ...)
{
	const struct source *source = &loader->sources.items[where->file];
	CLEANUP_FREE char *message = NULL;
	struct span line = span_of("");
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0) {
		message = NULL;
		loader->diag->lost = true;
		return;
	}
	/* A finding beyond the last that is kept is only counted: its line is not looked for. */
	if (source->text && loader->diag->findings.count < FINDINGS_MAX)
		line = find_line(source, where->line);
	add(loader, SEVERITY_ERROR, where, line, code, hint, message);
}
