/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between keys.c, which knows what may stand where, and values.c, which knows what it does.
 */
#pragma once

#include "parse/loader.h"

enum block {
	BLOCK_NONE,
	BLOCK_IGNORED,
	BLOCK_POLICY,
	BLOCK_GROUP,
	BLOCK_SECTION,
	BLOCK_TESTS
};

enum key {
	KEY_ALLOW,
	KEY_DENY,
	KEY_AUDIT,
	KEY_LIBRARY,
	KEY_DEFAULT,
	KEY_MODE,
	KEY_FAMILIES,
	KEY_ADDRESS,
	KEY_FILE,
	KEY_INCLUDE,
	KEY_DESCRIPTION,
	KEY_LOG,
	KEY_LOG_RATE,
	KEY_UNSUPPORTED,
	KEY_ESCAPES,
	KEY_COUNT,
};

/* Where in a file the reader is. */
struct position {
	struct loader *loader;
	uint32_t file;
	enum block block;
	enum section section;     /* of BLOCK_SECTION */
	uint32_t group;           /* of BLOCK_GROUP */
	uint32_t seen[KEY_COUNT]; /* keys of [policy]: line where first given, or 0 */
};

/* One KEY = VALUE line, its key known to be allowed where it stands. */
struct entry {
	const struct line *line;
	const struct name *key;
	struct span value;
};

/* Puts the value where it belongs. 0, -ENOMEM, or -EINVAL with a complaint. */
int value_take(struct position *position, const struct entry *entry,
               struct complaint *ret_complaint);
