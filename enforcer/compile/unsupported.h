/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a policy the kernel at hand cannot enforce. Sections are told apart by the hooks that
 * enforce them, because [socket] needs two.
 */
#pragma once

#include "base/diag.h"
#include "compile/image.h"

/* Hooks that are LSM programs: they need a kernel with BPF LSM. */
#define HOOKS_OF_LSM (((1U << HOOK_COUNT) - 1) & ~((1U << PROGRAM_HOOK_COUNT) - 1))

/* What of the policy `hook` enforces: "[file]", "[socket] for families other than inet and inet6".
 * Static. */
const char *enforced_part(const struct policy *policy, enum hook hook);

/*
 * For whoever has asked the kernel at hand: `missing` are hooks of the image that it cannot
 * enforce, `why` says why. Warnings with `unsupported = warn`, else errors, which name what to do:
 * for LSM hooks the boot parameter, `lsm_list` being what it is now ("..." if that is not known;
 * NULL: another kernel would not help), and `instead`, what else would do, or NULL.
 */
void report_missing_hooks(const struct policy *policy, uint32_t missing, const char *why,
                          const char *lsm_list, const char *instead, struct diag *diag);
