/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>
#include <sys/socket.h>

#include "abi_lsm.h"
#include "event_sample.h"
#include "model/policy.h"
#include "output/control_line.h"
#include "output/event_line.h"
#include "output/json_read.h"

static void format(const struct event *event, const struct event_names *names, char *line,
                   size_t size)
{
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = 3, .time_ns = 1795453080123456789, .cache = &cache };
	struct json_text text = { .bytes = line, .capacity = size - 1 };

	event_line(&text, &head, event, "", 1, names);
	assert_false(text.full);
	line[text.length] = '\0';
}

static void test_whole_line(void **state)
{
	struct event event = sample(HOOK_CONNECT4);
	struct event_names names = sample_names();
	char line[4096];

	(void)state;
	format(&event, &names, line, sizeof(line));
	assert_string_equal(
	        line, "{\"schema\":1,\"type\":\"decision\",\"seq\":3,"
	              "\"time\":\"2026-11-23T16:58:00.123456789Z\",\"policy\":\"web\","
	              "\"policy_file\":\"/etc/cgward/web.ini\","
	              "\"mode\":\"enforce\",\"verdict\":\"denied\",\"section\":\"connect\","
	              "\"hook\":\"connect4\",\"asked\":\"tcp 0.0.0.0:80\","
	              "\"judged\":\"tcp 127.0.0.1:80\",\"rule\":\"policies/web.ini:12\","
	              "\"rule_text\":\"deny = tcp 10.66.0.0/16\",\"errno\":\"EPERM\","
	              "\"cgroup\":\"/a/b\",\"cgroup_id\":4711,\"policy_cgroup\":\"/a\","
	              "\"policy_cgroup_id\":4710,\"pid\":1234,\"tid\":1235,\"uid\":1000,"
	              "\"comm\":\"curl\",\"ppid\":99,\"pcomm\":\"bash\",\"generation\":9,\"cpu\":1,"
	              "\"kernel_seq\":77}\n");
}

static void test_what_is_not_known_is_null(void **state)
{
	struct event event = sample(HOOK_CONNECT4);
	struct event_names names = { JSON_NULL, JSON_NULL, { JSON_NULL, JSON_NULL },
		                     JSON_NULL, JSON_NULL, NULL };
	char line[4096];

	(void)state;
	event.parent_pid = 0;
	event.error = 0;
	event.effect = EFFECT_AUDITED;
	format(&event, &names, line, sizeof(line));
	assert_non_null(strstr(
	        line,
	        "\"policy\":null,\"policy_file\":null,\"mode\":null,\"verdict\":\"audited\""));
	assert_non_null(strstr(line, "\"rule\":null,\"rule_text\":null,\"errno\":null,"
	                             "\"cgroup\":null"));
	assert_non_null(strstr(line, "\"ppid\":null,\"pcomm\":null"));
}

struct object_case {
	enum hook hook;
	__u32 asked[4], judged[4];
	__u8 judged_family;
	__u32 protocol;
	const char *expected_asked, *expected_judged;
};

static const struct object_case objects[] = {
	{ HOOK_CONNECT4,
	  { 0, 0, 0, 0x0a000001 },
	  { 0, 0, 0, 0x0a000001 },
	  AF_INET,
	  6,
	  "\"tcp 10.0.0.1:80\"",
	  "\"tcp 10.0.0.1:80\"" },
	{ HOOK_CONNECT6,
	  { 0, 0, 0xffff, 0x0a000001 },
	  { 0, 0, 0, 0x0a000001 },
	  AF_INET,
	  6,
	  "\"tcp [::ffff:10.0.0.1]:80\"",
	  "\"tcp 10.0.0.1:80\"" },
	{ HOOK_SENDMSG6,
	  { 0, 0, 0, 0 },
	  { 0, 0, 0, 1 },
	  AF_INET6,
	  17,
	  "\"udp [::]:80\"",
	  "\"udp [::1]:80\"" },
	{ HOOK_BIND6,
	  { 0x20010db8, 0, 0, 0 },
	  { 0x20010db8, 0, 1, 0 },
	  AF_INET6,
	  6,
	  "\"tcp [2001:db8::]:80\"",
	  "\"tcp [2001:db8::1:0:0]:80\"" },
	{ HOOK_BIND6,
	  { 0x00010000, 0x00020000, 0x00030000, 0x00000004 },
	  { 0x00010002, 0x00030004, 0x00050006, 0x00000008 },
	  AF_INET6,
	  6,
	  "\"tcp [1:0:2:0:3::4]:80\"",
	  "\"tcp [1:2:3:4:5:6:0:8]:80\"" },
	{ HOOK_BIND6,
	  { 0x00000000, 0x00000001, 0x00000000, 0x00000001 },
	  { 0xabcdef01, 0x23456789, 0xffffffff, 0xfffffff0 },
	  AF_INET6,
	  6,
	  "\"tcp [::1:0:0:0:1]:80\"",
	  "\"tcp [abcd:ef01:2345:6789:ffff:ffff:ffff:fff0]:80\"" },
	{ HOOK_SENDMSG4,
	  { 0, 0, 0, 0xffffffff },
	  { 0, 0, 0, 0xffffffff },
	  AF_INET,
	  250,
	  "\"250 255.255.255.255:80\"",
	  "\"250 255.255.255.255:80\"" },
	{ HOOK_BIND4,
	  { 0, 0, 0, 0 },
	  { 0, 0, 0, 0 },
	  AF_INET,
	  17,
	  "\"udp 0.0.0.0:80\"",
	  "\"udp 0.0.0.0:80\"" },
};

static void assert_object(char *(*put)(char *, const struct event *, const char *),
                          const struct event *event, const char *expected)
{
	char bytes[EVENT_OBJECT_BYTES_MAX + 1];

	*put(bytes, event, "") = '\0';
	assert_string_equal(bytes, expected);
}

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		const struct object_case *one = &objects[i];
		struct event event = sample(one->hook);

		memcpy(event.asked, one->asked, sizeof(event.asked));
		memcpy(event.judged, one->judged, sizeof(event.judged));
		event.judged_family = one->judged_family;
		event.protocol = one->protocol;
		assert_object(event_put_asked, &event, one->expected_asked);
		assert_object(event_put_judged, &event, one->expected_judged);
	}
}

static void test_devices_and_sockets(void **state)
{
	struct event event = sample(HOOK_DEVICE);

	(void)state;
	event.device_type = BPF_DEVCG_DEV_CHAR;
	event.major = 1;
	event.minor = 3;
	event.operations = ACCESS_READ | ACCESS_WRITE;
	assert_object(event_put_asked, &event, "\"c 1:3 rw\"");
	assert_object(event_put_judged, &event, "\"c 1:3 rw\"");
	event.device_type = BPF_DEVCG_DEV_BLOCK;
	event.operations = ACCESS_MKNOD;
	assert_object(event_put_asked, &event, "\"b 1:3 m\"");
	event.operations = 0;
	assert_object(event_put_asked, &event, "\"b 1:3\"");
	event = sample(HOOK_SOCK_CREATE);
	assert_object(event_put_asked, &event, "\"inet stream tcp\"");
	event.family = 200;
	event.socket_type = 77;
	event.protocol = 4000000000;
	assert_object(event_put_asked, &event, "\"200 77 4000000000\"");
}

/* Any sixteen bytes are a name; the line stays one line of valid JSON. */
static void test_hostile_names(void **state)
{
	struct event event = sample(HOOK_CONNECT4);
	struct event_names names = sample_names();
	char line[4096];

	(void)state;
	for (unsigned int first = 1; first < 256; first++) {
		CLEANUP_JSON json_object *record = NULL;
		size_t length;

		memset(event.comm, 0, sizeof(event.comm));
		for (size_t i = 0; i < sizeof(event.comm) - 1; i++)
			event.comm[i] = (char)(first + i * 7);
		format(&event, &names, line, sizeof(line));
		length = strlen(line);
		assert_ptr_equal(strchr(line, '\n'), line + length - 1);
		assert_int_equal(json_read_object(line, length, &record), 0);
		for (size_t i = 0; i + 1 < length; i++)
			assert_true((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
	}
	memcpy(event.comm, "\"\\\n\x1b\xc2\x9b\xff\xc3\xa9", 10);
	format(&event, &names, line, sizeof(line));
	assert_non_null(strstr(line, "\"comm\":\"\\\"\\\\\\u000a\\u001b\\u009b\\\\xff\xc3\xa9\""));
}

static void test_bad_events_are_refused(void **state)
{
	struct event event = sample(HOOK_CONNECT4), out;
	unsigned char padded[sizeof(event) + 9] = { 0 };
	const char *path = NULL;

	(void)state;
	memcpy(padded, &event, sizeof(event));
	for (size_t size = 0; size < sizeof(event); size++)
		assert_int_equal(event_decode(padded, size, &out, &path), -EBADMSG);
	assert_int_equal(event_decode(padded, sizeof(event) + 4, &out, &path), 0);
	assert_memory_equal(&out, &event, sizeof(event));
	assert_int_equal(event_decode(padded, sizeof(event) + 8, &out, &path), -EBADMSG);
#define assert_bad(member, value)                                                         \
	do {                                                                              \
		struct event bad = sample(HOOK_CONNECT4);                                 \
		bad.member = (value);                                                     \
		assert_int_equal(event_decode(&bad, sizeof(bad), &out, &path), -EBADMSG); \
	} while (0)
	assert_bad(size, sizeof(event) - 1);
	assert_bad(abi_version, ABI_VERSION + 1);
	assert_bad(hook, HOOK_COUNT);
	assert_bad(hook, HOOK_BIND4);
	assert_bad(effect, 0);
	assert_bad(effect, EFFECT_DENIED + 1);
	assert_bad(section, SECTION_COUNT);
	assert_bad(operations, 2);
	assert_bad(operation, 1);
	assert_bad(sequence, 0);
	assert_bad(error, 1);
	assert_bad(error, -5000);
	assert_bad(judged_family, AF_UNIX);
	event = sample(HOOK_DEVICE);
	event.section = SECTION_DEVICE;
	event.device_type = 3;
	assert_int_equal(event_decode(&event, sizeof(event), &out, &path), -EBADMSG);
}

/* Each bit of a record flipped: refused, or a line that is valid JSON. */
static void test_every_bit_flipped(void **state)
{
	struct event_names names = sample_names();

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(struct event); bit++) {
		struct event event = sample(HOOK_CONNECT6), out;
		CLEANUP_JSON json_object *record = NULL;
		const char *path = NULL;
		char line[4096];

		((unsigned char *)&event)[bit / 8] ^= (unsigned char)(1U << bit % 8);
		if (event_decode(&event, sizeof(event), &out, &path))
			continue;
		format(&out, &names, line, sizeof(line));
		assert_int_equal(json_read_object(line, strlen(line), &record), 0);
	}
}

static void test_too_little_room(void **state)
{
	struct event event = sample(HOOK_CONNECT4);
	struct event_names names = sample_names();
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = 1, .time_ns = 1, .cache = &cache };
	char bytes[100];
	struct json_text text = { .bytes = bytes, .capacity = sizeof(bytes) };

	(void)state;
	event_line(&text, &head, &event, "", 0, &names);
	assert_true(text.full);
}

/* All that is not a piece, as long as it can be, in the least room that is not refused: the address
 * sanitizer sees whether it was enough. */
static void test_the_longest_line(void **state)
{
	struct event event = sample(HOOK_CONNECT6);
	struct event_names names = sample_names();
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = UINT64_MAX, .time_ns = UINT64_MAX, .cache = &cache };
	struct json_text text = { .full = true };

	(void)state;
	event.effect = EFFECT_WOULD_DENY;
	event.sequence = event.cgroup_id = event.policy_cgroup_id = UINT64_MAX;
	event.generation = event.uid = event.pid = event.tid = event.parent_pid = UINT32_MAX;
	event.protocol = UINT32_MAX;
	event.port = UINT16_MAX;
	event.judged_family = AF_INET6;
	event.error = -4095;
	memset(event.asked, 0xff, sizeof(event.asked));
	memset(event.judged, 0xfe, sizeof(event.judged));
	memset(event.comm, 1, sizeof(event.comm));
	memset(event.parent_comm, 1, sizeof(event.parent_comm));
	while (text.full) {
		free(text.bytes);
		text = (struct json_text){ .capacity = text.capacity + 1 };
		text.bytes = malloc(text.capacity);
		assert_non_null(text.bytes);
		event_line(&text, &head, &event, "", -1, &names);
	}
	assert_in_range(text.length, 900, text.capacity);
	free(text.bytes);
}

static void test_control_lines(void **state)
{
	struct accounting accounting = { .epoch = 0xabc, .suppressed_total = 4 };
	struct time_cache cache = { 0 };
	struct line_head head = { .seq = 8, .time_ns = 1, .cache = &cache };
	char bytes[2048];
	struct json_text text = { .bytes = bytes, .capacity = sizeof(bytes) - 1 };
	struct suppressed_account *suppressed = accounting_suppressed(&accounting, 5, HOOK_BIND4);

	(void)state;
	suppressed_line(&text, &head, suppressed, 4, (struct json_piece){ "\"/a\"", 4 });
	suppressed->told = 4;
	suppressed_rest_line(&text, &head, 3);
	lost_line(&text, &head, LOSS_BUFFER_FULL, 2, 1);
	lost_line(&text, &head, LOSS_INVALID, 1, 0);
	lost_line(&text, &head, LOSS_TORN_LINE, 1, CPU_UNKNOWN);
	account_written(accounting_cpu(&accounting, 1), 7);
	account_told(accounting_cpu(&accounting, 1), LOSS_BUFFER_FULL, 2);
	account_line(&text, &head, &accounting);
	bytes[text.length] = '\0';
#define HEAD(type) \
	"{\"schema\":1,\"type\":\"" type "\",\"seq\":8,\"time\":\"1970-01-01T00:00:00.000000001Z\""
	assert_string_equal(
	        bytes,
	        /* clang-format off */
	        HEAD("suppressed") ",\"count\":4,\"cgroup\":\"/a\",\"cgroup_id\":5,"
	                           "\"hook\":\"bind4\",\"total\":4}\n"
	        HEAD("suppressed") ",\"count\":3,\"cgroup\":null,\"cgroup_id\":null,"
	                           "\"hook\":null,\"total\":null}\n"
	        HEAD("lost") ",\"cause\":\"buffer-full\",\"count\":2,\"cpu\":1}\n"
	        HEAD("invalid") ",\"count\":1,\"cpu\":0}\n"
	        HEAD("lost") ",\"cause\":\"torn-line\",\"count\":1}\n"
	        HEAD("account") ",\"epoch\":\"0000000000000abc\",\"attempted\":7,\"written\":1,"
	                        "\"lost\":2,\"suppressed\":4,\"cpus\":[{\"cpu\":1,\"attempted\":7,"
	                        "\"written\":1,\"lost\":{\"buffer-full\":2}}],\"suppressed_by\":["
	                        "{\"cgroup_id\":5,\"hook\":\"bind4\",\"total\":4}]}\n");
	/* clang-format on */
	accounting_fini(&accounting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_line),
		cmocka_unit_test(test_what_is_not_known_is_null),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_devices_and_sockets),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_bad_events_are_refused),
		cmocka_unit_test(test_every_bit_flipped),
		cmocka_unit_test(test_too_little_room),
		cmocka_unit_test(test_the_longest_line),
		cmocka_unit_test(test_control_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
