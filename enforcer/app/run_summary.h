/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `cgward run` says at the end: which calls were denied, and by which lines of the policy.
 */
#pragma once

#include "app/run_records.h"
#include "kernel/ward.h"

/*
 * Prints to stderr what the policy of this cgroup counted; nothing if it counted nothing. The
 * totals come from the counters, so that they are whole whoever reads the records; below them, most
 * frequent first, the objects, or, if `records` has not all of them, the rules that decided.
 */
void run_summary_print(const struct ward_entry *entry, const struct run_records *records);
