/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON text, member by member. The writer knows only which brackets are open and whether something
 * stands in them already; that keys are distinct is the caller's business.
 */
#include "output/json_write.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* As json_text_string() has it: invalid bytes are told as the four characters \xNN. */
static void write_string(FILE *out, const char *text)
{
	size_t left = strlen(text);

	fputc('"', out);
	while (left) {
		size_t length = utf8_sequence(text, left);
		unsigned char first = (unsigned char)*text;

		if (!length) {
			fprintf(out, "\\\\x%02x", first);
			length = 1;
		} else if (first == '\n' || first == '\t') {
			fputs(first == '\n' ? "\\n" : "\\t", out);
		} else if (first < 0x20 || first == 0x7f) {
			fprintf(out, "\\u%04x", first);
		} else if (first == '"' || first == '\\') {
			fprintf(out, "\\%c", first);
		} else if (length == 2 && is_deceptive(text, length)) {
			fprintf(out, "\\u%04x", (unsigned char)text[1]); /* U+0080 to U+009F */
		} else {
			fwrite(text, 1, length, out);
		}
		text += length;
		left -= length;
	}
	fputc('"', out);
}

static void indent(const struct json_writer *writer)
{
	if (!writer->pretty)
		return;
	fputc('\n', writer->out);
	for (unsigned int i = 0; i < writer->depth; i++)
		fputs("  ", writer->out);
}

/* What stands between this member and the one before, and its key. */
static void lead(struct json_writer *writer, const char *key)
{
	if (writer->depth) {
		if (writer->filled[writer->depth - 1])
			fputc(',', writer->out);
		writer->filled[writer->depth - 1] = true;
		indent(writer);
	}
	if (key) {
		write_string(writer->out, key);
		fputs(writer->pretty ? ": " : ":", writer->out);
	}
}

static void trail(const struct json_writer *writer)
{
	if (!writer->depth)
		fputc('\n', writer->out);
}

void json_write_begin(struct json_writer *writer, const char *key, char bracket)
{
	assert(writer->depth < JSON_DEPTH_MAX);
	lead(writer, key);
	fputc(bracket, writer->out);
	writer->closing[writer->depth] = bracket == '{' ? '}' : ']';
	writer->filled[writer->depth] = false;
	writer->depth++;
}

void json_write_end(struct json_writer *writer)
{
	bool filled;

	assert(writer->depth > 0);
	writer->depth--;
	filled = writer->filled[writer->depth];
	if (filled)
		indent(writer);
	fputc(writer->closing[writer->depth], writer->out);
	trail(writer);
}

void json_write_text(struct json_writer *writer, const char *key, const char *text)
{
	lead(writer, key);
	if (text)
		write_string(writer->out, text);
	else
		fputs("null", writer->out);
	trail(writer);
}

void json_write_number(struct json_writer *writer, const char *key, uint64_t number)
{
	lead(writer, key);
	fprintf(writer->out, "%" PRIu64, number);
	trail(writer);
}

void json_write_flag(struct json_writer *writer, const char *key, bool flag)
{
	lead(writer, key);
	fputs(flag ? "true" : "false", writer->out);
	trail(writer);
}
