/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward apply: puts a policy in force, or replaces it without a gap. The file is judged and every
 * cgroup opened before anything changes, so that what can be known to fail leaves all as it was.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/report.h"
#include "app/use_ward.h"
#include "output/escape.h"
#include "output/plain_words.h"

struct cgroups {
	struct cgroup *items;
	size_t count;
};

static void cgroups_fini(struct cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->count; i++)
		cgroup_fini(&cgroups->items[i]);
	free(cgroups->items);
}

/* Each stays open until all have been found good; the soft limit is 1024 almost everywhere. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_cgroups(char **names, size_t count, struct cgroups *ret_cgroups)
{
	int status = EXIT_DONE;

	ret_cgroups->items = calloc(count ? count : 1, sizeof(*ret_cgroups->items));
	if (!ret_cgroups->items) {
		command_error("apply: %s", strerror(ENOMEM));
		return EXIT_SYSTEM;
	}
	raise_fd_limit();
	for (size_t i = 0; i < count; i++) {
		CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
		struct cgroup cgroup = CGROUP_INIT;
		int error = cgroup_open(names[i], &diag, &cgroup), failed;

		if (!error) {
			ret_cgroups->items[ret_cgroups->count++] = cgroup;
			continue;
		}
		failed = refused_cgroup(&diag, error, names[i]);
		status = failed > status ? failed : status;
	}
	return status;
}

static void print_result(const struct loaded_policy *loaded, const struct apply_result *result)
{
	escape_write(stdout, loaded->policy->name);
	printf(" %s, generation %u, ",
	       result->unchanged  ? "unchanged"
	       : result->reloaded ? "reloaded"
	                          : "in force",
	       result->generation);
	if (result->hooks)
		fputs("hooks ", stdout);
	else
		fputs(image_header(loaded->image)->hooks ? "no hook that it needs"
		                                         : "no hook needed",
		      stdout);
	plain_hooks(stdout, result->hooks, " ");
	putchar('\n');
}

static int reload(struct ward *ward, const struct loaded_policy *loaded, const char *path)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct apply_result result = { 0 };
	int error = ward_reload(ward, loaded->policy, loaded->image, path, &diag, &result);

	if (error == -ENOENT) {
		refused(&diag, error, path);
		return EXIT_WANTING;
	}
	if (error)
		return refused(&diag, error, path);
	command_findings(&diag, NULL);
	printf("%zu cgroup%s: ", result.cgroups_changed, plural(result.cgroups_changed));
	print_result(loaded, &result);
	return EXIT_DONE;
}

static int apply_to_each(struct ward *ward, const struct loaded_policy *loaded,
                         const struct cgroups *cgroups, const struct apply_options *options)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < cgroups->count; i++) {
		CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
		const struct cgroup *cgroup = &cgroups->items[i];
		struct apply_result result = { 0 };
		int error = ward_apply(ward, loaded->policy, loaded->image, cgroup, options, &diag,
		                       &result);

		if (error) {
			status = refused(&diag, error, cgroup->path);
			continue;
		}
		command_findings(&diag, NULL);
		escape_write(stdout, cgroup->path);
		fputs(": ", stdout);
		print_result(loaded, &result);
	}
	return status;
}

static int apply(char **arguments, size_t count, bool force)
{
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	CLEANUP(cgroups_fini) struct cgroups cgroups = { 0 };
	CLEANUP_FREE char *path = NULL;
	CLEANUP_WARD struct ward *ward = NULL;
	struct apply_options options = { .force_root_cgroup = force };
	int status = load_policy_to_enforce(arguments[0], true, &loaded, &path);

	if (status == EXIT_DONE)
		status = open_cgroups(arguments + 1, count - 1, &cgroups);
	if (status != EXIT_DONE)
		return status;
	if (use_ward(WARD_CHANGE, &ward))
		return EXIT_SYSTEM;
	options.meta_path = path;
	if (!cgroups.count)
		return reload(ward, &loaded, path);
	return apply_to_each(ward, &loaded, &cgroups, &options);
}

static int run_apply(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	bool force = false;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'f':
			force = true;
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	if (optind == argc)
		return command_usage_error(command, "a policy FILE is missing");
	signal(SIGPIPE, SIG_IGN); /* nobody reading must not stop it half way */
	return apply(argv + optind, (size_t)(argc - optind), force);
}

const struct command command_apply = {
	.name = "apply",
	.summary = "Put a policy in force in cgroups, or replace it without a gap",
	.synopsis = "[--force] FILE CGROUP...\nFILE",
	.help = "Puts FILE in force in each CGROUP (a path below the cgroup2 mount, or the whole\n"
	        "path). A policy already there is replaced at one instant; counters are kept.\n"
	        "Without a CGROUP, reloads FILE wherever it is in force.\n\n"
	        "FILE, its includes and lists must belong to root and be writable by nobody else.\n"
	        "A file with errors, or whose own [tests] do not hold, is not applied, and what is\n"
	        "in force stays. Prints a line for each cgroup.\n\n"
	        "  --force  also the root cgroup: polices every process of the machine\n"
	        "  --help   this text\n\n"
	        "Exit status: 0 done; 1 the [tests] do not hold, or FILE is in force nowhere; 2 errors\n"
	        "in FILE, or no such cgroup; 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_apply,
};
