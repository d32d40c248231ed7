/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON straight to a stream: nothing is built in memory, so nothing can run out, and a status of
 * thousands of cgroups costs no more than its text. Errors are those of the stream (ferror).
 *
 * Text may come from hostile files: control characters are escaped, bytes that are no valid UTF-8
 * are told as \xNN, so that every output is valid JSON. For the audit log's hot path: json_text.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16

struct json_writer {
	FILE *out;
	bool pretty; /* indented, one member a line; else all on one line */
	unsigned int depth;
	char closing[JSON_DEPTH_MAX];
	bool filled[JSON_DEPTH_MAX];
};

/* `key` is NULL for what stands in an array or on its own. At depth 0 a newline ends the value. */
void json_write_begin(struct json_writer *writer, const char *key, char bracket); /* '{' or '[' */
void json_write_end(struct json_writer *writer);
void json_write_text(struct json_writer *writer, const char *key,
                     const char *text); /* NULL: null */
void json_write_number(struct json_writer *writer, const char *key, uint64_t number);
void json_write_flag(struct json_writer *writer, const char *key, bool flag);
