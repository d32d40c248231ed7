/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening an audit log for writing: everything that must be true of the file before the first byte.
 * For audit_file.c alone.
 */
#pragma once

#include "output/audit_file.h"

struct opened_log {
	int fd;            /* O_APPEND, locked; the caller owns it */
	uint64_t last_seq; /* of its last line; 0: it was empty */
	struct torn_line torn;
};

int log_open_for_writing(const char *path, struct diag *diag, struct opened_log *ret_opened);
