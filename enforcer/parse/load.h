/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From files to a policy: the entry to the parse layer. Pure given `struct surroundings`, through
 * which every look at the outside world goes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "model/policy.h"

#define POLICY_FILE_BYTES_MAX (4U << 20)
#define LIST_FILE_BYTES_MAX   (64U << 20)
#define INCLUDE_DEPTH_MAX     16
#define FILES_MAX             256
#define GROUPS_MAX            1024
#define LISTS_MAX             1024 /* `file =` lines of groups */
#define POLICY_LINE_BYTES_MAX 198  /* inih cuts longer ones and says nothing */

/*
 * All functions return 0 or -errno and leave outputs untouched on failure. `resolve` takes paths
 * as given, relative to the working directory.
 */
struct surroundings {
	void *context;
	/* Reads a whole regular file; *ret_text is malloc'ed, NUL-terminated beyond *ret_length.
	 * -EFBIG above `limit`, -EPERM if the file's owner or mode is not trusted (and then
	 * *ret_why is a static text that says what is wrong), -EINVAL if not a regular file. */
	int (*read_file)(void *context, const char *path, size_t limit, char **ret_text,
	                 size_t *ret_length, const char **ret_why);
	/* The device at a /dev path. -ENOENT; -ENODEV if it is there and is no device. */
	int (*device_at)(void *context, const char *path, struct device_pattern *ret_device);
	/* Text of /proc/devices, malloc'ed. */
	int (*device_classes)(void *context, char **ret_text);
	/* Port of a service name, for "tcp", "udp" or NULL (either; -EEXIST if they differ). */
	int (*service_port)(void *context, const char *name, const char *protocol,
	                    uint16_t *ret_port);
};

/* The real ones. `trusted_only`: files must belong to root and be writable by nobody else, as is
 * required of whatever is put in force. */
extern const struct surroundings surroundings_any_owner;
extern const struct surroundings surroundings_trusted_only;

/*
 * Loads PATH with its includes and lists. 0 with a policy, and perhaps warnings and notes in
 * `diag`; -EINVAL with errors in `diag`, all of them, and no policy; -ENOMEM; another -errno with
 * an error in `diag` if it was the system that failed to read a file (-EIO). The caller owns
 * *ret_policy. Holes and shadowed rules are found later, by parse-independent checks in
 * compile/lint.h.
 */
int policy_load(const char *path, const struct surroundings *surroundings, struct diag *diag,
                struct policy **ret_policy);

/*
 * Reads one question in the language of [tests] without the verb: "connect tcp 10.0.0.1:443".
 * 0 or -EINVAL, and then *ret_error tells where and why.
 */
struct question_error {
	char message[160];
	char hint[160];
	size_t column; /* from 0 */
};
int question_parse(const char *text, const struct surroundings *surroundings,
                   struct question *ret_question, struct question_error *ret_error);
