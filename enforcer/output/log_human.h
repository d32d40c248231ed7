/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record of the audit log as people read it: one line, whatever is in the record.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "output/json_read.h"

/* Writes the line and its newline; nothing for records that are bookkeeping alone ("account") or of
 * a type that a later version may have brought. `colour`: terminal colours for what was or would be
 * denied. */
void log_human(FILE *out, json_object *record, bool colour);
