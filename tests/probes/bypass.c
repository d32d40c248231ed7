/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries to get round a policy, one way a run: `bypass CASE` prints "ok" if it came through, else
 * the name of the errno, as attempt does. `bypass serve` is the task outside that some cases need.
 *
 * The hard idea: a case takes back what it changed when it came through, because it is tried first
 * without a policy, where it has to succeed. Only then does a refusal say something.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include "lib/bypass_escapes.h"
#include "lib/bypass_names.h"
#include "lib/bypass_programs.h"
#include "lib/bypass_rings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct bypass *find(const struct bypass *cases, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	}
	return NULL;
}

static const struct bypass *case_named(const char *name)
{
	static const struct bypass server_case = { "serve", serve };
	const struct bypass *found = find(bypass_names, COUNT(bypass_names), name);

	if (!found)
		found = find(bypass_programs, COUNT(bypass_programs), name);
	if (!found)
		found = find(bypass_rings, COUNT(bypass_rings), name);
	if (!found)
		found = find(bypass_escapes, COUNT(bypass_escapes), name);
	return found ? found : find(&server_case, 1, name);
}

int main(int argc, char **argv)
{
	/* As interpreter of a script it finds the script's name behind its arguments. */
	const struct bypass *tried = argc > 1 ? case_named(argv[1]) : NULL;
	int error;

	if (!tried)
		errx(EXIT_USAGE, "usage: bypass CASE");
	prctl(PR_SET_NAME, tried->name);
	error = tried->run();
	printf("%s\n", outcome_name(-error));
	return error ? 1 : 0;
}
