/* SPDX-License-Identifier: BSD-2-Clause */
/* Our hooks in the kernel's terms. */
#pragma once

#include <linux/bpf.h>

#include "abi.h"

enum bpf_attach_type hook_attach_type(enum hook hook);
enum bpf_prog_type hook_program_type(enum hook hook);
const char *hook_purpose(enum hook hook); /* "[connect], IPv4" */
