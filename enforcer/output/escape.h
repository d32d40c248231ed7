/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from policies, cgroup names and programs' names on its way to people: it may hold anything,
 * terminal sequences too.
 */
#pragma once

#include <stdio.h>

/* Writes `text`; control characters, bytes that are no valid UTF-8 and whatever would let a line
 * look like what it is not (see is_deceptive()) become \xNN, byte for byte. */
void escape_write(FILE *out, const char *text);
