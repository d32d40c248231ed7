/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways to explain a policy share.
 */
#pragma once

#include "model/policy.h"

/* Bits of the hooks that can see what a section is about, needed or not. */
static inline uint32_t section_hooks(enum section section)
{
	switch (section) {
	case SECTION_DEVICE:
		return 1U << HOOK_DEVICE;
	case SECTION_SOCKET:
		return 1U << HOOK_SOCK_CREATE;
	case SECTION_CONNECT:
		return 1U << HOOK_CONNECT4 | 1U << HOOK_CONNECT6 | 1U << HOOK_SENDMSG4 |
		       1U << HOOK_SENDMSG6;
	case SECTION_BIND:
		return 1U << HOOK_BIND4 | 1U << HOOK_BIND6;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
	case SECTION_COUNT:
		break;
	}
	return 0;
}
