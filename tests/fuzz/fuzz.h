/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share. A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(), run by
 * libFuzzer under ASan and UBSan. It fails not only where a sanitizer finds fault, but where
 * something that callers rely on does not hold for some input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "parse/load.h"

/* Called once for each input; 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What must hold whatever the input is. */
#define must(condition) \
	((condition) ? (void)0 : fuzz_fault(#condition, __FILE__, __LINE__, __func__))

_Noreturn void fuzz_fault(const char *condition, const char *file, int line, const char *function);

/*
 * Loads the input as a policy. A line `----` ends the policy and begins the text of every file it
 * includes, a second one begins that of every list. As policy_load(), and what that promises about
 * errors is checked.
 */
int fuzz_policy_load(const uint8_t *bytes, size_t size, struct diag *diag,
                     struct policy **ret_policy);

/* The input as a string, up to its first NUL; malloc'ed to the byte. */
char *fuzz_string(const uint8_t *bytes, size_t size);

/* The same for the same input, different for most others. */
uint64_t fuzz_hash(const uint8_t *bytes, size_t size);

/* Nothing in it that a terminal obeys: no control characters but newlines and tabs. */
bool fuzz_is_plain(const char *text, size_t length);

static inline void cleanup_diag(struct diag *diag)
{
	diag_fini(diag);
}

DEFINE_CLEANUP(struct policy, policy_free)

#define CLEANUP_DIAG   CLEANUP(cleanup_diag)
#define CLEANUP_POLICY CLEANUP(cleanup_policy_free)
