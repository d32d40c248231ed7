/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of LSM programs: a path behind the struct, objects that are no address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi_lsm.h"
#include "event_sample.h"
#include "output/json_read.h"

/* A record as it comes: the struct, the path behind it. */
struct lsm_record {
	struct event event;
	char path[EVENT_PATH_MAX + 8];
};

static struct lsm_record lsm_sample(enum hook hook, enum section section, const char *path)
{
	struct lsm_record record = { .event = sample(hook) };

	record.event.section = (__u8)section;
	record.event.path_length = (__u16)strlen(path);
	record.event.size = (__u16)(sizeof(record.event) + strlen(path));
	record.event.object_class = has_globs(section) ? OBJECT_NORMAL : OBJECT_NONE;
	memcpy(record.path, path, strlen(path));
	return record;
}

static int decode(const struct lsm_record *record)
{
	struct event event;
	const char *path;

	return event_decode(record, record->event.size, &event, &path);
}

static void assert_lsm_object(const struct lsm_record *record, const char *expected)
{
	char bytes[256];
	struct event event;
	const char *path = NULL;

	assert_int_equal(event_decode(record, record->event.size, &event, &path), 0);
	*event_put_asked(bytes, &event, path) = '\0';
	assert_string_equal(bytes, expected);
	assert_true(event_is_judged_as_asked(&event));
}

static void test_objects_of_lsm_programs(void **state)
{
	struct lsm_record record = lsm_sample(HOOK_LSM_FILE, SECTION_FILE, "/etc/a b\"c\x01");

	(void)state;
	record.event.operations = PERMISSION_WRITE | PERMISSION_READ | PERMISSION_ATTRIBUTES;
	assert_lsm_object(&record, "\"rwa /etc/a b\\\"c\\u0001\"");
	record = lsm_sample(HOOK_LSM_EXEC, SECTION_EXEC, "/usr/bin/curl");
	assert_lsm_object(&record, "\"/usr/bin/curl\"");
	record.event.operations = EXEC_MAP;
	record.event.operation = 1;
	assert_lsm_object(&record, "\"library /usr/bin/curl\"");
	record = lsm_sample(HOOK_LSM_EXEC, SECTION_EXEC, "");
	record.event.object_class = OBJECT_ANONYMOUS;
	assert_lsm_object(&record, "\"anonymous\"");
	record.event.object_class = OBJECT_DETACHED;
	assert_lsm_object(&record, "\"detached\"");
	record = lsm_sample(HOOK_LSM_UNIX, SECTION_UNIX, "@name");
	assert_lsm_object(&record, "\"@name\"");
	record.path[2] = '\0';
	assert_lsm_object(&record, "\"@n\\\\x00me\"");
	record = lsm_sample(HOOK_LSM_CAPABILITY, SECTION_CAPABILITY, "");
	record.event.number = 21;
	assert_lsm_object(&record, "\"sys_admin\"");
	record.event.number = 63;
	assert_lsm_object(&record, "\"63\"");
	record = lsm_sample(HOOK_LSM_OPERATION, SECTION_OPERATION, "");
	record.event.number = OPERATION_PTRACE_OUTSIDE;
	assert_lsm_object(&record, "\"ptrace-outside\"");
	record = lsm_sample(HOOK_LSM_SOCKET, SECTION_SOCKET, "");
	record.event.family = AF_UNIX;
	record.event.protocol = 0;
	assert_lsm_object(&record, "\"unix stream 0\"");
}

static void test_calls_that_a_seccomp_filter_stopped(void **state)
{
	struct lsm_record record = lsm_sample(HOOK_SECCOMP, SECTION_SOCKET, "");

	(void)state;
	record.event.object_class = OBJECT_NONE;
	record.event.lsm_hook = 0;
	record.event.family = AF_PACKET;
	record.event.protocol = 0;
	assert_int_equal(decode(&record), 0);
	assert_string_equal(event_hook_name(&record.event), "seccomp");
	assert_lsm_object(&record, "\"packet stream 0\"");
	/* What is not seen is named by the way it took, and is of that class. */
	record.event.number = UNSEEN_IO_URING;
	assert_int_equal(decode(&record), -EBADMSG);
	record.event.object_class = OBJECT_UNSEEN;
	assert_int_equal(decode(&record), 0);
	assert_lsm_object(&record, "\"io_uring\"");
	record.event.number = UNSEEN_SOCKETCALL;
	assert_lsm_object(&record, "\"socketcall\"");
	record.event.number = UNSEEN_KINDS;
	assert_int_equal(decode(&record), -EBADMSG);
	record.event.number = UNSEEN_NONE;
	assert_int_equal(decode(&record), -EBADMSG);
	/* And no other hook has that class. */
	record = lsm_sample(HOOK_LSM_SOCKET, SECTION_SOCKET, "");
	record.event.object_class = OBJECT_UNSEEN;
	assert_int_equal(decode(&record), -EBADMSG);
}

static void test_bad_records_of_lsm_programs(void **state)
{
	const struct lsm_record good = lsm_sample(HOOK_LSM_FILE, SECTION_FILE, "/etc/passwd");
	struct lsm_record bad;

	(void)state;
	assert_int_equal(decode(&good), 0);
#define assert_bad_lsm(member, value)                     \
	do {                                              \
		bad = good;                               \
		bad.event.member = (value);               \
		assert_int_equal(decode(&bad), -EBADMSG); \
	} while (0)
	assert_bad_lsm(path_length, 10);
	assert_bad_lsm(path_length, 12);
	assert_bad_lsm(path_length, EVENT_PATH_MAX + 1);
	assert_bad_lsm(lsm_hook, LSM_HOOK_COUNT);
	assert_bad_lsm(object_class, OBJECT_CLASSES);
	assert_bad_lsm(object_class, OBJECT_NONE);
	assert_bad_lsm(flags, 2);
	assert_bad_lsm(operations, 0);
	assert_bad_lsm(operations, 32);
	assert_bad_lsm(operation, 5);
	assert_bad_lsm(section, SECTION_EXEC);
	assert_bad_lsm(hook, HOOK_LSM_EXEC);
	bad = lsm_sample(HOOK_LSM_OPERATION, SECTION_OPERATION, "");
	bad.event.number = OPERATION_KEYS;
	assert_int_equal(decode(&bad), -EBADMSG);
	bad = lsm_sample(HOOK_CONNECT4, SECTION_CONNECT, "/");
	assert_int_equal(decode(&bad), -EBADMSG);
}

/* A path of the greatest length, each byte of it escaped, has room. */
static void test_whole_line_of_an_lsm_program(void **state)
{
	static struct lsm_record record;
	struct event_names names = sample_names();
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = 1, .time_ns = 1, .cache = &cache };
	CLEANUP_JSON json_object *object = NULL;
	static char bytes[4096 + 3 * 6 * EVENT_PATH_MAX];
	struct json_text text = { .bytes = bytes, .capacity = sizeof(bytes) };
	const char *path = NULL;
	struct event event;

	(void)state;
	record = lsm_sample(HOOK_LSM_FILE, SECTION_FILE, "/");
	memset(record.path, 1, EVENT_PATH_MAX);
	record.event.path_length = EVENT_PATH_MAX;
	record.event.size = sizeof(record.event) + EVENT_PATH_MAX;
	record.event.flags = EVENT_PATH_TRUNCATED;
	record.event.object_class = OBJECT_FOREIGN;
	record.event.lsm_hook = LSM_PATH_UNLINK;
	record.event.target_pid = 17;
	assert_int_equal(event_decode(&record, record.event.size + 4U, &event, &path), 0);
	event_line(&text, &head, &event, path, 1, &names);
	assert_false(text.full);
	assert_int_equal(json_read_object(text.bytes, text.length, &object), 0);
	assert_string_equal(json_read_string(object, "hook"), "path_unlink");
	assert_string_equal(json_read_string(object, "object_class"), "foreign");
	assert_int_equal(strlen(json_read_string(object, "path")), EVENT_PATH_MAX);
	assert_non_null(strstr(bytes, "\"path_truncated\":true,\"target_pid\":17,\"rule\":"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_of_lsm_programs),
		cmocka_unit_test(test_calls_that_a_seccomp_filter_stopped),
		cmocka_unit_test(test_bad_records_of_lsm_programs),
		cmocka_unit_test(test_whole_line_of_an_lsm_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
