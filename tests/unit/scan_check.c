/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

int complaint_offset(int error, struct span text, const struct complaint *complaint)
{
	if (!error)
		return -1;
	assert_int_equal(error, -EINVAL);
	assert_non_null(complaint->code);
	assert_true(complaint->message[0]);
	assert_in_range((uintptr_t)complaint->at, (uintptr_t)text.start,
	                (uintptr_t)text.start + text.length);
	return (int)(complaint->at - text.start);
}

struct span exact_span(const char *text)
{
	static char *copy;

	free(copy);
	copy = malloc(strlen(text) + !*text);
	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	return (struct span){ copy, strlen(text) };
}
