/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SARIF of findings that no policy file gives at will: without a place, with an unknown code, with
 * a place beyond its line. tests/cli/sarif.bats holds whole logs against the standard's schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "output/sarif.h"

/* The results of one finding, from the first key on. */
static char *result_of(const char *code, const struct place *place, const char *hint,
                       const char *message)
{
	struct diag diag = DIAG_INIT;
	struct sarif sarif;
	char *text = NULL, *results;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	diag_add(&diag, SEVERITY_NOTE, code, place, hint, "%s", message);
	sarif_begin(&sarif, out);
	sarif.writer.pretty = false;
	assert_int_equal(sarif_findings(&sarif, &diag), 0);
	sarif_end(&sarif, true, 0);
	fclose(out);
	diag_fini(&diag);
	results = strstr(text, "\"results\"");
	assert_non_null(results);
	results = strchr(results, '{');
	assert_non_null(results);
	memmove(text, results, strlen(results) + 1);
	return text;
}

static void assert_result(const char *code, const struct place *place, const char *hint,
                          const char *message, const char *expected)
{
	CLEANUP_FREE char *got = result_of(code, place, hint, message);

	if (strncmp(got, expected, strlen(expected)) != 0)
		fail_msg("\ngot      %s\nexpected %s", got, expected);
}

static void without_a_place(void **state)
{
	(void)state;
	assert_result(
	        "new-code", NULL, NULL, "text",
	        "{\"ruleId\":\"new-code\",\"level\":\"note\",\"message\":{\"text\":\"text\"}}],");
	assert_result("new-code", &(struct place){ .path = "a" }, "b", "text",
	              "{\"ruleId\":\"new-code\",\"level\":\"note\",\"message\":{\"text\":"
	              "\"text\\nhint: b\"},\"locations\":[{\"physicalLocation\":"
	              "{\"artifactLocation\":{\"uri\":\"a\"}}}]}],");
}

#define REGION(members)                                                                     \
	"{\"ruleId\":\"x\",\"level\":\"note\",\"message\":{\"text\":\"m\"},\"locations\":"  \
	"[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"a\"},\"region\":{" members \
	"}}}]}],"

static void columns(void **state)
{
	static const struct {
		uint32_t column;
		const char *source, *expected;
	} cases[] = {
		{ 0, "text", REGION("\"startLine\":3") },
		{ 1, NULL, REGION("\"startLine\":3") },
		{ 1, "", REGION("\"startLine\":3,\"startColumn\":1") },
		{ 2, "", REGION("\"startLine\":3") },
		{ 5, "text", REGION("\"startLine\":3,\"startColumn\":5") },
		{ 6, "text", REGION("\"startLine\":3") },
		{ UINT32_MAX, "text", REGION("\"startLine\":3") },
		/* two bytes, three bytes, four bytes (two units), two bytes that are none */
		{ 3, "\xc3\xa9x", REGION("\"startLine\":3,\"startColumn\":2") },
		{ 4, "\xe2\x82\xacx", REGION("\"startLine\":3,\"startColumn\":2") },
		{ 5, "\xf0\x9f\x98\x80x", REGION("\"startLine\":3,\"startColumn\":3") },
		{ 3, "\xff\xc3x", REGION("\"startLine\":3,\"startColumn\":3") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place = {
			.path = "a",
			.line = 3,
			.column = cases[i].column,
			.source = cases[i].source,
		};

		assert_result("x", &place, NULL, "m", cases[i].expected);
	}
	/* A text in another spacing than the file's: the file's counts. */
	assert_result("x",
	              &(struct place){
	                      .path = "a", .line = 3, .column = 7, .caret = 5, .source = "a = x" },
	              NULL, "m", REGION("\"startLine\":3,\"startColumn\":7"));
}

#define AT(uri)                                                                            \
	"{\"ruleId\":\"x\",\"level\":\"note\",\"message\":{\"text\":\"m\"},\"locations\":" \
	"[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"" uri "\"}}}]}],"

static void paths(void **state)
{
	static const char *const cases[][2] = {
		{ "a/b-._~0.ini", AT("a/b-._~0.ini") },
		{ "././/a", AT("a") },
		{ "../a", AT("../a") },
		{ ".a", AT(".a") },
		{ "/a b", AT("file:///a%20b") },
		{ "a:b\xff\n", AT("a%3Ab%FF%0A") },
		{ "\xff\xff\xff", AT("%FF%FF%FF") },
		{ "/\xff\xff\xff", AT("file:///%FF%FF%FF") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_result("x", &(struct place){ .path = cases[i][0] }, NULL, "m", cases[i][1]);
}

static void no_links(void **state)
{
	(void)state;
	assert_result("x", NULL, "[a](b)](", "](](",
	              "{\"ruleId\":\"x\",\"level\":\"note\",\"message\":{\"text\":"
	              "\"] (] (\\nhint: [a] (b)] (\"}}],");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_place),
		cmocka_unit_test(columns),
		cmocka_unit_test(paths),
		cmocka_unit_test(no_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
