/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few colours that commands use; findings have theirs in base/diag.c.
 */
#include "app/paint.h"

#include "app/command.h"

const char *paint_begin(FILE *out, enum paint paint)
{
	static const char *const begins[] = {
		[PAINT_NONE] = "",          [PAINT_HEAD] = "\033[1m",   [PAINT_GOOD] = "\033[32m",
		[PAINT_BAD] = "\033[1;31m", [PAINT_DOUBT] = "\033[33m",
	};

	return command_colour(out) ? begins[paint] : "";
}

const char *paint_end(FILE *out, enum paint paint)
{
	return paint != PAINT_NONE && command_colour(out) ? "\033[0m" : "";
}
