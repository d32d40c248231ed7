/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule's object in plain words: "TCP to 10.66.0.0/16, any port". Long lists become numbers.
 */
#pragma once

#include <stdio.h>

#include "model/policy.h"

/* "allow", "allow and record", "refuse" */
const char *plain_verb(enum verdict verb);

void plain_object(FILE *out, const struct policy *policy, const struct rule *rule);

/* The names of the hooks whose bits are set, with `between` between them. */
void plain_hooks(FILE *out, uint32_t hooks, const char *between);

/* "file_open, path_unlink": bits by enum lsm_hook. */
void plain_lsm_hooks(FILE *out, uint64_t hooks, const char *between);
