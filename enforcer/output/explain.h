/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a policy comes to, after includes and groups: for each section its rules, narrowest first,
 * and the hooks that enforce them.
 */
#pragma once

#include "base/diag.h"
#include "compile/image.h"
#include "output/json_write.h"

/* For people. `diag` has what lint found; its places and hints are told too. `colour`: terminal
 * colours for sections, verbs and findings. 0 or -ENOMEM. */
int explain_write(FILE *out, const struct policy *policy, const struct image *image,
                  const struct diag *diag, bool colour);

/* As members of the object that is open; findings are left to the caller. 0 or -ENOMEM. */
int explain_write_json(struct json_writer *writer, const struct policy *policy,
                       const struct image *image);
