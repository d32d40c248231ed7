/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scanners of numbers and of what is made of numbers, letters and names. Addresses are in
 * scan_address.c. A leading zero is refused everywhere: half the world's tools read it as octal,
 * so a policy with one means different things to different readers.
 */
#include "base/scan.h"

static int leading_zero(struct span text, const char *what, struct complaint *ret_complaint)
{
	struct span rest = text;

	while (rest.length > 1 && rest.start[0] == '0')
		rest = span_from(rest, 1);
	complain(ret_complaint, "leading-zero", text.start, "%s `%.*s` has a leading zero", what,
	         WORD(text));
	return suggest(ret_complaint, "some tools would read it as octal; write %.*s", WORD(rest));
}

int scan_number(struct span text, const char *what, uint32_t maximum, uint32_t *ret_number,
                struct complaint *ret_complaint)
{
	uint64_t number = 0;
	size_t i = 0;

	if (!text.length)
		return complain(ret_complaint, "missing-value", text.start, "%s missing", what);
	for (; i < text.length && is_digit(text.start[i]); i++)
		if (number <= maximum)
			number = number * 10 + (uint64_t)(text.start[i] - '0');
	if (i < text.length) {
		complain(ret_complaint, "bad-number", text.start, "bad %s `%.*s`", what,
		         WORD(text));
		return suggest(ret_complaint, "a number from 0 to %u", maximum);
	}
	if (text.length > 1 && text.start[0] == '0')
		return leading_zero(text, what, ret_complaint);
	if (number > maximum)
		return complain(ret_complaint, "number-too-large", text.start,
		                "%s `%.*s` is too large: at most %u", what, WORD(text), maximum);
	*ret_number = (uint32_t)number;
	return 0;
}

int scan_port(struct span text, uint16_t *ret_port, struct complaint *ret_complaint)
{
	uint32_t port = 0;
	int error = scan_number(text, "port", UINT16_MAX, &port, ret_complaint);

	if (!error)
		*ret_port = (uint16_t)port;
	return error;
}

int scan_port_range(struct span text, uint16_t *ret_first, uint16_t *ret_last,
                    struct complaint *ret_complaint)
{
	size_t dash = span_find(text, '-');
	uint16_t first = 0, last = 0;
	int error = scan_port(span_up_to(text, dash), &first, ret_complaint);

	if (error)
		return error;
	last = first;
	if (dash < text.length)
		error = scan_port(span_from(text, dash + 1), &last, ret_complaint);
	if (error)
		return error;
	if (first > last) {
		complain(ret_complaint, "reversed-range", text.start,
		         "port range `%.*s` is the wrong way round", WORD(text));
		return suggest(ret_complaint, "did you mean `%u-%u`?", last, first);
	}
	*ret_first = first;
	*ret_last = last;
	return 0;
}

static int scan_device_number(struct span text, const char *what, uint32_t maximum, uint32_t any,
                              uint32_t *ret_number, struct complaint *ret_complaint)
{
	if (!span_is(text, "*"))
		return scan_number(text, what, maximum, ret_number, ret_complaint);
	*ret_number = any;
	return 0;
}

int scan_device_numbers(struct span text, uint32_t any, uint32_t *ret_major, uint32_t *ret_minor,
                        struct complaint *ret_complaint)
{
	size_t colon = span_find(text, ':');
	uint32_t major = 0, minor = 0;
	int error;

	if (colon == text.length) {
		if (text.length)
			complain(ret_complaint, "bad-device", text.start,
			         "bad device number `%.*s`", WORD(text));
		else
			complain(ret_complaint, "missing-value", text.start,
			         "device number missing");
		return suggest(ret_complaint, "write MAJOR:MINOR, such as 1:3 or 136:*");
	}
	error = scan_device_number(span_up_to(text, colon), "major number", DEVICE_MAJOR_MAX, any,
	                           &major, ret_complaint);
	if (error)
		return error;
	error = scan_device_number(span_from(text, colon + 1), "minor number", DEVICE_MINOR_MAX,
	                           any, &minor, ret_complaint);
	if (error)
		return error;
	*ret_major = major;
	*ret_minor = minor;
	return 0;
}

int scan_access(struct span text, uint32_t *ret_access, struct complaint *ret_complaint)
{
	uint32_t access = 0;

	if (!text.length)
		return complain(ret_complaint, "missing-value", text.start, "access missing");
	for (size_t i = 0; i < text.length; i++) {
		const char *letter = text.start + i;
		uint32_t bit = *letter == 'r'   ? ACCESS_READ
		               : *letter == 'w' ? ACCESS_WRITE
		               : *letter == 'm' ? ACCESS_MKNOD
		                                : 0;

		if (!bit) {
			complain(ret_complaint, "bad-access", letter, "bad access `%.*s`",
			         WORD(text));
			return suggest(ret_complaint, "the letters are r (read), w (write) and m "
			                              "(make a node with mknod)");
		}
		if (access & bit)
			return complain(ret_complaint, "repeated-letter", letter,
			                "`%c` stands twice in `%.*s`", *letter, WORD(text));
		access |= bit;
	}
	*ret_access = access;
	return 0;
}

static bool is_name_character(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       is_digit(character) || character == '.' || character == '_' || character == '-';
}

int scan_name(struct span text, const char *what, size_t length_max,
              struct complaint *ret_complaint)
{
	if (!text.length)
		return complain(ret_complaint, "missing-value", text.start, "%s missing", what);
	for (size_t i = 0; i < text.length; i++) {
		bool fits = is_name_character(text.start[i]) &&
		            (i || (text.start[0] != '-' && text.start[0] != '.' &&
		                   text.start[0] != '_'));

		if (fits)
			continue;
		complain(ret_complaint, "bad-name", text.start + i, "bad %s `%.*s`", what,
		         WORD(text));
		return suggest(ret_complaint, "letters, digits, `.`, `_` and `-`, beginning with a "
		                              "letter or digit");
	}
	if (text.length > length_max)
		return complain(ret_complaint, "name-too-long", text.start,
		                "%s is longer than %zu characters", what, length_max);
	return 0;
}

static const struct name units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };

int scan_duration(struct span text, uint32_t *ret_seconds, struct complaint *ret_complaint)
{
	size_t digits = 0;
	uint32_t number = 0;
	const struct name *unit;
	int error;

	while (digits < text.length && is_digit(text.start[digits]))
		digits++;
	unit = name_find(NAME_TABLE(units), span_from(text, digits));
	if (!digits || !unit) {
		complain(ret_complaint, "bad-duration", text.start, "bad duration `%.*s`",
		         WORD(text));
		return suggest(ret_complaint,
		               "a number and s, m, h or d, without a blank: 90s, 2h");
	}
	error = scan_number(span_up_to(text, digits), "duration",
	                    DURATION_SECONDS_MAX / unit->number, &number, ret_complaint);
	if (!error)
		*ret_seconds = number * unit->number;
	return error;
}

int scan_rate(struct span text, uint32_t *ret_count, uint32_t *ret_period_s,
              struct complaint *ret_complaint)
{
	size_t slash = span_find(text, '/');
	const struct name *unit = NULL;
	uint32_t count = 0;
	int error;

	if (span_is(text, "unlimited")) {
		*ret_count = 0;
		*ret_period_s = 1;
		return 0;
	}
	if (slash < text.length)
		unit = name_find((struct name_table){ units, 3 }, span_from(text, slash + 1));
	if (!unit) {
		complain(ret_complaint, "bad-rate", text.start, "bad rate `%.*s`", WORD(text));
		return suggest(ret_complaint, "write 100/s, 60/m, 1000/h or unlimited");
	}
	error = scan_number(span_up_to(text, slash), "rate", RATE_COUNT_MAX, &count, ret_complaint);
	if (error)
		return error;
	if (!count) {
		complain(ret_complaint, "bad-rate", text.start, "a rate of 0 records nothing");
		return suggest(ret_complaint, "write `log = none`, or `unlimited` for no limit");
	}
	*ret_count = count;
	*ret_period_s = unit->number;
	return 0;
}
