/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Globs a second time, written from the language alone and as plainly as can be: braces are
 * multiplied out, a pattern is tried at each place. Shares no line with what it is held against.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What one rule says about one string. */
struct oracle_match {
	bool matches;
	/* of the narrowest alternative that matches */
	unsigned literals_before, literals;
	bool deep;
};

/* `glob` is one that glob_check() accepts; short ones only, there are no bounds on time. */
struct oracle_match oracle_match(const char *glob, const char *string);

/* A string that the glob may match, made with `choose`, which returns a number below its argument.
 * Fits 255 bytes; false if it does not. */
bool oracle_instance(const char *glob, unsigned (*choose)(void *context, unsigned bound),
                     void *context, char instance[256]);
