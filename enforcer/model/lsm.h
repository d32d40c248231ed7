/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of what the LSM half tells by number. */
#pragma once

#include "abi_lsm.h"

/* As the kernel names the hook: "file_open". */
const char *lsm_hook_name(enum lsm_hook hook);

const char *object_class_name(enum object_class object_class); /* "normal", "detached" */
