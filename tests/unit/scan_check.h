/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the scanners have in common.
 */
#pragma once

#include "base/scan.h"

/* -1: accepted; else the offset that the complaint points at, which lies in the text. */
int complaint_offset(int error, struct span text, const struct complaint *complaint);

/* The text in memory of just its length, so that reading beyond it is caught. Lives until the next
 * call. */
struct span exact_span(const char *text);
