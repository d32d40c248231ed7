/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies made by hand for tests of what comes after parsing. Whoever runs out of memory here
 * fails the test.
 */
#pragma once

#include "model/policy.h"

/* Path "test.ini", log = denied, every section absent. */
struct policy *build_policy(void);
void build_section(struct policy *policy, enum section section, enum verdict fallback);

/* "10.0.0.0/8", "::1", "any" (both families). Returns the index of a new set. */
uint32_t build_set(struct policy *policy, const char *prefixes);
void build_prefix(struct policy *policy, uint32_t set, struct prefix prefix);

/* Rules on consecutive lines; each returns the rule, valid until the next one is built. */
struct rule *build_device(struct policy *policy, enum verdict verb, uint32_t type, uint32_t major,
                          uint32_t minor, uint32_t access);
struct rule *build_socket(struct policy *policy, enum verdict verb, uint32_t family, uint32_t type,
                          uint32_t protocol);
struct rule *build_address(struct policy *policy, enum section section, enum verdict verb,
                           uint32_t protocol, uint32_t set, uint16_t first_port,
                           uint16_t last_port);
/* `numbers` 0: the group `all`. */
/* `glob` NULL: the keyword `anonymous`. */
struct rule *build_path(struct policy *policy, enum section section, enum verdict verb,
                        const char *glob, uint32_t permissions);
struct rule *build_names(struct policy *policy, enum section section, enum verdict verb,
                         uint64_t numbers);
void build_ports(struct rule *rule, uint16_t first, uint16_t last);

struct address build_ip(const char *text);
struct question ask_address(enum section section, uint32_t protocol, const char *address,
                            uint16_t port);
struct question ask_number(enum section section, uint32_t number);
struct question ask_socket(uint32_t family, uint32_t type, uint32_t protocol);
struct question ask_device(uint32_t type, uint32_t major, uint32_t minor, uint32_t access);
