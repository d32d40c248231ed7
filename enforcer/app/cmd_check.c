/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward check: everything that can be said about policy files without enforcing them. Needs no
 * root and looks at no kernel, so that it runs in an editor and in a merge request.
 */
#include <errno.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/report.h"
#include "base/cleanup.h"
#include "compile/lint.h"
#include "output/escape.h"
#include "output/sarif.h"

/* Neither `json` nor `sarif`: for people. */
struct check {
	bool strict;
	struct json_writer *json;
	struct sarif *sarif;
};

struct outcome {
	size_t rules, tests, failed;
	size_t errors; /* without failed tests */
};

/* Fills `outcome` as far as it comes. 0 or -errno other than -EINVAL. */
static int examine(const char *path, struct diag *diag, struct outcome *outcome)
{
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	int error = load_policy(path, &surroundings_any_owner, diag, &loaded);

	if (!error)
		error = policy_lint(loaded.policy, loaded.image, diag);
	outcome->errors = diag->errors;
	if (error)
		return error == -EINVAL ? 0 : error;
	outcome->rules = loaded.policy->rules.count;
	outcome->tests = loaded.policy->tests.count;
	return policy_run_tests(loaded.policy, loaded.image, diag, &outcome->failed);
}

static void print_summary(const char *path, const struct diag *diag, const struct outcome *outcome)
{
	escape_write(stdout, path);
	if (outcome->errors)
		printf(": %zu error%s", outcome->errors, plural(outcome->errors));
	else if (!outcome->failed)
		printf(": ok, %zu rule%s, %zu test%s", outcome->rules, plural(outcome->rules),
		       outcome->tests, plural(outcome->tests));
	if (outcome->failed)
		printf("%s%zu of %zu test%s failed", outcome->errors ? ", " : ": ", outcome->failed,
		       outcome->tests, plural(outcome->tests));
	if (diag->warnings)
		printf(", %zu warning%s", diag->warnings, plural(diag->warnings));
	putchar('\n');
}

static int check_file(const struct check *check, const char *path)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct outcome outcome = { 0 };
	int error = examine(path, &diag, &outcome);

	if (check->json) {
		report_findings(check->json, &diag);
	} else if (check->sarif) {
		int failed = sarif_findings(check->sarif, &diag);

		error = error ? error : failed;
	} else {
		command_findings(&diag, NULL);
		if (!error)
			print_summary(path, &diag, &outcome);
	}
	if (error || diag.lost)
		return load_refused(&diag, error ? error : -ENOMEM, path);
	if (outcome.errors)
		return EXIT_USAGE;
	return outcome.failed || (check->strict && diag.warnings) ? EXIT_WANTING : EXIT_DONE;
}

static int check_files(const struct check *check, char **paths, int count)
{
	int worst = EXIT_DONE;

	if (check->json)
		json_write_begin(check->json, NULL, '[');
	if (check->sarif)
		sarif_begin(check->sarif, stdout);
	for (int i = 0; i < count; i++) {
		int status = check_file(check, paths[i]);

		if (status > worst)
			worst = status;
	}
	if (check->json)
		json_write_end(check->json);
	if (check->sarif)
		sarif_end(check->sarif, worst != EXIT_SYSTEM, (unsigned int)worst);
	return worst;
}

static int run_check(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "sarif", no_argument, NULL, 'S' },
		{ "strict", no_argument, NULL, 's' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	struct json_writer json = { .out = stdout, .pretty = true };
	struct check check = { 0 };
	struct sarif sarif;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'j':
			check.json = &json;
			break;
		case 'S':
			check.sarif = &sarif;
			break;
		case 's':
			check.strict = true;
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	if (check.json && check.sarif)
		return command_usage_error(command, "either --json or --sarif");
	if (optind == argc)
		return command_usage_error(command, "a policy FILE is missing");
	return check_files(&check, argv + optind, argc - optind);
}

const struct command command_check = {
	.name = "check",
	.summary = "Find what is wrong with policy files, and run their [tests]",
	.synopsis = "[--json | --sarif] [--strict] FILE...",
	.help = "Reads each FILE with its includes and lists and tells, with file, line and column:\n"
	        "errors, [tests] lines that do not hold, rules that can never decide, and ways\n"
	        "round the policy (holes) with the lines that close them. Needs no root.\n\n"
	        "Findings go to stderr, one line about each FILE to stdout.\n\n"
	        "  --json    findings as one JSON array on stdout: file, line, column, severity,\n"
	        "            code, message, hint\n"
	        "  --sarif   findings as a SARIF 2.1.0 log on stdout, for code review and editors\n"
	        "  --strict  warnings count as found wanting\n"
	        "  --help    this text\n\n"
	        "Exit status: 0 all is well; 1 a line of [tests] does not hold or, with --strict,\n"
	        "there are warnings; 2 errors; 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_check,
};
