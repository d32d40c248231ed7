/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times are compared as nanoseconds since 1970, not as text: offsets and fractions vary.
 */
#include "output/log_filter.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/scan.h"

#define NS_PER_S UINT64_C(1000000000)

/* Exactly `digits` digits off the front of *rest, at most `maximum`. */
static bool take_number(struct span *rest, size_t digits, int maximum, int *ret_number)
{
	int number = 0;

	if (rest->length < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!is_digit(rest->start[i]))
			return false;
		number = number * 10 + (rest->start[i] - '0');
	}
	if (number > maximum)
		return false;
	*rest = span_from(*rest, digits);
	*ret_number = number;
	return true;
}

static bool take_character(struct span *rest, const char *any_of)
{
	if (!rest->length || !*rest->start || !strchr(any_of, *rest->start))
		return false;
	*rest = span_from(*rest, 1);
	return true;
}

static bool take_date_time(struct span *rest, struct tm *ret_date)
{
	struct tm date = { 0 };
	bool good = take_number(rest, 4, 9999, &date.tm_year) && take_character(rest, "-") &&
	            take_number(rest, 2, 12, &date.tm_mon) && take_character(rest, "-") &&
	            take_number(rest, 2, 31, &date.tm_mday) && take_character(rest, "Tt ") &&
	            take_number(rest, 2, 23, &date.tm_hour) && take_character(rest, ":") &&
	            take_number(rest, 2, 59, &date.tm_min) && take_character(rest, ":") &&
	            take_number(rest, 2, 60, &date.tm_sec);

	if (!good || date.tm_year < 1970 || !date.tm_mon || !date.tm_mday)
		return false;
	date.tm_year -= 1900;
	date.tm_mon--;
	*ret_date = date;
	return true;
}

/* Digits beyond nanoseconds are passed over. */
static bool take_fraction(struct span *rest, uint64_t *ret_ns)
{
	uint64_t ns = 0, unit = NS_PER_S;

	*ret_ns = 0;
	if (!take_character(rest, "."))
		return true;
	if (!rest->length || !is_digit(*rest->start))
		return false;
	while (rest->length && is_digit(*rest->start)) {
		unit /= 10;
		ns += unit * (uint64_t)(*rest->start - '0');
		*rest = span_from(*rest, 1);
	}
	*ret_ns = ns;
	return true;
}

static bool take_offset(struct span *rest, int64_t *ret_seconds)
{
	bool west = rest->length && *rest->start == '-';
	int hours, minutes;

	*ret_seconds = 0;
	if (take_character(rest, "Zz"))
		return true;
	if (!take_character(rest, "+-") || !take_number(rest, 2, 23, &hours) ||
	    !take_character(rest, ":") || !take_number(rest, 2, 59, &minutes))
		return false;
	*ret_seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static int parse_rfc3339(struct span text, uint64_t *ret_ns)
{
	struct tm date, normal;
	int64_t offset_s;
	uint64_t fraction_ns;
	time_t seconds;

	if (!take_date_time(&text, &date) || !take_fraction(&text, &fraction_ns) ||
	    !take_offset(&text, &offset_s) || text.length)
		return -EINVAL;
	normal = date;
	seconds = timegm(&normal);
	/* 31 November would have become 1 December. */
	if (normal.tm_mday != date.tm_mday && date.tm_sec < 60)
		return -EINVAL;
	seconds -= offset_s;
	if (seconds < 0)
		return -EINVAL;
	*ret_ns = (uint64_t)seconds * NS_PER_S + fraction_ns;
	return 0;
}

int log_time_parse(const char *text, uint64_t now_ns, uint64_t *ret_ns)
{
	struct span span = span_of(text);
	struct complaint complaint;
	uint32_t ago_s;

	if (span_has(span, ':'))
		return parse_rfc3339(span, ret_ns);
	if (scan_duration(span, &ago_s, &complaint))
		return -EINVAL;
	*ret_ns = now_ns > ago_s * NS_PER_S ? now_ns - ago_s * NS_PER_S : 0;
	return 0;
}

static bool string_matches(json_object *record, const char *name, const char *wanted)
{
	const char *string;

	if (!wanted)
		return true;
	string = json_read_string(record, name);
	return string && !strcmp(string, wanted);
}

static bool cgroup_matches(json_object *record, const char *wanted)
{
	size_t length = wanted ? strlen(wanted) : 0;
	const char *path;

	if (!wanted)
		return true;
	while (length && wanted[length - 1] == '/')
		length--;
	path = json_read_string(record, "cgroup");
	return path && !strncmp(path, wanted, length) && (!path[length] || path[length] == '/');
}

static bool time_matches(const struct log_filter *filter, json_object *record)
{
	const char *text = json_read_string(record, "time");
	uint64_t ns;

	if (!filter->since_ns && filter->until_ns == UINT64_MAX)
		return true;
	return text && !parse_rfc3339(span_of(text), &ns) && ns >= filter->since_ns &&
	       ns <= filter->until_ns;
}

bool log_filter_matches(const struct log_filter *filter, json_object *record)
{
	const char *type = json_read_string(record, "type");
	bool has_cgroup = type && (!strcmp(type, "decision") || !strcmp(type, "suppressed"));

	return time_matches(filter, record) && string_matches(record, "policy", filter->policy) &&
	       string_matches(record, "section", filter->section) &&
	       string_matches(record, "verdict", filter->verdict) &&
	       (!has_cgroup || cgroup_matches(record, filter->cgroup));
}
