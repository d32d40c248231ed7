/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What several commands print in the same way.
 */
#pragma once

#include <stddef.h>

#include "base/diag.h"
#include "output/json_write.h"

/* "s" where a number asks for it. */
static inline const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Each finding as an object, into the array that is open. */
void report_findings(struct json_writer *writer, struct diag *diag);
