/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event record as it came out of the perf buffer, judged before anything of it is believed, and
 * its names. Pure; what a record is written as is event_line.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "abi_seccomp.h"
#include "output/json_text.h"

/*
 * Checks `size` bytes and copies them out. 0, or -EBADMSG for anything that a program of this
 * ABI_VERSION would not have sent; then the outputs are untouched. `comm` and `parent_comm` of a
 * good one end with NUL. *ret_path is where ret_event->path_length bytes of a path stand in
 * `bytes`: any bytes at all.
 */
int event_decode(const void *bytes, size_t size, struct event *ret_event, const char **ret_path);

/* Whether an LSM program sent it. */
static inline bool event_is_of_lsm(const struct event *event)
{
	return event->hook >= PROGRAM_HOOK_COUNT;
}

/* Of the kernel's own hook: "connect4", "file_open". */
const char *event_hook_name(const struct event *event);

const char *effect_name(enum effect effect); /* "denied", "would-deny", "audited", "allowed" */

/* The object in the language of questions, without the section: "tcp [::1]:80", "c 1:3 rw",
 * "inet stream tcp", "rw /etc/shadow"; a JSON string. */
char *event_put_asked(char *pen, const struct event *event, const char *path);
char *event_put_judged(char *pen, const struct event *event, const char *path);
bool event_is_judged_as_asked(const struct event *event); /* almost always */

/* Longest object, quotes included, that a pen (json_pen.h) must have room for beside
 * PEN_STRING_BYTES() of its path. */
#define EVENT_OBJECT_BYTES_MAX 96
