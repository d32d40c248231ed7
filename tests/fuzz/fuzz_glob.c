/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first line is a path, the others are globs. What the scanner accepts compiles, or is said to
 * explode; the automaton is in order, and tells whether the path is matched.
 */
#include <string.h>

#include "automaton_check.h"
#include "fuzz.h"

#define EFFORT_MAX   (1U << 14)
#define ALTERNATIVES 4 /* looked at, of each glob */

/* Every alternative has a first byte and no braces; a literal one is as narrow as it is long. */
static void check_alternatives(const char *text)
{
	static struct glob_token elements[GLOB_LENGTH_MAX];
	static struct glob glob;
	struct complaint complaint;

	must(!glob_scan(span_of(text), "/@", &glob, &complaint));
	must(glob.alternatives > 0 && glob.alternatives <= GLOB_ALTERNATIVES_MAX);
	for (unsigned i = 0; i < glob.alternatives && i < ALTERNATIVES; i++) {
		unsigned count = glob_alternative(&glob, i, elements), literals = 0;

		must(count > 0 && count <= GLOB_LENGTH_MAX && elements[0].kind == GLOB_BYTE);
		for (unsigned j = 0; j < count; j++) {
			must(elements[j].kind < GLOB_OPEN);
			literals += elements[j].kind == GLOB_BYTE;
		}
		must((glob_narrowness(elements, count) >> 1 & 0xfff) == literals);
	}
}

/* A glob without anything special in it. */
static bool is_literal(const char *glob)
{
	return !strpbrk(glob, "*?[]{}\\");
}

static void check_automaton(const struct glob_rule *rules, size_t count, const char *path)
{
	struct compiled compiled;
	int error = compile_globs(&compiled, rules, count, NULL, 2, VERDICT_DENY, EFFORT_MAX);

	must(!error || error == -E2BIG);
	if (!error) {
		must(compiled.automaton.states > 60 || !automaton_fault(&compiled));
		must(ask_automaton(&compiled, path, 0).verdict != VERDICT_NONE);
		for (size_t i = 0; i < count; i++) {
			if (is_literal(rules[i].glob))
				must(ask_automaton(&compiled, rules[i].glob, 1).verdict ==
				     VERDICT_ALLOW);
		}
	}
	compiled_fini(&compiled);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_FREE char *copy = fuzz_string(bytes, size);
	struct glob_rule rules[RULES_MAX];
	struct complaint complaint;
	char *rest = copy, *path = strsep(&rest, "\n"), *line;
	size_t count = 0;

	while (count < RULES_MAX && (line = strsep(&rest, "\n"))) {
		struct span text = span_of(line);

		if (glob_check(text, "/@", &complaint)) {
			must(complaint.code && complaint.message[0]);
			must(complaint.at >= line && complaint.at <= line + text.length);
			continue;
		}
		check_alternatives(line);
		rules[count++] = (struct glob_rule){ line, VERDICT_ALLOW, 0 };
	}
	check_automaton(rules, count, path);
	return 0;
}
