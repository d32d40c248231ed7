/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json-c is lenient by default; here it is told not to be, and what it still lets through
 * (trailing text, numbers that wrap) is refused by hand.
 *
 * Memory that runs out within json-c 0.16's parser may end the process (json_object_object_add_ex).
 * That is between calls of ours, so no order of them avoids it; it ends whoever reads a log, and
 * never what is in force.
 */
#include "output/json_read.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define JSON_READ_DEPTH_MAX 8

static void cleanup_tokener(json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static bool only_blanks(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	}
	return true;
}

int json_read_object(const char *text, size_t length, json_object **ret_object)
{
	CLEANUP(cleanup_tokener) json_tokener *tokener = NULL;
	CLEANUP_JSON json_object *object = NULL;
	size_t end;

	if (length > INT_MAX)
		return -EBADMSG;
	tokener = json_tokener_new_ex(JSON_READ_DEPTH_MAX);
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
	                                        JSON_TOKENER_ALLOW_TRAILING_CHARS);
	/* It has no error of its own for want of memory. */
	errno = 0;
	object = json_tokener_parse_ex(tokener, text, (int)length);
	if (!object || json_tokener_get_error(tokener) != json_tokener_success)
		return errno == ENOMEM ? -ENOMEM : -EBADMSG;
	end = json_tokener_get_parse_end(tokener);
	if (!json_object_is_type(object, json_type_object) ||
	    !only_blanks(text + end, length - end))
		return -EBADMSG;
	*ret_object = TAKE_PTR(object);
	return 0;
}

bool json_read_u64(json_object *object, const char *name, uint64_t *ret_number)
{
	json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int))
		return false;
	/* What is above INT64_MAX comes back from this as INT64_MAX. */
	if (json_object_get_int64(member) < 0)
		return false;
	*ret_number = json_object_get_uint64(member);
	return true;
}

bool json_read_u32(json_object *object, const char *name, uint32_t *ret_number)
{
	uint64_t number;

	if (!json_read_u64(object, name, &number) || number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

const char *json_read_string(json_object *object, const char *name)
{
	json_object *member;
	const char *string;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return NULL;
	string = json_object_get_string(member);
	if (strlen(string) != (size_t)json_object_get_string_len(member))
		return NULL;
	return string;
}

json_object *json_read_array(json_object *object, const char *name)
{
	json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_array))
		return NULL;
	return member;
}
