/* SPDX-License-Identifier: BSD-2-Clause */
/* A question as typed: refused with a reason and a place, or one that any policy can answer. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "compile/image.h"
#include "fake_world.h"
#include "fuzz.h"
#include "oracle.h"

static const char policy_text[] = "[device]\nallow = c 1:3 rw\n"
                                  "[socket]\nallow = inet stream\nallow = inet6 dgram udp\n"
                                  "[connect]\nallow = tcp 10.0.0.0/8:443\nallow = any fd00::/8\n"
                                  "deny = tcp 10.66.0.0/16\n"
                                  "[bind]\nallow = tcp *:8000-8999\naudit = udp 127.0.0.1\n"
                                  "[file]\ndefault = allow\ndeny = wcd /etc/**\n"
                                  "[exec]\nallow = /usr/bin/*\nlibrary = /lib/**\n"
                                  "[unix]\nallow = @app-*\naudit = anonymous\n"
                                  "[capability]\nallow = chown kill\naudit = all\n"
                                  "[operation]\ndeny = bpf\naudit = mount\n";

static struct policy *policy;
static struct image *image;

/* Once; they live as long as the process. */
static void compile_policy(void)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (image)
		return;
	must(!fuzz_policy_load((const uint8_t *)policy_text, strlen(policy_text), &diag, &policy));
	must(!image_compile(policy, &diag, &image));
}

static void check_answer(const struct question *question)
{
	struct decision got, expected;

	must(question->section < SECTION_COUNT);
	if (question->section == SECTION_DEVICE)
		must(question->device.access && question->device.access < 8 &&
		     (question->device.type == BPF_DEVCG_DEV_BLOCK ||
		      question->device.type == BPF_DEVCG_DEV_CHAR));
	got = image_decide(image, question);
	must(got.reason != REASON_BROKEN);
	if (has_globs(question->section)) {
		must(question->path.permissions && question->path.permissions < 32);
		return;
	}
	expected = oracle_decide(policy, question);
	must(got.reason == expected.reason && got.verdict == expected.verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct surroundings surroundings = fake_surroundings(NULL);
	CLEANUP_FREE char *text = fuzz_string(bytes, size);
	struct question question = { 0 };
	struct question_error fault = { .column = SIZE_MAX };
	int error = question_parse(text, &surroundings, &question, &fault);

	compile_policy();
	must(error == 0 || error == -EINVAL);
	if (error)
		must(fault.message[0] && fault.column <= strlen(text));
	else
		check_answer(&question);
	return 0;
}
