/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two parts of a glob that are not one byte: an escape, and a set in brackets. For glob.c.
 */
#pragma once

#include "base/glob.h"

/* Both begin at *at and leave it behind what they read. 0, or -EINVAL with nothing touched but the
 * complaint. */
int glob_scan_escape(struct span text, size_t *at, uint8_t *ret_byte,
                     struct complaint *ret_complaint);
int glob_scan_set(struct span text, size_t *at, struct byte_set *ret_set,
                  struct complaint *ret_complaint);
