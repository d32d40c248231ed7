/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways to explain a policy share.
 */
#pragma once

#include "compile/image.h"

/* Bits of the hooks that can see what a section is about, needed or not. */
static inline uint32_t section_hooks(enum section section)
{
	switch (section) {
	case SECTION_DEVICE:
		return 1U << HOOK_DEVICE;
	case SECTION_SOCKET:
		return 1U << HOOK_SOCK_CREATE | 1U << HOOK_LSM_SOCKET;
	case SECTION_CONNECT:
		return 1U << HOOK_CONNECT4 | 1U << HOOK_CONNECT6 | 1U << HOOK_SENDMSG4 |
		       1U << HOOK_SENDMSG6;
	case SECTION_BIND:
		return 1U << HOOK_BIND4 | 1U << HOOK_BIND6;
	case SECTION_FILE:
		return 1U << HOOK_LSM_FILE;
	case SECTION_EXEC:
		return 1U << HOOK_LSM_EXEC;
	case SECTION_UNIX:
		return 1U << HOOK_LSM_UNIX;
	case SECTION_CAPABILITY:
		return 1U << HOOK_LSM_CAPABILITY;
	case SECTION_OPERATION:
		return 1U << HOOK_LSM_OPERATION;
	case SECTION_COUNT:
		break;
	}
	return 0;
}

/* Bits of the LSM programs that can have a part in enforcing a section; of [connect] and [bind] for
 * sockets that were made outside of the cgroup. */
static inline uint64_t section_lsm_hooks(enum section section)
{
	uint32_t hooks = section_hooks(section);
	uint64_t programs = 0;

	for (unsigned int hook = 0; hook < HOOK_COUNT; hook++) {
		if (hooks & 1U << hook)
			programs |= lsm_hooks_counted(hook);
	}
	return programs;
}
