/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy as data: what the files said, after includes and groups, before compiling. Plain
 * structs and their lifetime; no parsing, no deciding.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/array.h"
#include "model/question.h"

/* A place in one of the policy's files. */
struct location {
	uint32_t file; /* index into policy.files */
	uint32_t line; /* from 1 */
	uint32_t column;
};

struct prefix {
	struct address address; /* host bits zero; never IPv4-mapped */
	uint8_t length;         /* 0-32 or 0-128, by address.is_ipv6 */
};

struct prefix_set {
	char *group; /* owned name, or NULL for the addresses a rule gives itself */
	ARRAY(struct prefix) prefixes;
};

struct port_range {
	uint16_t first, last;
};

#define ANY_NUMBER UINT32_MAX

/* Recorded denials a second for each cgroup and hook, where the policy does not say. */
#define LOG_RATE_DEFAULT 100

/* "c 1:3", "b 8:*", "a *:*"; a class such as char-pts becomes one pattern for each major. */
struct device_pattern {
	uint32_t type; /* BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR, ANY_NUMBER for `a` */
	uint32_t major, minor;
};

struct rule {
	enum section section;
	enum verdict verb;
	struct location where;
	char *text; /* owned; "allow = tcp @internal:443", blanks folded; for people and counters */
	union {
		struct {
			ARRAY(struct device_pattern) patterns;
			uint32_t access; /* ACCESS_* */
		} device;
		struct {
			uint32_t family, type, protocol; /* or ANY_NUMBER */
		} socket;
		struct {                                /* [connect] and [bind] */
			uint32_t protocol;              /* 6, 17 or ANY_NUMBER */
			uint32_t set;                   /* index into policy.sets */
			ARRAY(struct port_range) ports; /* never empty; 0-65535 for `*` */
		} address;
		struct {                      /* [file], [exec] and [unix] */
			char *glob;           /* owned; NULL: the keyword `anonymous` */
			uint32_t permissions; /* PERMISSION_*, EXEC_*; of [unix] 1 */
		} path;
		struct {                  /* [capability] and [operation] */
			uint64_t numbers; /* bit per capability or enum policy_operation */
			bool all;         /* the group `all`; then numbers is 0 */
		} names;
	};
};

struct section_settings {
	bool present;
	enum verdict fallback; /* the section's `default`: VERDICT_ALLOW or VERDICT_DENY */
	bool audit;            /* the mode in effect, after the policy's own */
	uint64_t families;     /* [socket]: bit per address family below 64; all ones if left out */
	struct location where; /* of the section's header, where present */
};

struct policy_test {
	enum verdict expected;
	struct question question;
	struct location where;
	char *text; /* owned; the question as written */
};

struct policy {
	char *name;        /* owned; file name without .ini */
	char *path;        /* owned; as given */
	char *description; /* owned, or NULL */
	bool audit;        /* [policy] mode = audit */
	uint32_t log;      /* LOG_* */
	uint32_t rate_count, rate_period_s;
	bool unsupported_warn;
	uint32_t escapes; /* bit per enum policy_operation: left open beside [file] and [exec] */
	struct section_settings sections[SECTION_COUNT];
	ARRAY(char *) files; /* owned; files[0] is the policy, then includes, then lists */
	ARRAY(struct prefix_set) sets;
	ARRAY(struct rule) rules; /* in reading order: of equals, the earlier is cited */
	ARRAY(struct policy_test) tests;
};

struct policy *policy_new(void); /* NULL: out of memory */
void policy_free(struct policy *policy);

/* Frees what a rule owns. rule->section must be set; all else may still be zero. */
void rule_fini(struct rule *rule);

/* Sections whose rules are globs of paths, and those whose rules are names of numbers. */
static inline bool has_globs(enum section section)
{
	return section == SECTION_FILE || section == SECTION_EXEC || section == SECTION_UNIX;
}

static inline bool has_names(enum section section)
{
	return section == SECTION_CAPABILITY || section == SECTION_OPERATION;
}

const char *section_name(enum section section); /* "device" */
const char *verdict_name(enum verdict verdict); /* "allow", "audit", "deny" */
/* "connect4", as the kernel's attach types; "lsm-file" where LSM programs are counted together */
const char *hook_name(enum hook hook);
