/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random policies times random questions: the compiled image and the evaluator written from the
 * language page must agree on the verdict and on what decided.
 *
 * CGWARD_SEED and CGWARD_QUESTIONS set the seed and how many questions are asked; both are printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compile/image.h"
#include "image_check.h"
#include "oracle.h"
#include "random_policy.h"

#define QUESTIONS_DEFAULT      1000000
#define QUESTIONS_FOR_A_POLICY 200

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);
	uint64_t value = 0;

	if (!text)
		return fallback;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

static void print_question(const struct question *question)
{
	const uint32_t *words = question->address.address.words;

	switch (question->section) {
	case SECTION_DEVICE:
		print_error("device type %u %u:%u access %u\n", question->device.type,
		            question->device.major, question->device.minor,
		            question->device.access);
		break;
	case SECTION_SOCKET:
		print_error("socket %u %u %u\n", question->socket.family, question->socket.type,
		            question->socket.protocol);
		break;
	case SECTION_CAPABILITY:
	case SECTION_OPERATION:
		print_error("%s %u\n", section_name(question->section), question->number);
		break;
	case SECTION_FILE:
	case SECTION_EXEC:
	case SECTION_UNIX:
	case SECTION_CONNECT:
	case SECTION_BIND:
	case SECTION_COUNT:
		print_error("%s protocol %u ipv6 %u %08x %08x %08x %08x port %u\n",
		            section_name(question->section), question->address.protocol,
		            question->address.address.is_ipv6, words[0], words[1], words[2],
		            words[3], question->address.port);
		break;
	}
}

static void print_decision(const char *who, const struct decision *decision)
{
	print_error("%s: %s, reason %d, rule %u, operation %u\n", who,
	            verdict_name(decision->verdict), (int)decision->reason, decision->rule,
	            decision->operation);
}

/* An absent section has no operation that decided. */
static bool agree(const struct decision *a, const struct decision *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->rule == b->rule &&
	       (a->operation == b->operation || a->reason == REASON_ABSENT);
}

static unsigned ask(struct random *random, uint64_t seed, uint32_t scale, uint64_t questions)
{
	struct policy *policy = random_policy(random, scale);
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;
	unsigned wrong = 0;

	assert_int_equal(image_compile(policy, &diag, &image), 0);
	assert_null(image_fault(image));
	for (uint64_t i = 0; i < questions; i++) {
		struct question question = random_question(random, policy);
		struct decision expected = oracle_decide(policy, &question);
		struct decision got = image_decide(image, &question);

		if (agree(&expected, &got))
			continue;
		wrong++;
		print_error("policy seed %llu, scale %u, %zu rules\n", (unsigned long long)seed,
		            scale, policy->rules.count);
		print_question(&question);
		print_decision("language", &expected);
		print_decision("image", &got);
	}
	image_free(image);
	policy_free(policy);
	diag_fini(&diag);
	return wrong;
}

static void image_decides_as_the_language_says(void **state)
{
	uint64_t seed = setting("CGWARD_SEED", 20261123);
	uint64_t questions = setting("CGWARD_QUESTIONS", QUESTIONS_DEFAULT);
	unsigned wrong = 0;

	(void)state;
	print_message("CGWARD_SEED=%llu CGWARD_QUESTIONS=%llu\n", (unsigned long long)seed,
	              (unsigned long long)questions);
	for (uint64_t asked = 0; asked < questions && !wrong;
	     asked += QUESTIONS_FOR_A_POLICY, seed++) {
		struct random random = { .state = seed };
		uint32_t kind = random_below(&random, 64);
		uint32_t scale = kind == 0 ? 400 : kind < 8 ? 80 : 12;

		wrong += ask(&random, seed, scale, QUESTIONS_FOR_A_POLICY);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_decides_as_the_language_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
