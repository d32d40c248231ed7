/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every string goes through escape_write(): a log that was tampered with must not be able to draw
 * on a terminal.
 */
#include "output/log_human.h"

#include <inttypes.h>
#include <string.h>

#include "output/escape.h"

static const char *string_or(json_object *record, const char *name, const char *otherwise)
{
	const char *string = json_read_string(record, name);

	return string ? string : otherwise;
}

static uint64_t number_or_zero(json_object *record, const char *name)
{
	uint64_t number = 0;

	json_read_u64(record, name, &number);
	return number;
}

/* "2026-11-23T16:58:00.123456789Z" as "2026-11-23 16:58:00.123Z" */
static void write_time(FILE *out, json_object *record)
{
	const char *time = string_or(record, "time", "-");
	size_t length = strlen(time);
	char shown[25];

	if (length < 24 || time[10] != 'T' || time[length - 1] != 'Z') {
		escape_write(out, time);
		return;
	}
	memcpy(shown, time, 23);
	shown[10] = ' ';
	shown[23] = 'Z';
	shown[24] = '\0';
	escape_write(out, shown);
}

static void write_object(FILE *out, json_object *record)
{
	const char *asked = string_or(record, "asked", "?");
	const char *judged = string_or(record, "judged", asked);

	escape_write(out, asked);
	if (!strcmp(asked, judged))
		return;
	fputs(" (judged as ", out);
	escape_write(out, judged);
	fputs(")", out);
}

static void write_rule(FILE *out, json_object *record)
{
	const char *rule = json_read_string(record, "rule");
	const char *text = json_read_string(record, "rule_text");

	if (!rule) {
		fprintf(out, "unknown rule of generation %" PRIu64,
		        number_or_zero(record, "generation"));
		return;
	}
	if (!strcmp(rule, "default")) {
		fputs("default of ", out);
		escape_write(out, string_or(record, "policy", "?"));
		fputs(" [", out);
		escape_write(out, string_or(record, "section", "?"));
		fputs("]", out);
		return;
	}
	if (!strcmp(rule, "class")) {
		fputs("class ", out);
		escape_write(out, string_or(record, "object_class", "?"));
		fputs(", which [", out);
		escape_write(out, string_or(record, "section", "?"));
		fputs("] of ", out);
		escape_write(out, string_or(record, "policy", "?"));
		fputs(" always denies", out);
		return;
	}
	escape_write(out, rule);
	if (text) {
		fputs(" (", out);
		escape_write(out, text);
		fputs(")", out);
	}
}

static void write_verdict(FILE *out, const char *verdict, bool colour)
{
	const char *begin = !strcmp(verdict, "denied")       ? "\033[1;31m"
	                    : !strcmp(verdict, "would-deny") ? "\033[33m"
	                                                     : "";

	if (colour)
		fputs(begin, out);
	escape_write(out, verdict);
	if (colour && *begin)
		fputs("\033[0m", out);
}

static void write_decision(FILE *out, json_object *record, bool colour)
{
	write_verdict(out, string_or(record, "verdict", "?"), colour);
	fputc(' ', out);
	escape_write(out, string_or(record, "section", "?"));
	fputc(' ', out);
	write_object(out, record);
	fputs("  ", out);
	write_rule(out, record);
	fputs("  ", out);
	escape_write(out, string_or(record, "comm", "?"));
	fprintf(out, "[%" PRIu64 "] uid %" PRIu64 " in ", number_or_zero(record, "pid"),
	        number_or_zero(record, "uid"));
	if (json_read_string(record, "cgroup"))
		escape_write(out, json_read_string(record, "cgroup"));
	else
		fprintf(out, "cgroup %" PRIu64, number_or_zero(record, "cgroup_id"));
}

static void write_control(FILE *out, json_object *record, const char *type)
{
	uint64_t count = number_or_zero(record, "count");

	if (!strcmp(type, "lost")) {
		fprintf(out, "lost %" PRIu64 " (", count);
		escape_write(out, string_or(record, "cause", "?"));
		fputc(')', out);
	} else if (!strcmp(type, "invalid")) {
		fprintf(out, "lost %" PRIu64 " (records that were not in order)", count);
	} else if (!strcmp(type, "suppressed") && !json_read_string(record, "hook")) {
		fprintf(out, "suppressed %" PRIu64 " over log-rate of policies that are gone",
		        count);
	} else if (!strcmp(type, "suppressed")) {
		fprintf(out, "suppressed %" PRIu64 " at ", count);
		escape_write(out, string_or(record, "hook", "?"));
		fputs(" over log-rate in ", out);
		escape_write(out, string_or(record, "cgroup", "?"));
	} else {
		fprintf(out, "reader %" PRIu64 " %s", number_or_zero(record, "pid"),
		        strcmp(type, "start") ? "ended" : "began");
	}
}

void log_human(FILE *out, json_object *record, bool colour)
{
	const char *type = string_or(record, "type", "");
	bool is_decision = !strcmp(type, "decision");

	if (!is_decision && strcmp(type, "lost") != 0 && strcmp(type, "invalid") != 0 &&
	    strcmp(type, "suppressed") != 0 && strcmp(type, "start") != 0 &&
	    strcmp(type, "stop") != 0)
		return;
	write_time(out, record);
	fputc(' ', out);
	if (is_decision)
		write_decision(out, record, colour);
	else
		write_control(out, record, type);
	fputc('\n', out);
}
