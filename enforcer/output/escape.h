/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from policies, cgroup names and programs' names on its way to people: it may hold anything,
 * terminal sequences too.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Length of the valid UTF-8 sequence (RFC 3629) at `text`, 1 to 4; 0 if there is none. */
size_t utf8_length(const char *text);

/* Writes `text`; control characters (C1 ones and DEL too) and invalid bytes become \xNN. */
void escape_write(FILE *out, const char *text);
