/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log is read back rather than the records taken on their way into it: what is told at the end
 * is then what can be looked up afterwards.
 */
#include "app/run_records.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "output/json_read.h"
#include "output/line_reader.h"

static void run_record_fini(struct run_record *record)
{
	free(record->verdict);
	free(record->object);
	free(record->rule);
}

void run_records_fini(struct run_records *records)
{
	array_foreach (record, &records->items)
		run_record_fini(record);
	free(records->items.items);
}

static struct run_record *find(struct run_records *records, const struct run_record *like)
{
	array_foreach (record, &records->items) {
		if (strcmp(record->object, like->object) == 0 &&
		    strcmp(record->rule, like->rule) == 0 &&
		    strcmp(record->verdict, like->verdict) == 0)
			return record;
	}
	return NULL;
}

/* Takes what `record` owns, or frees it. */
static int add(struct run_records *records, struct run_record *record)
{
	struct run_record *known = NULL;
	int error = 0;

	if (!record->verdict || !record->object || !record->rule)
		error = -ENOMEM;
	else
		known = find(records, record);
	if (known)
		known->count++;
	if (!error && !known && records->items.count < RUN_RECORDS_MAX) {
		error = array_append(&records->items, *record);
		if (!error)
			return 0;
	}
	run_record_fini(record);
	return error;
}

static int take_line(struct run_records *records, const char *text, size_t length,
                     uint64_t policy_cgroup_id)
{
	CLEANUP_JSON json_object *object = NULL;
	struct run_record record = { .count = 1 };
	const char *type, *verdict, *section, *asked, *rule;
	uint64_t id = 0;
	int error = json_read_object(text, length, &object);

	/* Somebody else's bytes in the log are not our business. */
	if (error)
		return error == -EBADMSG ? 0 : error;
	type = json_read_string(object, "type");
	verdict = json_read_string(object, "verdict");
	section = json_read_string(object, "section");
	asked = json_read_string(object, "asked");
	rule = json_read_string(object, "rule");
	if (!type || strcmp(type, "decision") != 0 || !verdict || !section || !asked || !rule ||
	    !json_read_u64(object, "policy_cgroup_id", &id) || id != policy_cgroup_id)
		return 0;
	records->total++;
	record.verdict = strdup(verdict);
	record.rule = strdup(rule);
	if (asprintf(&record.object, "%s %s", section, asked) < 0)
		record.object = NULL;
	return add(records, &record);
}

static int compare_records(const void *left, const void *right)
{
	const struct run_record *a = left, *b = right;

	return a->count > b->count ? -1 : a->count < b->count;
}

int run_records_read(int fd, uint64_t policy_cgroup_id, struct run_records *records)
{
	struct line_reader reader;
	const char *text;
	size_t length;
	int error = line_reader_init(&reader, fd);

	if (error)
		return error;
	for (size_t lines = 0; lines < RUN_RECORD_LINES_MAX; lines++) {
		int got = line_reader_next(&reader, &text, &length);

		if (got == -EMSGSIZE)
			continue;
		error = got == 1 ? take_line(records, text, length, policy_cgroup_id) : got;
		if (got != 1 || error)
			break;
	}
	line_reader_fini(&reader);
	if (records->items.count)
		qsort(records->items.items, records->items.count, sizeof(*records->items.items),
		      compare_records);
	return error;
}
