/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory running out at each allocation in turn, in what follows the load of a policy: each step
 * ends with -ENOMEM, its outputs untouched, or with all that it gives when memory is plenty. The
 * sanitizers see what leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compile/lint.h"
#include "failing_memory.h"
#include "fake_world.h"
#include "output/accounting.h"
#include "output/audit_file.h"
#include "output/control_line.h"
#include "output/explain.h"
#include "output/line_reader.h"
#include "output/log_tail.h"
#include "output/policy_meta.h"
#include "output/sarif.h"

static const struct fake_file files[] = {
	{ .path = "web.ini",
	  .text = "[policy]\ndescription = d\n"
	          "[group g]\naddress = 10.0.0.0/8\naddress = fd00::/8\n"
	          "[device]\nallow = /dev/null\nallow = char-pts\n"
	          "[socket]\nallow = inet stream\n"
	          "[connect]\nallow = @g:80\nallow = @g:80\ndeny = tcp 10.66.0.0/16\n"
	          "allow = tcp any:443,80,8000-8080\naudit = udp [fd00::1]:53\n"
	          "[file]\nallow = r /usr/**\nallow = rw /srv/{www,data}/**.html\n"
	          "deny = rwcda /srv/[a-m]*/private?\naudit = rw anonymous\n"
	          "[exec]\nallow = /usr/bin/*\nlibrary = /usr/lib/**.so*\n"
	          "[unix]\nallow = /run/*.sock\nallow = @chat-*\n"
	          "[capability]\nallow = net_bind_service\n[operation]\nallow = mount\n"
	          "[tests]\nallow = connect tcp 10.0.0.1:80\nallow = connect tcp 10.66.0.1:80\n" },
};

/* What every step works on, made while memory is plenty. */
struct world {
	struct policy *policy;
	struct image *image;
	struct diag diag;
	char *meta;
	size_t meta_length;
	char path[64]; /* of an audit log that is written */
	char log[64];  /* of one that is read */
};

static int step_compile(struct world *world, FILE *out)
{
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;
	int error = image_compile(world->policy, &diag, &image);

	assert_int_equal(error == 0, image != NULL);
	if (image)
		fwrite(image->words, IMAGE_BLOCK_WORDS * sizeof(uint32_t), image->blocks, out);
	image_free(image);
	diag_fini(&diag);
	return error;
}

/* A finding that is lost for want of memory is an error of the diag. */
static int end_findings(struct diag *diag, int error, FILE *out)
{
	bool lost = diag->lost;

	assert_true(!lost || diag_has_errors(diag));
	array_foreach (finding, &diag->findings)
		finding_write(out, finding, false);
	diag_fini(diag);
	return lost ? -ENOMEM : error;
}

static int step_lint(struct world *world, FILE *out)
{
	struct diag diag = DIAG_INIT;

	return end_findings(&diag, policy_lint(world->policy, world->image, &diag), out);
}

static int step_run_tests(struct world *world, FILE *out)
{
	struct diag diag = DIAG_INIT;
	size_t failed = 4711;
	int error = policy_run_tests(world->policy, world->image, &diag, &failed);

	assert_int_equal(failed, error ? 4711 : 1);
	return end_findings(&diag, error, out);
}

static int step_explain(struct world *world, FILE *out)
{
	return explain_write(out, world->policy, world->image, &world->diag, false);
}

static int step_explain_json(struct world *world, FILE *out)
{
	struct json_writer writer = { .out = out };
	int error;

	json_write_begin(&writer, NULL, '{');
	error = explain_write_json(&writer, world->policy, world->image);
	json_write_end(&writer);
	return error;
}

static int step_sarif(struct world *world, FILE *out)
{
	struct sarif sarif;
	int error;

	sarif_begin(&sarif, out);
	error = sarif_findings(&sarif, &world->diag);
	sarif_end(&sarif, !error, 0);
	return error;
}

static int step_meta_encode(struct world *world, FILE *out)
{
	char *text = NULL;
	size_t length = 4711;
	int error = policy_meta_encode(world->policy, "/etc/web.ini", 5, 0, &text, &length);

	assert_int_equal(error == 0, text != NULL);
	assert_true(!error || length == 4711);
	if (text)
		fwrite(text, 1, length, out);
	free(text);
	return error;
}

static int step_meta_decode(struct world *world, FILE *out)
{
	struct policy_meta *meta = NULL;
	int error = policy_meta_decode(world->meta, world->meta_length, &meta);

	assert_int_equal(error == 0, meta != NULL);
	if (meta)
		fputs(meta->path, out);
	policy_meta_free(meta);
	return error;
}

static int step_audit_file(struct world *world, FILE *out)
{
	static const char line[] = "{\"schema\":1,\"seq\":1}\n";
	struct diag diag = DIAG_INIT;
	struct audit_file *file = NULL;
	struct torn_line torn;
	int error = audit_file_open(world->path, &diag, &file, &torn);

	assert_int_equal(error == 0, file != NULL);
	if (!error)
		error = audit_file_append(file, LINE_CONTROL, line, sizeof(line) - 1);
	if (!error)
		error = audit_file_flush(file);
	audit_file_close(file);
	fputs("written", out);
	return end_findings(&diag, error, out);
}

/* A log that told of an epoch, and what the next reader makes of it. */
static int step_log_tail(struct world *world, FILE *out)
{
	struct accounting accounting = { .epoch = 77 };
	bool found = false;
	int fd = open(world->log, O_RDONLY | O_CLOEXEC), error;

	assert_true(fd >= 0);
	error = log_tail_read(fd, &accounting, &found);
	if (!error) {
		assert_true(found);
		fprintf(out, "%zu processors", accounting.cpus.count);
	}
	accounting_fini(&accounting);
	close(fd);
	return error;
}

static int step_line_reader(struct world *world, FILE *out)
{
	struct line_reader reader;
	int fd = open(world->log, O_RDONLY | O_CLOEXEC), error;
	const char *text;
	size_t length;

	assert_true(fd >= 0);
	error = line_reader_init(&reader, fd);
	if (!error) {
		while ((error = line_reader_next(&reader, &text, &length)) == 1)
			fwrite(text, 1, length, out);
		line_reader_fini(&reader);
	}
	close(fd);
	return error;
}

static int step_accounting(struct world *world, FILE *out)
{
	struct accounting accounting = { 0 };
	int error = 0;

	(void)world;
	for (uint64_t i = 0; i < 20; i++) {
		if (!accounting_cpu(&accounting, i) ||
		    !accounting_suppressed(&accounting, 4711 + i, 3))
			error = -ENOMEM;
	}
	fputs("counted", out);
	accounting_fini(&accounting);
	return error;
}

static const struct {
	const char *name;
	int (*run)(struct world *world, FILE *out);
} steps[] = {
	{ "compile", step_compile },           { "lint", step_lint },
	{ "run_tests", step_run_tests },       { "explain", step_explain },
	{ "explain_json", step_explain_json }, { "sarif", step_sarif },
	{ "meta_encode", step_meta_encode },   { "meta_decode", step_meta_decode },
	{ "audit_file", step_audit_file },     { "log_tail", step_log_tail },
	{ "line_reader", step_line_reader },   { "accounting", step_accounting },
};

/* The stream and its end are libc's: they do not come through the wrappers. */
static int run(size_t step, struct world *world, char **ret_text, size_t *ret_length)
{
	FILE *out = open_memstream(ret_text, ret_length);
	int error;

	assert_non_null(out);
	error = steps[step].run(world, out);
	left = 0;
	assert_int_equal(fclose(out), 0);
	return error;
}

static void exhaust(size_t step, struct world *world)
{
	char *whole = NULL, *text = NULL;
	size_t whole_length = 0, length = 0;
	long allocations = 0;
	bool unhurt = false;

	assert_int_equal(run(step, world, &whole, &whole_length), 0);
	while (!unhurt) {
		int error;

		left = ++allocations;
		error = run(step, world, &text, &length);
		unhurt = !hurt;
		hurt = false;
		if (error != -ENOMEM) {
			assert_int_equal(error, 0);
			assert_int_equal(length, whole_length);
			assert_memory_equal(text, whole, length);
		}
		free(text);
	}
	free(whole);
	print_message("%s: %ld allocations failed in turn\n", steps[step].name, allocations - 1);
}

/* Two processors and a cgroup with suppressed records. */
static void write_log(int fd)
{
	struct accounting accounting = { .epoch = 77 };
	struct time_cache cache = { 0 };
	struct line_head head = { .cache = &cache };
	char bytes[4096];
	struct json_text text = { .bytes = bytes, .capacity = sizeof(bytes) };

	account_written(accounting_cpu(&accounting, 1), 1);
	accounting_suppressed(&accounting, 42, HOOK_CONNECT4)->told = 6;
	account_line(&text, &head, &accounting);
	assert_int_equal(write(fd, text.bytes, text.length), text.length);
	accounting_fini(&accounting);
}

static void test_each_allocation_fails_once(void **state)
{
	struct fake_world fake = { .files = files, .count = 1 };
	struct surroundings surroundings = fake_surroundings(&fake);
	struct world world = { .path = "/tmp/test_memory.XXXXXX",
		               .log = "/tmp/test_memory.XXXXXX" };
	int fd = mkstemp(world.path), log = mkstemp(world.log);

	(void)state;
	assert_true(fd >= 0 && log >= 0);
	write_log(log);
	close(fd);
	close(log);
	assert_int_equal(policy_load("web.ini", &surroundings, &world.diag, &world.policy), 0);
	assert_int_equal(image_compile(world.policy, &world.diag, &world.image), 0);
	assert_int_equal(policy_lint(world.policy, world.image, &world.diag), 0);
	assert_int_equal(policy_meta_encode(world.policy, "/etc/web.ini", 5, 0, &world.meta,
	                                    &world.meta_length),
	                 0);
	for (size_t step = 0; step < sizeof(steps) / sizeof(steps[0]); step++)
		exhaust(step, &world);
	unlink(world.path);
	unlink(world.log);
	free(world.meta);
	image_free(world.image);
	policy_free(world.policy);
	diag_fini(&world.diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
