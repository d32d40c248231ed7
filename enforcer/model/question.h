/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question put to a policy ("connect tcp 10.0.0.1:443") and its answer, as data.
 */
#pragma once

#include <stdint.h>

#include "base/image_block.h"
#include "base/text.h"

struct question {
	enum section section;
	union {
		struct {
			uint32_t type; /* BPF_DEVCG_DEV_* */
			uint32_t major, minor;
			uint32_t access; /* ACCESS_*, not zero */
		} device;
		struct {
			uint32_t family, type, protocol; /* protocol 0 already resolved */
		} socket;
		struct {
			struct address address; /* as asked: neither unmapped nor redirected */
			uint32_t protocol;
			uint16_t port;
		} address;
		struct {                      /* [file], [exec] and [unix] */
			struct span name;     /* not owned; empty: the keyword `anonymous` */
			uint32_t permissions; /* not zero */
		} path;
		uint32_t number; /* [capability] and [operation] */
	};
};

enum reason {
	REASON_RULE,    /* decision.rule */
	REASON_DEFAULT, /* the section's default */
	REASON_ABSENT,  /* the policy has no such section */
	REASON_OUTSIDE, /* [socket] does not police this family */
	REASON_BROKEN,  /* the image is not in order; the verdict is deny */
};

struct decision {
	enum verdict verdict;
	enum reason reason;
	uint32_t rule;      /* index into policy.rules */
	uint32_t operation; /* the operation that decided: bit number in the access mask, or 0 */
};
