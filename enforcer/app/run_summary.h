/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `cgward run` says at the end: which calls were denied, and by which lines of the policy.
 */
#pragma once

#include "kernel/ward.h"

/*
 * Prints to stderr what the policy of this cgroup counted, most frequent first; nothing if it
 * counted nothing. From the counters, so that it is whole whoever reads the records.
 */
void run_summary_print(const struct ward_entry *entry);
