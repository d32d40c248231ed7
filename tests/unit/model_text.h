/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loaded policy as text, all of it: what golden files compare.
 */
#pragma once

#include "model/policy.h"

/* malloc'ed; NULL: out of memory. */
char *model_text(const struct policy *policy);
