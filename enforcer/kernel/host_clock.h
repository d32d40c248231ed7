/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of the records: BPF programs stamp them with the machine's CLOCK_MONOTONIC, whatever
 * time namespace (time_namespaces(7)) the reader is in.
 */
#pragma once

#include "base/diag.h"

/* 0 if CLOCK_MONOTONIC here is the machine's; -EXDEV with a finding if a time namespace shifts it;
 * another -errno. */
int host_clock_check(struct diag *diag);
