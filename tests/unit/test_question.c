/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>

#include "abi_lsm.h"
#include "base/scan.h"
#include "fake_world.h"

static struct question ask(const char *text)
{
	struct surroundings surroundings = fake_surroundings(NULL);
	struct question_error error;
	struct question question;

	if (question_parse(text, &surroundings, &question, &error))
		fail_msg("%s: %s", text, error.message);
	return question;
}

static void assert_refused(const char *text, size_t column)
{
	struct surroundings surroundings = fake_surroundings(NULL);
	struct question question, before;
	struct question_error error;

	memset(&question, 0x5a, sizeof(question));
	before = question;
	assert_int_equal(question_parse(text, &surroundings, &question, &error), -EINVAL);
	assert_memory_equal(&question, &before, sizeof(question));
	assert_true(error.message[0]);
	if (error.column != column)
		fail_msg("%s: column %zu: %s", text, error.column, error.message);
}

static void test_paths_and_numbers(void **state)
{
	static const struct {
		const char *text;
		enum section section;
		const char *path;
		uint32_t permissions;
	} cases[] = {
		{ "file w /etc/shadow", SECTION_FILE, "/etc/shadow", 2 },
		{ "file  adcwr  / ", SECTION_FILE, "/", 31 },
		{ "file r /a b  c*", SECTION_FILE, "/a b  c*", 1 },
		{ "file rw anonymous", SECTION_FILE, "", 3 },
		{ "exec /usr/bin/curl", SECTION_EXEC, "/usr/bin/curl", EXEC_RUN },
		{ "exec library /lib/x.so", SECTION_EXEC, "/lib/x.so", EXEC_MAP },
		{ "exec anonymous", SECTION_EXEC, "", EXEC_RUN },
		{ "unix /run/app.sock", SECTION_UNIX, "/run/app.sock", 1 },
		{ "unix @a/../b", SECTION_UNIX, "@a/../b", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question question = ask(cases[i].text);

		assert_int_equal(question.section, cases[i].section);
		assert_int_equal(question.path.permissions, cases[i].permissions);
		assert_int_equal(question.path.name.length, strlen(cases[i].path));
		assert_memory_equal(question.path.name.start ? question.path.name.start : "",
		                    cases[i].path, strlen(cases[i].path));
	}
	assert_int_equal(ask("capability sys_admin").number, 21);
	assert_int_equal(ask("operation cgroup-escape").number, OPERATION_CGROUP_ESCAPE);
	assert_int_equal(ask("operation bpf-own").number, OPERATION_BPF_OWN);
	assert_refused("exec library", 12);
	assert_refused("exec curl", 5);
	assert_refused("file /etc/shadow", 5);
	assert_refused("unix sock", 5);
	assert_refused("capability CAP_CHOWN", 11);
}

static void test_connect_and_bind(void **state)
{
	static const struct {
		const char *text;
		enum section section;
		uint32_t protocol;
		const char *address;
		uint16_t port;
	} cases[] = {
		{ "connect tcp 10.0.0.1:443", SECTION_CONNECT, 6, "10.0.0.1", 443 },
		{ "  connect\tudp  [2001:db8::1]:domain ", SECTION_CONNECT, 17, "2001:db8::1", 53 },
		{ "bind tcp [::1]:8080", SECTION_BIND, 6, "::1", 8080 },
		{ "bind udp 0.0.0.0:0", SECTION_BIND, 17, "0.0.0.0", 0 },
		{ "connect tcp 0.0.0.0:80", SECTION_CONNECT, 6, "0.0.0.0", 80 },
		{ "connect icmp 10.0.0.1:0", SECTION_CONNECT, 1, "10.0.0.1", 0 },
		{ "connect udplite 10.0.0.1:65535", SECTION_CONNECT, 136, "10.0.0.1", 65535 },
		{ "connect 132 10.0.0.1:http-alt", SECTION_CONNECT, 132, "10.0.0.1", 8080 },
		{ "connect tcp [::ffff:10.0.0.1]:1", SECTION_CONNECT, 6, "::ffff:10.0.0.1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question question = ask(cases[i].text);
		char buffer[ADDRESS_TEXT_MAX];

		assert_int_equal(question.section, cases[i].section);
		assert_int_equal(question.address.protocol, cases[i].protocol);
		assert_int_equal(question.address.port, cases[i].port);
		assert_string_equal(address_text(&question.address.address, buffer),
		                    cases[i].address);
	}
}

static void test_devices(void **state)
{
	struct question question = ask("device c 1:3 wr");

	(void)state;
	assert_int_equal(question.section, SECTION_DEVICE);
	assert_int_equal(question.device.type, BPF_DEVCG_DEV_CHAR);
	assert_int_equal(question.device.major, 1);
	assert_int_equal(question.device.minor, 3);
	assert_int_equal(question.device.access, ACCESS_READ | ACCESS_WRITE);
	question = ask("device /dev/loop0 m");
	assert_int_equal(question.device.type, BPF_DEVCG_DEV_BLOCK);
	assert_int_equal(question.device.major, 7);
	assert_int_equal(question.device.access, ACCESS_MKNOD);
	question = ask("device b 8:1");
	assert_int_equal(question.device.access, ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD);
}

/* A protocol left out is 0, and 0 is what inet_create() makes of it. */
static void test_sockets(void **state)
{
	static const struct {
		const char *text;
		uint32_t family, type, protocol;
	} cases[] = {
		{ "socket inet stream tcp", AF_INET, SOCK_STREAM, 6 },
		{ "socket inet stream", AF_INET, SOCK_STREAM, 6 },
		{ "socket inet6 dgram", AF_INET6, SOCK_DGRAM, 17 },
		{ "socket inet dgram 0", AF_INET, SOCK_DGRAM, 17 },
		{ "socket inet dgram icmp", AF_INET, SOCK_DGRAM, 1 },
		{ "socket inet stream mptcp", AF_INET, SOCK_STREAM, 262 },
		{ "socket inet raw", AF_INET, SOCK_RAW, 0 },
		{ "socket unix stream", AF_UNIX, SOCK_STREAM, 0 },
		{ "socket 17 3 768", AF_PACKET, SOCK_RAW, 768 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question question = ask(cases[i].text);

		assert_int_equal(question.section, SECTION_SOCKET);
		assert_int_equal(question.socket.family, cases[i].family);
		assert_int_equal(question.socket.type, cases[i].type);
		assert_int_equal(question.socket.protocol, cases[i].protocol);
	}
}

static void test_what_is_no_question(void **state)
{
	(void)state;
	assert_refused("", 0);
	assert_refused("   ", 3);
	assert_refused("conect tcp 10.0.0.1:443", 0);
	assert_refused("sysctl w net.ipv4.ip_forward", 0);
	assert_refused("connect", 7);
	assert_refused("connect tcp", 11);
	assert_refused("connect tcp 10.0.0.1", 20);
	assert_refused("connect tcp 10.0.0.1:", 21);
	assert_refused("connect tcp ::1", 15);
	assert_refused("connect tcp 10.0.0.0/8:443", 12);
	assert_refused("connect tcp 10.0.0.1/32:443", 12);
	assert_refused("connect tcp any:443", 12);
	assert_refused("connect tcp @group:443", 12);
	assert_refused("connect tcp localhost:443", 12);
	assert_refused("connect any 10.0.0.1:443", 8);
	assert_refused("connect 10.0.0.1:443", 8);
	assert_refused("connect tcp 10.0.0.1:80,81", 21);
	assert_refused("connect tcp 10.0.0.1:80-81", 21);
	assert_refused("connect tcp 10.0.0.1:80 x", 24);
	assert_refused("connect tcp 10.0.0.1:differ", 21);
	assert_refused("device a 1:3 r", 7);
	assert_refused("device c 1:* r", 9);
	assert_refused("device char-pts r", 7);
	assert_refused("device c 1:3 rr", 14);
	assert_refused("device /dev/shm r", 7);
	assert_refused("device", 6);
	assert_refused("socket", 6);
	assert_refused("socket any stream", 7);
	assert_refused("socket inet", 11);
	assert_refused("socket inet stream any", 19);
	assert_refused("connect tcp 10.0.0.1:443\n", 24);
	assert_refused("connect tcp 10.0.0.1:443 \xff", 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect_and_bind),
		cmocka_unit_test(test_paths_and_numbers),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_what_is_no_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
