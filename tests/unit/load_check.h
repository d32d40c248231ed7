/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of policy_load() have in common: loading files that are in memory, and comparing
 * what came of them. All fail the running test when it is not as expected.
 */
#pragma once

#include "fake_world.h"

/* The first file is the policy. As policy_load() returns. */
int load(const struct fake_file *files, size_t count, struct diag *diag,
         struct policy **ret_policy);

/* A policy that loads without any finding. */
struct policy *load_files(const struct fake_file *files, size_t count);
struct policy *load_text(const char *text); /* as etc/web.ini */

/* Files that must be refused, with a finding of this code at this place. */
void assert_refused(const struct fake_file *files, size_t count, const char *code, uint32_t line,
                    uint32_t column);

/* "10.0.0.0/8 fd00::/8" and "80-80,443-443" */
void assert_prefixes(const struct policy *policy, const struct rule *rule, const char *expected);
void assert_ports(const struct rule *rule, const char *expected);
