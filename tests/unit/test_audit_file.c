/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/audit_file.h"
#include "output/control_line.h"
#include "output/log_tail.h"

struct place_in_tmp {
	char directory[64];
	char path[128];
};

static int set_up(void **state)
{
	struct place_in_tmp *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	snprintf(place->directory, sizeof(place->directory), "/tmp/cgward-unit-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/log/audit.jsonl", place->directory);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place_in_tmp *place = *state;
	char path[160];

	unlink(place->path);
	snprintf(path, sizeof(path), "%s.1", place->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s/log", place->directory);
	rmdir(path);
	rmdir(place->directory);
	free(place);
	return 0;
}

static struct audit_file *open_log(const char *path, struct torn_line *torn)
{
	struct diag diag = DIAG_INIT;
	struct audit_file *file = NULL;

	assert_int_equal(audit_file_open(path, &diag, &file, torn), 0);
	assert_false(diag_has_errors(&diag));
	diag_fini(&diag);
	return file;
}

static void assert_refused(const char *path, int error)
{
	struct diag diag = DIAG_INIT;
	struct audit_file *file = NULL;
	struct torn_line torn;

	assert_int_equal(audit_file_open(path, &diag, &file, &torn), error);
	assert_null(file);
	assert_true(diag_has_errors(&diag));
	diag_fini(&diag);
}

static int append(struct audit_file *file, enum line_kind kind)
{
	char line[256];
	int length =
	        snprintf(line, sizeof(line),
	                 "{\"schema\":1,\"type\":\"decision\",\"seq\":%llu,\"pad\":\"%0100d\"}\n",
	                 (unsigned long long)audit_file_seq(file), 0);

	return audit_file_append(file, kind, line, (size_t)length);
}

/* Whole lines, numbered from 1 without a gap. Their number. */
static uint64_t count_lines(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[256], expected[64];
	uint64_t count = 0;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		snprintf(expected, sizeof(expected), "\"seq\":%llu,", (unsigned long long)++count);
		assert_non_null(strstr(line, expected));
		assert_int_equal(line[strlen(line) - 1], '\n');
	}
	fclose(in);
	return count;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_numbers_go_on(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct stat status;

	for (int round = 0; round < 3; round++) {
		struct audit_file *file = open_log(place->path, &torn);

		assert_int_equal(torn.bytes, 0);
		for (int i = 0; i < 1000; i++)
			assert_int_equal(append(file, LINE_DECISION), 0);
		audit_file_close(file);
	}
	assert_int_equal(count_lines(place->path), 3000);
	assert_int_equal(stat(place->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	*strrchr(place->path, '/') = '\0';
	assert_int_equal(stat(place->path, &status), 0);
	place->path[strlen(place->path)] = '/';
	assert_int_equal(status.st_mode & 07777, 0700);
}

static void test_torn_line_is_cut_off(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);

	append(file, LINE_DECISION);
	append(file, LINE_DECISION);
	audit_file_close(file);
	write_text(place->path, "{\"schema\":1,\"type\":\"decision\",\"seq\":3,\"ti", 0600);
	file = open_log(place->path, &torn);
	assert_int_equal(torn.bytes, 41);
	assert_true(torn.is_decision);
	append(file, LINE_DECISION);
	audit_file_close(file);
	assert_int_equal(count_lines(place->path), 3);
	write_text(place->path, "{\"sch", 0600);
	file = open_log(place->path, &torn);
	assert_int_equal(torn.bytes, 5);
	assert_false(torn.is_decision);
	audit_file_close(file);
}

/* The very first line torn: nothing is left, and numbers begin at 1. */
static void test_torn_first_line(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);

	audit_file_close(file);
	write_text(place->path, "{\"sch", 0600);
	file = open_log(place->path, &torn);
	assert_int_equal(torn.bytes, 5);
	assert_int_equal(audit_file_seq(file), 1);
	audit_file_close(file);
}

static void test_files_that_are_refused(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);

	assert_refused(place->path, -EBUSY);
	audit_file_close(file);
	assert_int_equal(chmod(place->path, 0640), 0);
	assert_refused(place->path, -EPERM);
	unlink(place->path);
	assert_int_equal(symlink("/dev/null", place->path), 0);
	assert_refused(place->path, -ELOOP);
	unlink(place->path);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_refused(place->path, -EINVAL);
	unlink(place->path);
	write_text(place->path, "precious", 0600);
	assert_refused(place->path, -EINVAL);
	assert_refused("/nonexistent/deeper/audit.jsonl", -ENOENT);
	assert_refused("/dev/full", -EINVAL);
}

/* A file that may not grow stands for a full disk: the same short write, then an error. */
static void test_full_disk(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);
	struct rlimit limit, small;
	uint64_t taken = 0, dropped = 0;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ .rlim_cur = 100000, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 5000; i++) {
		if (append(file, LINE_DECISION))
			dropped++;
		else
			taken++;
	}
	assert_int_equal(audit_file_flush(file), -EFBIG);
	assert_true(dropped > 0);
	/* Readers see whole lines alone, and a control line still finds room. */
	count_lines(place->path);
	assert_int_equal(append(file, LINE_CONTROL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(audit_file_flush(file), 0);
	assert_int_equal(count_lines(place->path), taken + 1);
	assert_int_equal(taken + dropped, 5000);
	audit_file_close(file);
}

static void test_rotation(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);
	struct diag diag = DIAG_INIT;
	char rotated[160];
	bool changed;

	append(file, LINE_DECISION);
	assert_int_equal(audit_file_reopen(file, &diag, &changed), 0);
	assert_false(changed);
	append(file, LINE_DECISION);
	snprintf(rotated, sizeof(rotated), "%s.1", place->path);
	assert_int_equal(rename(place->path, rotated), 0);
	assert_true(audit_file_is_moved(file));
	assert_int_equal(audit_file_reopen(file, &diag, &changed), 0);
	assert_true(changed);
	assert_int_equal(audit_file_seq(file), 3);
	audit_file_close(file);
	assert_int_equal(count_lines(rotated), 2);
	diag_fini(&diag);
}

static void put_line(struct audit_file *file, struct json_text *text)
{
	assert_false(text->full);
	assert_int_equal(audit_file_append(file, LINE_CONTROL, text->bytes, text->length), 0);
	text->length = 0;
}

static void put_event(struct audit_file *file, struct json_text *text, struct line_head *head,
                      int cpu, uint64_t sequence)
{
	const struct event_names names = { JSON_NULL, JSON_NULL, { JSON_NULL, JSON_NULL },
		                           JSON_NULL, JSON_NULL, NULL };
	struct event event = { .hook = HOOK_BIND4,
		               .section = SECTION_BIND,
		               .effect = EFFECT_DENIED,
		               .sequence = sequence };

	head->seq = audit_file_seq(file);
	event_line(text, head, &event, "", cpu, &names);
	put_line(file, text);
}

/* What a reader wrote and told is what the next one finds, other epochs in between or not. */
static void test_totals_are_found_again(void **state)
{
	struct place_in_tmp *place = *state;
	struct torn_line torn;
	struct audit_file *file = open_log(place->path, &torn);
	struct accounting accounting = { .epoch = 1 }, other = { .epoch = 2 };
	struct time_cache cache = { 0 };
	struct line_head head = { .cache = &cache };
	char bytes[4096];
	struct json_text text = { .bytes = bytes, .capacity = sizeof(bytes) };
	struct accounting_totals totals;
	bool found;

	account_written(accounting_cpu(&accounting, 1), 1);
	account_told(accounting_cpu(&accounting, 1), LOSS_NO_READER, 4);
	accounting_cpu(&accounting, 1)->due = 5;
	accounting_suppressed(&accounting, 42, HOOK_CONNECT4)->told = 6;
	accounting.suppressed_total = 10;
	account_line(&text, &head, &accounting);
	put_line(file, &text);
	put_event(file, &text, &head, 1, 6);
	put_event(file, &text, &head, 0, 1);
	lost_line(&text, &head, LOSS_FAILED, 2, 0);
	put_line(file, &text);
	suppressed_line(&text, &head, accounting_suppressed(&accounting, 42, HOOK_CONNECT4), 3,
	                JSON_NULL);
	put_line(file, &text);
	suppressed_rest_line(&text, &head, 5);
	put_line(file, &text);
	reader_line(&text, &head, "start", 2, 1);
	put_line(file, &text);
	put_event(file, &text, &head, 0, 1);
	account_line(&text, &head, &other);
	put_line(file, &text);
	audit_file_flush(file);
	accounting_fini(&accounting);
	accounting.epoch = 1;
	assert_int_equal(log_tail_read(audit_file_fd(file), &accounting, &found), 0);
	assert_true(found);
	accounting_total(&accounting, &totals);
	assert_int_equal(totals.written, 3);
	assert_int_equal(totals.lost[LOSS_NO_READER], 4);
	assert_int_equal(totals.lost[LOSS_FAILED], 2);
	assert_int_equal(totals.attempted, 7);
	assert_int_equal(totals.suppressed, 18);
	assert_int_equal(accounting_suppressed(&accounting, 42, HOOK_CONNECT4)->told, 9);
	accounting_fini(&accounting);
	accounting.epoch = 3;
	assert_int_equal(log_tail_read(audit_file_fd(file), &accounting, &found), 0);
	assert_false(found);
	audit_file_close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers_go_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_torn_line_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_torn_first_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files_that_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rotation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_totals_are_found_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
