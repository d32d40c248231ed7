/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names that the language gives to numbers. Of two names for one number the first is the one
 * to print.
 */
#pragma once

#include "base/text.h"

extern const struct name_table family_names, type_names, protocol_names;

/* Keys of [operation] are what questions and records name; names, what rules do. */
extern const struct name_table capability_names, operation_names, operation_keys, escape_names;

/* SECTION_UNENFORCED for what the language has and this version does not enforce. */
#define SECTION_UNENFORCED 1000U
extern const struct name_table section_names;
