/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which hooks an image needs. A hook that can only ever say plain allow is left out: sendmsg, bind
 * and connect6 take the socket lock for every process of the host as soon as one program of the
 * kind is attached anywhere.
 */
#include "compile/sections.h"

#define ALL_CLASSES ((1U << PROTOCOL_CLASSES) - 1)
/* Sends without a connection are UDP's and UDP-Lite's; the latter counts as "other". */
#define UNCONNECTED (1U << PROTOCOL_UDP | 1U << PROTOCOL_OTHER)

/*
 * Addresses of the hooks, as the kernel gives them (checked on 6.1 and 6.18):
 *
 *   connect4, bind4  IPv4 only, from AF_INET sockets.
 *   connect6, bind6  IPv6, and IPv4 as ::ffff:a.b.c.d from AF_INET6 sockets; a connect to :: from a
 *                    socket bound to a mapped address means 127.0.0.1. So both diagrams count.
 *   sendmsg4         IPv4, and mapped addresses: udpv6_sendmsg() hands those to udp_sendmsg()
 *                    before its own hook, and :: from a socket bound to a mapped address too.
 *   sendmsg6         IPv6 alone.
 */
static uint32_t connect_hooks(uint8_t marks4, uint8_t marks6)
{
	uint32_t hooks = 0;

	if (marks4 & ALL_CLASSES)
		hooks |= 1U << HOOK_CONNECT4;
	if ((marks4 | marks6) & ALL_CLASSES)
		hooks |= 1U << HOOK_CONNECT6;
	if (marks4 & UNCONNECTED)
		hooks |= 1U << HOOK_SENDMSG4;
	if (marks6 & UNCONNECTED)
		hooks |= 1U << HOOK_SENDMSG6;
	return hooks;
}

static uint32_t bind_hooks(uint8_t marks4, uint8_t marks6)
{
	uint32_t hooks = 0;

	if (marks4)
		hooks |= 1U << HOOK_BIND4;
	if (marks4 | marks6)
		hooks |= 1U << HOOK_BIND6;
	return hooks;
}

/* log = all records what is allowed as well: then every hook of a present section is needed. */
static uint8_t marks_of(const struct policy *policy, const struct sections *sections,
                        enum section section, enum root root)
{
	if (!policy->sections[section].present)
		return 0;
	return policy->log == LOG_ALL ? UINT8_MAX : sections->marks[root];
}

/* LSM programs of a section are counted together. */
static uint32_t lsm_section_hooks(const struct policy *policy, const struct sections *sections)
{
	static const enum section globbed[AUTOMATON_COUNT] = { SECTION_FILE, SECTION_EXEC,
		                                               SECTION_UNIX };
	static const enum hook counted[AUTOMATON_COUNT] = { HOOK_LSM_FILE, HOOK_LSM_EXEC,
		                                            HOOK_LSM_UNIX };
	uint32_t hooks = 0;

	if (policy->sections[SECTION_SOCKET].present && sections->other_families)
		hooks |= 1U << HOOK_LSM_SOCKET;
	for (unsigned i = 0; i < AUTOMATON_COUNT; i++) {
		if (policy->sections[globbed[i]].present && sections->automaton_marks[i])
			hooks |= 1U << counted[i];
	}
	if (marks_of(policy, sections, SECTION_CAPABILITY, ROOT_CAPABILITY))
		hooks |= 1U << HOOK_LSM_CAPABILITY;
	if (sections->operations)
		hooks |= 1U << HOOK_LSM_OPERATION;
	return hooks;
}

uint32_t hooks_needed(const struct policy *policy, const struct sections *sections)
{
	uint32_t hooks = 0;

	if (marks_of(policy, sections, SECTION_DEVICE, ROOT_DEVICE_CHAR) ||
	    marks_of(policy, sections, SECTION_DEVICE, ROOT_DEVICE_BLOCK))
		hooks |= 1U << HOOK_DEVICE;
	if (marks_of(policy, sections, SECTION_SOCKET, ROOT_SOCKET))
		hooks |= 1U << HOOK_SOCK_CREATE;
	hooks |= connect_hooks(marks_of(policy, sections, SECTION_CONNECT, ROOT_CONNECT4),
	                       marks_of(policy, sections, SECTION_CONNECT, ROOT_CONNECT6));
	hooks |= bind_hooks(marks_of(policy, sections, SECTION_BIND, ROOT_BIND4),
	                    marks_of(policy, sections, SECTION_BIND, ROOT_BIND6));
	return hooks | lsm_section_hooks(policy, sections);
}
