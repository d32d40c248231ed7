/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to a question as the language page defines it: verdict, what decided, the rule's
 * text. One line for people and shell scripts, one object for everything else.
 */
#pragma once

#include <stdio.h>

#include "model/policy.h"
#include "model/question.h"
#include "output/json_write.h"

/*
 * "deny<TAB>web.ini:12<TAB>deny = tcp 10.66.0.0/16". Where no rule decided, the second column is
 * "default of [connect]", "[connect] absent" or "outside families of [socket]"; the third tells
 * what that means.
 */
void answer_write(FILE *out, const struct policy *policy, enum section section,
                  const struct decision *decision);

/* The same as members of the object that is open. */
void answer_write_json(struct json_writer *writer, const struct policy *policy,
                       enum section section, const struct decision *decision);
