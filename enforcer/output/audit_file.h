/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit log's file: one writer, whole lines, bounded memory.
 *
 * Lines are gathered and written in large pieces. When the file system refuses, lines wait in
 * memory as long as there is room, a line that went out in part is cut back, and the caller is told
 * which records did not find room, so that it can count them. Control lines (totals, losses) have
 * room of their own: they must be able to say what became of the decisions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define AUDIT_LINE_BYTES_MAX (1U << 20)

struct audit_file;

/* A last line without a newline: its writer was killed in the middle of it. It has been cut off. */
struct torn_line {
	uint64_t bytes; /* 0: there was none */
	bool is_decision;
};

/*
 * Opens or makes PATH (0600; its directory, one level, 0700). The file must be regular, belong to
 * the effective user, be closed to everybody else, be empty or an audit log, and have no other
 * writer. Errors are findings: -EPERM, -EBUSY (another writer), -EINVAL (no audit log), or what
 * the system said.
 */
int audit_file_open(const char *path, struct diag *diag, struct audit_file **ret_file,
                    struct torn_line *ret_torn);
void audit_file_close(struct audit_file *file); /* what could not be flushed is gone */

/* The number that the next line appended must carry. */
uint64_t audit_file_seq(const struct audit_file *file);

enum line_kind {
	LINE_DECISION,
	LINE_CONTROL,
};

/* Takes a whole line with its newline; the number is then used up. -ENOBUFS: no room, the line is
 * not taken. Never fails otherwise. */
int audit_file_append(struct audit_file *file, enum line_kind kind, const char *line,
                      size_t length);

/* Writes what waits. 0 or -errno; then it still waits. */
int audit_file_flush(struct audit_file *file);

/* Flushes and asks the disk for it. */
int audit_file_sync(struct audit_file *file);

/* Bytes written to the file through this writer. */
uint64_t audit_file_written(const struct audit_file *file);

/* Whether PATH names another file by now, or none. */
bool audit_file_is_moved(const struct audit_file *file);

/* Goes on in the file that PATH names now, if it is another one (*ret_changed). On an error, a
 * finding, the old one stays in use. */
int audit_file_reopen(struct audit_file *file, struct diag *diag, bool *ret_changed);

const char *audit_file_path(const struct audit_file *file);

/* For reading what is there; owned by the file. */
int audit_file_fd(const struct audit_file *file);
