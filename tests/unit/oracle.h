/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the language says, by asking every rule: the slow and obvious evaluator that the compiled
 * image is compared with. It shares no line with the compiler or with match.h.
 */
#pragma once

#include "model/policy.h"

struct decision oracle_decide(const struct policy *policy, const struct question *question);
