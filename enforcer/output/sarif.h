/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings as a SARIF 2.1.0 log, the form that code review and editors take from analysers. One
 * log, one run, whatever the number of policies; the caller prints nothing else to the stream.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "output/json_write.h"

struct sarif {
	struct json_writer writer;
	size_t dropped; /* findings that were counted but not kept */
};

/* Everything before the first finding. `sarif` is this module's from here to sarif_end(). */
void sarif_begin(struct sarif *sarif, FILE *out);

/* The findings of one policy, sorted. 0, or -ENOMEM: some are missing. */
int sarif_findings(struct sarif *sarif, struct diag *diag);

/* `complete`: every policy was looked at and every finding stands in the log, save the dropped ones
 * that it counts. `exit_status` is what the program is about to end with. */
void sarif_end(struct sarif *sarif, bool complete, unsigned int exit_status);
