/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory running out at each allocation in turn: the load fails with -ENOMEM and leaves nothing
 * behind, or it says that findings were lost; it never gives half a policy. Linked with --wrap
 * (tests.mk), so that every allocation of ours comes through here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "fake_world.h"

static const struct fake_file good[] = {
	{ .path = "web.ini",
	  .text = "[policy]\ndescription = d\ninclude = a.ini\ninclude = b.ini\n"
	          "[group g]\naddress = 10.0.0.0/8\nfile = list.txt\n"
	          "[device]\nallow = /dev/null\nallow = char-pts\n"
	          "[socket]\nallow = inet stream\n"
	          "[connect]\nallow = @g:80\nallow = tcp any:443,80\n"
	          "[file]\nallow = rw /srv/{www,data}/**\naudit = r anonymous\n"
	          "[exec]\nallow = /usr/bin/*\nlibrary = /usr/lib/**.so*\n"
	          "[unix]\ndeny = @chat-*\n[capability]\nallow = net_bind_service\n"
	          "[tests]\nallow = connect tcp 10.0.0.1:80\n" },
	{ .path = "a.ini", .text = "[policy]\ninclude = b.ini\n[bind]\nallow = any\n" },
	{ .path = "b.ini", .text = "[bind]\nmode = audit\n" },
	{ .path = "list.txt", .text = "192.0.2.1\n192.0.2.2\n" },
};

static const struct fake_file bad[] = {
	{ .path = "web.ini",
	  .text = "[policy]\ninclude = a.ini\ninclude = web.ini\ninclude = nowhere.ini\n"
	          "[group g]\nfile = list.txt\n[connect]\nallow = @h\nallow = tpc any\n"
	          "allow = tcp any:1,2-1\n[device]\nallow = char-pty\n[bind]\ndefault = no\n"
	          "[file]\nallow = /srv/**\nallow = r srv/**\nallow = r /srv/[z-a]\n"
	          "[exec]\ndeny = bin\n[unix]\ndeny = run\n[capability]\nallow = bpff\n"
	          "[tests]\nallow = connect\n" },
	{ .path = "a.ini", .text = "[bind]\nallow = tcp 10.0.0.1/8\nallow\n" },
	{ .path = "list.txt", .text = "192.0.2.300\n" },
};

/* Loads that came to their normal end. */
static size_t survived;

/* True if the load got by without the allocation that was to fail. */
static bool load_with(const struct fake_file *files, size_t count, long allocations)
{
	struct fake_world world = { .files = files, .count = count };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	bool unhurt;
	int error;

	left = allocations;
	error = policy_load("web.ini", &surroundings, &diag, &policy);
	unhurt = left > 0;
	left = 0;
	assert_int_equal(error == 0, policy != NULL);
	if (!error)
		assert_false(diag_has_errors(&diag));
	if (error != -ENOMEM) {
		assert_int_equal(error, files == bad ? -EINVAL : 0);
		survived++;
	}
	policy_free(policy);
	diag_fini(&diag);
	return unhurt;
}

static void test_each_allocation_fails_once(void **state)
{
	long allocations = 1;

	(void)state;
	survived = 0;
	while (!load_with(good, 4, allocations))
		allocations++;
	assert_true(allocations > 50);
	for (allocations = 1; !load_with(bad, 3, allocations);)
		allocations++;
	assert_true(allocations > 50);
	/* Twice unhurt, and twice without the memory to sort the findings. */
	assert_int_equal(survived, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
