/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading JSON that somebody else wrote: strict parsing of one value, and members fetched with
 * their type. json-c underneath; its objects do not leave the layer above a function that parsed.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

static inline void cleanup_json(json_object **object)
{
	json_object_put(*object);
}

#define CLEANUP_JSON CLEANUP(cleanup_json)

/* One object and nothing after it but blanks, at most eight levels deep, valid UTF-8. 0, -EBADMSG,
 * -ENOMEM. The caller puts *ret_object. */
int json_read_object(const char *text, size_t length, json_object **ret_object);

/* Members by name: false if missing, of another type, negative or too large. */
bool json_read_u64(json_object *object, const char *name, uint64_t *ret_number);
bool json_read_u32(json_object *object, const char *name, uint32_t *ret_number);

/* NULL if missing or no string, or if a NUL stands in it. Owned by the object. */
const char *json_read_string(json_object *object, const char *name);

/* NULL if missing or no array. */
json_object *json_read_array(json_object *object, const char *name);
