/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of one section in the order in which they get their say: the narrowest first.
 */
#pragma once

#include <stddef.h>

#include "model/policy.h"

/*
 * Pointers into policy->rules; the caller frees the array. A rule that names several things stands
 * where its narrowest one puts it: this is an order to read in, the decision itself is compiled.
 * 0 or -ENOMEM.
 */
int rule_order(const struct policy *policy, enum section section, const struct rule ***ret_rules,
               size_t *ret_count);
