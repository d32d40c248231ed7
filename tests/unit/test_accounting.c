/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "output/accounting.h"

/* Tells all losses there are; their counts by cause. */
static void tell_all(struct cpu_account *account, enum loss_cause rest, uint64_t told[LOSS_CAUSES])
{
	enum loss_cause cause;
	uint64_t count;

	memset(told, 0, LOSS_CAUSES * sizeof(*told));
	while (account_next_loss(account, rest, &cause, &count)) {
		assert_true(count > 0);
		account_told(account, cause, count);
		told[cause] += count;
	}
}

struct counting_case {
	const char *what;
	uint64_t written_numbers[8]; /* until 0 */
	struct record_counters kernel;
	bool drained;
	uint64_t dropped; /* this many after the last written one */
	enum loss_cause rest;
	uint64_t expected[LOSS_CAUSES];
	uint64_t missing; /* afterwards */
};

static const struct counting_case cases[] = {
	{ "nothing happened", { 0 }, { 0 }, true, 0, LOSS_READER_DIED, { 0 }, 0 },
	{ "all written", { 1, 2, 3 }, { .attempted = 3 }, true, 0, LOSS_READER_DIED, { 0 }, 0 },
	{ "out of order", { 2, 1, 3 }, { .attempted = 3 }, true, 0, LOSS_READER_DIED, { 0 }, 0 },
	{ "before any reader",
	  { 0 },
	  { .attempted = 7, .no_reader = 7 },
	  true,
	  0,
	  LOSS_BEFORE_LOG,
	  { [LOSS_NO_READER] = 7 },
	  0 },
	{ "a gap without proof is not told while running",
	  { 1, 5 },
	  { .attempted = 5 },
	  true,
	  0,
	  LOSS_CAUSES,
	  { 0 },
	  3 },
	{ "a gap told by the kernel",
	  { 1, 5 },
	  { .attempted = 5, .buffer_full = 3 },
	  true,
	  0,
	  LOSS_CAUSES,
	  { [LOSS_BUFFER_FULL] = 3 },
	  0 },
	{ "the kernel is ahead of what has been read",
	  { 1, 2 },
	  { .attempted = 9, .buffer_full = 4 },
	  false,
	  0,
	  LOSS_CAUSES,
	  { 0 },
	  0 },
	{ "several causes, the rest died with the reader",
	  { 1, 2 },
	  { .attempted = 12, .no_reader = 2, .buffer_full = 3, .failed = 1 },
	  true,
	  0,
	  LOSS_READER_DIED,
	  { [LOSS_NO_READER] = 2,
	    [LOSS_BUFFER_FULL] = 3,
	    [LOSS_FAILED] = 1,
	    [LOSS_READER_DIED] = 4 },
	  0 },
	{ "a full disk",
	  { 1, 2 },
	  { .attempted = 6 },
	  true,
	  4,
	  LOSS_CAUSES,
	  { [LOSS_LOG_ERROR] = 4 },
	  0 },
};

static void test_counting(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct counting_case *one = &cases[i];
		struct cpu_account account = { 0 };
		uint64_t told[LOSS_CAUSES], last = 0;

		print_message("%s\n", one->what);
		for (size_t n = 0; one->written_numbers[n]; n++) {
			account_written(&account, one->written_numbers[n]);
			last = one->written_numbers[n];
		}
		for (uint64_t n = 1; n <= one->dropped; n++)
			account_dropped(&account, last + n, LOSS_LOG_ERROR);
		account_kernel(&account, &one->kernel, one->drained);
		tell_all(&account, one->rest, told);
		assert_memory_equal(told, one->expected, sizeof(told));
		assert_int_equal(account_missing(&account), one->missing);
	}
}

/* Number 2 is overtaken by 3 and arrives after its gap was told because of a loss further on. */
static void test_late_record_keeps_the_sum(void **state)
{
	struct cpu_account account = { 0 };
	uint64_t told[LOSS_CAUSES];

	(void)state;
	account_written(&account, 1);
	account_written(&account, 3);
	account_kernel(&account, &(struct record_counters){ .attempted = 4, .buffer_full = 1 },
	               false);
	tell_all(&account, LOSS_CAUSES, told);
	assert_int_equal(told[LOSS_BUFFER_FULL], 1);
	account_written(&account, 2);
	account_kernel(&account, &(struct record_counters){ .attempted = 4, .buffer_full = 1 },
	               true);
	tell_all(&account, LOSS_READER_DIED, told);
	for (unsigned int i = 0; i < LOSS_CAUSES; i++)
		assert_int_equal(told[i], 0);
	assert_int_equal(account.written + account.told[LOSS_BUFFER_FULL], account.due);
}

/* Kernel counters are totals: what was told once is not told again. */
static void test_losses_are_told_once(void **state)
{
	struct cpu_account account = { 0 };
	uint64_t told[LOSS_CAUSES];

	(void)state;
	account_kernel(&account, &(struct record_counters){ .attempted = 5, .no_reader = 5 }, true);
	tell_all(&account, LOSS_CAUSES, told);
	assert_int_equal(told[LOSS_NO_READER], 5);
	account_written(&account, 6);
	account_kernel(&account, &(struct record_counters){ .attempted = 8, .no_reader = 7 }, true);
	tell_all(&account, LOSS_CAUSES, told);
	assert_int_equal(told[LOSS_NO_READER], 2);
}

static void test_totals_are_over_all_cpus(void **state)
{
	struct accounting accounting = { 0 };
	struct accounting_totals totals;

	(void)state;
	account_written(accounting_cpu(&accounting, 3), 1);
	account_written(accounting_cpu(&accounting, 0), 2);
	account_told(accounting_cpu(&accounting, 0), LOSS_FAILED, 1);
	accounting.suppressed_total = 9;
	accounting_total(&accounting, &totals);
	assert_int_equal(totals.attempted, 3);
	assert_int_equal(totals.written, 2);
	assert_int_equal(totals.lost_total, 1);
	assert_int_equal(totals.lost[LOSS_FAILED], 1);
	assert_int_equal(totals.suppressed, 9);
	assert_null(accounting_cpu(&accounting, CPUS_MAX));
	accounting_fini(&accounting);
}

static void test_suppressed_by_cgroup_and_hook(void **state)
{
	struct accounting accounting = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		accounting_suppressed(&accounting, i * 37 % 100, (unsigned int)(i % HOOK_COUNT))
		        ->told = i + 1;
	assert_int_equal(accounting.suppressed.count, 100);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(accounting_suppressed(&accounting, i * 37 % 100,
		                                       (unsigned int)(i % HOOK_COUNT))
		                         ->told,
		                 i + 1);
	assert_int_equal(accounting.suppressed.count, 100);
	accounting_fini(&accounting);
}

/* Three were of a policy that went before anybody told them; told once, they are told. */
static void test_what_is_gone_is_forgotten(void **state)
{
	struct accounting accounting = { 0 };

	(void)state;
	accounting.suppressed_total = 30;
	for (uint64_t id = 1; id <= 3; id++) {
		struct suppressed_account *account = accounting_suppressed(&accounting, id, 0);

		account->told = 10;
		account->seen = id != 2;
	}
	accounting_forget_unseen(&accounting);
	assert_int_equal(accounting.suppressed.count, 2);
	assert_int_equal(accounting.suppressed_total, 30);
	assert_int_equal(accounting_suppressed(&accounting, 3, 0)->told, 10);
	assert_int_equal(accounting_suppressed(&accounting, 2, 0)->told, 0);
	/* Seen in the walk before, not in this one. */
	accounting_forget_unseen(&accounting);
	assert_int_equal(accounting.suppressed.count, 0);
	accounting_fini(&accounting);
}

static void test_suppressed_of_policies_that_are_gone(void **state)
{
	struct accounting accounting = { .suppressed_total = 7 };

	(void)state;
	assert_int_equal(accounting_suppressed_rest(&accounting, 10), 3);
	accounting.suppressed_total += 3;
	assert_int_equal(accounting_suppressed_rest(&accounting, 10), 0);
	/* A cgroup read after the total may be ahead of it. */
	accounting.suppressed_total += 2;
	assert_int_equal(accounting_suppressed_rest(&accounting, 10), 0);
	assert_int_equal(accounting_suppressed_rest(&accounting, 13), 1);
}

static void test_causes_have_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LOSS_CAUSES; i++) {
		enum loss_cause cause;

		assert_true(loss_cause_find(loss_cause_name(i), &cause));
		assert_int_equal(cause, i);
	}
	assert_false(loss_cause_find("bad luck", &(enum loss_cause){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_late_record_keeps_the_sum),
		cmocka_unit_test(test_losses_are_told_once),
		cmocka_unit_test(test_totals_are_over_all_cpus),
		cmocka_unit_test(test_suppressed_by_cgroup_and_hook),
		cmocka_unit_test(test_what_is_gone_is_forgotten),
		cmocka_unit_test(test_suppressed_of_policies_that_are_gone),
		cmocka_unit_test(test_causes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
