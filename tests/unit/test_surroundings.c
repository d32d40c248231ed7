/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading real files: what is trusted, what is refused, and that nothing hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "parse/load.h"

static char directory[] = "/tmp/cgward-surroundings-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int leave(void **state)
{
	static const char *const names[] = {
		"file", "link", "fifo", "dir/file", "dir/link", "dir"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(names[i]);
	return chdir("/") || rmdir(directory);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	CLEANUP_CLOSE int fd = -1;

	remove(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
}

static int read_with(const struct surroundings *surroundings, const char *path, size_t limit,
                     const char **ret_why)
{
	char *text = NULL;
	size_t length = 0;
	int error = surroundings->read_file(surroundings->context, path, limit, &text, &length,
	                                    ret_why);

	if (!error)
		assert_int_equal(text[length], '\0');
	free(text);
	return error;
}

static int read_trusted(const char *path)
{
	const char *why = NULL;
	int error = read_with(&surroundings_trusted_only, path, 100, &why);

	assert_int_equal(error == -EPERM, why != NULL);
	return error;
}

static int read_any(const char *path)
{
	const char *why = NULL;

	return read_with(&surroundings_any_owner, path, 100, &why);
}

static void test_contents_arrive(void **state)
{
	char *text = NULL;
	size_t length = 0;
	const char *why = NULL;

	(void)state;
	write_file("file", "[bind]\n", 0644);
	assert_int_equal(surroundings_any_owner.read_file(NULL, "file", 7, &text, &length, &why),
	                 0);
	assert_int_equal(length, 7);
	assert_string_equal(text, "[bind]\n");
	free(text);
	write_file("file", "", 0644);
	assert_int_equal(read_any("file"), 0);
}

static void test_the_limit_holds(void **state)
{
	const char *why = NULL;

	(void)state;
	write_file("file", "12345678", 0644);
	assert_int_equal(read_with(&surroundings_any_owner, "file", 8, &why), 0);
	assert_int_equal(read_with(&surroundings_any_owner, "file", 7, &why), -EFBIG);
	/* procfs gives a size of 0: the limit is on what is read. */
	assert_int_equal(read_with(&surroundings_any_owner, "/proc/self/status", 16, &why), -EFBIG);
	assert_int_equal(read_with(&surroundings_any_owner, "/proc/self/status", 1U << 20, &why),
	                 0);
}

static void test_what_is_no_file(void **state)
{
	(void)state;
	remove("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(read_any("fifo"), -EINVAL);
	mkdir("dir", 0700);
	assert_int_equal(read_any("dir"), -EISDIR);
	assert_int_equal(read_any("/dev/zero"), -EINVAL);
	assert_int_equal(read_any("nowhere"), -ENOENT);
	assert_int_equal(read_any(""), -ENOENT);
}

static void test_who_is_trusted(void **state)
{
	(void)state;
	write_file("file", "x", 0644);
	if (geteuid() != 0) {
		assert_int_equal(read_trusted("file"), -EPERM);
		skip();
	}
	assert_int_equal(read_trusted("file"), 0);
	assert_int_equal(chmod("file", 0664), 0);
	assert_int_equal(read_trusted("file"), -EPERM);
	assert_int_equal(read_any("file"), 0);
	assert_int_equal(chmod("file", 0646), 0);
	assert_int_equal(read_trusted("file"), -EPERM);
	assert_int_equal(chmod("file", 0600), 0);
	assert_int_equal(read_trusted("file"), 0);
	assert_int_equal(chown("file", 65534, 0), 0);
	assert_int_equal(read_trusted("file"), -EPERM);
	assert_int_equal(read_any("file"), 0);
}

/* A link is followed; what it leads to is judged. */
static void test_links(void **state)
{
	(void)state;
	write_file("file", "x", 0644);
	remove("link");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(read_any("link"), 0);
	assert_int_equal(chmod("file", 0666), 0);
	assert_int_equal(read_trusted("link"), -EPERM);
	remove("file");
	assert_int_equal(read_any("link"), -ENOENT);
}

static void assert_refused(const char *path, const char *reason)
{
	const char *why = NULL;

	assert_int_equal(read_with(&surroundings_trusted_only, path, 100, &why), -EPERM);
	assert_non_null(strstr(why, reason));
	assert_int_equal(read_any(path), 0);
}

static void set_directory(mode_t mode, uid_t owner)
{
	assert_int_equal(chown("dir", owner, 0), 0);
	assert_int_equal(chmod("dir", mode), 0);
}

/* Who can write the directory decides which of root's files has the name. */
static void test_directories(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	mkdir("dir", 0755);
	write_file("dir/file", "x", 0644);
	assert_int_equal(read_trusted("dir/file"), 0);
	assert_int_equal(read_trusted("./dir/../dir/file"), 0);
	assert_int_equal(read_trusted("dir/"), -EISDIR);
	assert_int_equal(read_trusted("dir/file/"), -ENOTDIR);
	assert_int_equal(read_trusted("dir/nowhere"), -ENOENT);
	assert_int_equal(read_trusted(""), -ENOENT);
	set_directory(0775, 0);
	assert_refused("dir/file", "the group of its directory");
	set_directory(0757, 0);
	assert_refused("dir/file", "everybody may write to its directory");
	set_directory(01777, 0);
	assert_int_equal(read_trusted("dir/file"), 0);
	set_directory(01777, 65534);
	assert_refused("dir/file", "the owner of its directory");
	set_directory(0755, 65534);
	assert_refused("dir/file", "the owner of its directory");
	assert_int_equal(chdir("dir"), 0);
	assert_refused("file", "the owner of its directory");
	assert_int_equal(chdir(".."), 0);
}

/* The directories of the link and of what it leads to count, and whose link it is. */
static void test_links_and_directories(void **state)
{
	char path[sizeof(directory) + 16];

	(void)state;
	if (geteuid() != 0)
		skip();
	mkdir("dir", 0755);
	set_directory(0755, 0);
	write_file("file", "x", 0644);
	write_file("dir/file", "x", 0644);
	remove("link");
	remove("dir/link");
	assert_int_equal(symlink("dir/link", "link"), 0);
	assert_int_equal(symlink("../file", "dir/link"), 0);
	assert_int_equal(read_trusted("link"), 0);
	snprintf(path, sizeof(path), "%s/link", directory);
	assert_int_equal(read_trusted(path), 0);
	set_directory(0777, 0);
	assert_refused("link", "everybody may write to its directory");
	set_directory(01777, 0);
	assert_int_equal(read_trusted("link"), 0);
	assert_int_equal(lchown("dir/link", 65534, 0), 0);
	assert_int_equal(read_trusted("link"), -EPERM);
	remove("dir/link");
	assert_int_equal(symlink("../link", "dir/link"), 0);
	assert_int_equal(read_trusted("link"), -ELOOP);
}

static void test_devices_and_classes(void **state)
{
	struct device_pattern device;
	char *text = NULL;

	(void)state;
	assert_int_equal(surroundings_any_owner.device_at(NULL, "/dev/null", &device), 0);
	assert_int_equal(device.type, BPF_DEVCG_DEV_CHAR);
	assert_int_equal(device.major, 1);
	assert_int_equal(device.minor, 3);
	assert_int_equal(surroundings_any_owner.device_at(NULL, "/dev", &device), -ENODEV);
	assert_int_equal(surroundings_any_owner.device_at(NULL, "/dev/nowhere", &device), -ENOENT);
	assert_int_equal(surroundings_any_owner.device_classes(NULL, &text), 0);
	assert_non_null(strstr(text, "Character devices:"));
	free(text);
}

static void test_services(void **state)
{
	const struct surroundings *real = &surroundings_any_owner;
	uint16_t port = 0;

	(void)state;
	assert_int_equal(real->service_port(NULL, "no-such-service", NULL, &port), -ENOENT);
	if (access("/etc/services", R_OK))
		skip();
	assert_int_equal(real->service_port(NULL, "http", "tcp", &port), 0);
	assert_int_equal(port, 80);
	assert_int_equal(real->service_port(NULL, "domain", NULL, &port), 0);
	assert_int_equal(port, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents_arrive),
		cmocka_unit_test(test_the_limit_holds),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_who_is_trusted),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_links_and_directories),
		cmocka_unit_test(test_devices_and_classes),
		cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
