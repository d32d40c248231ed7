/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward explain: what a policy file comes to, for the person who has to review it.
 */
#include <errno.h>
#include <string.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/report.h"
#include "base/cleanup.h"
#include "compile/lint.h"
#include "output/explain.h"

static int explain_for_scripts(const struct loaded_policy *loaded, struct diag *diag)
{
	struct json_writer json = { .out = stdout, .pretty = true };
	int error;

	json_write_begin(&json, NULL, '{');
	error = explain_write_json(&json, loaded->policy, loaded->image);
	if (error)
		return error;
	json_write_begin(&json, "findings", '[');
	report_findings(&json, diag);
	json_write_end(&json);
	json_write_end(&json);
	return 0;
}

static int explain(const char *path, bool json)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	int error = load_policy(path, &surroundings_any_owner, &diag, &loaded);

	if (!error)
		error = policy_lint(loaded.policy, loaded.image, &diag);
	if (error) {
		command_findings(&diag, NULL);
		return error == -EINVAL ? EXIT_USAGE : load_refused(&diag, error, path);
	}
	diag_sort(&diag);
	error = json ? explain_for_scripts(&loaded, &diag)
	             : explain_write(stdout, loaded.policy, loaded.image, &diag,
	                             command_colour(stdout));
	if (!error)
		return diag_has_errors(&diag) ? EXIT_USAGE : EXIT_DONE;
	command_error("%s: %s", path, strerror(-error));
	return EXIT_SYSTEM;
}

static int run_explain(const struct command *command, int argc, char **argv)
{
	bool json;
	int status;

	if (!command_json_option(command, argc, argv, &json, &status))
		return status;
	if (argc - optind != 1)
		return command_usage_error(command, "one policy FILE is needed");
	return explain(argv[optind], json);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "Tell in plain words what a policy does, and by which hooks",
	.synopsis = "[--json] FILE",
	.help = "For each section: the rules in force after includes and groups, the narrowest\n"
	        "first (of those that match, the narrowest decides), each with the place it comes\n"
	        "from; the default; the kernel hooks that enforce it and those that are not needed.\n"
	        "Then what `cgward check` would warn of. Needs no root.\n\n"
	        "  --json  one object: policy, mode, log, sections, groups, findings\n"
	        "  --help  this text\n\n"
	        "Exit status: 0 done; 2 the file has errors; 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_explain,
};
