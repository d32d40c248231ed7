/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colour for people: what begins and ends it on a terminal that takes it (command_colour()), and ""
 * everywhere else. Colour never says what the text does not.
 */
#pragma once

#include <stdio.h>

enum paint {
	PAINT_NONE,
	PAINT_HEAD,
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_DOUBT,
};

const char *paint_begin(FILE *out, enum paint paint);
const char *paint_end(FILE *out, enum paint paint);
