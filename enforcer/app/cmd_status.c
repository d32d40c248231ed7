/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward status: what is in force where, and what it has done, read from the kernel.
 */
#include <errno.h>
#include <string.h>

#include "app/command.h"
#include "app/status.h"
#include "app/use_ward.h"
#include "app/watch.h"

static const struct ward_entry *find_wanted(const struct status *status)
{
	array_foreach (entry, &status->list.entries) {
		if (status_is_wanted(status, entry))
			return entry;
	}
	return NULL;
}

static bool is_policed(const struct status *status)
{
	array_foreach (entry, &status->list.entries) {
		if (!status->only ||
		    (entry->cgroup_path && status_is_within(status->only, entry->cgroup_path)))
			return true;
	}
	return false;
}

static int show(struct status *status, bool json)
{
	array_foreach (entry, &status->list.entries)
		status_sort_counts(entry);
	if (json)
		status_json(status);
	else if (status->only)
		status_detail(status, find_wanted(status));
	else if (status->list.entries.count)
		status_table(status);
	else
		puts("no policy is in force");
	return status->only && !is_policed(status) ? EXIT_WANTING : EXIT_DONE;
}

static int read_status(struct status *status)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP_WARD struct ward *ward = NULL;
	int error = use_ward(WARD_READ, &ward);

	if (error)
		return error == -ENOENT ? EXIT_DONE : EXIT_SYSTEM;
	error = ward_list(ward, &status->list);
	if (!error)
		error = ward_record_counters(ward, &status->records, NULL, NULL);
	return error ? refused(&diag, error, command_pins()) : EXIT_DONE;
}

static int status_of(const char *name, bool json)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	struct status status = { 0 };
	int result, error = name ? cgroup_open(name, &diag, &cgroup) : 0;

	if (error)
		return refused_cgroup(&diag, error, name);
	status.only = cgroup.path;
	result = read_status(&status);
	if (result == EXIT_DONE)
		result = show(&status, json);
	ward_list_fini(&status.list);
	return result;
}

/* Until it is ended, or something is refused. */
static int watch_status(const char *name, bool json)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(watch_fini) struct watch watch = WATCH_INIT;
	int result, error = watch_init(&watch);

	if (error)
		return refused(&diag, error, "--watch");
	do {
		watch_frame(&watch);
		result = status_of(name, json);
	} while ((result == EXIT_DONE || result == EXIT_WANTING) && watch_wait(&watch));
	return result;
}

static int run_status(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	bool json = false, again = false;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'w':
			again = true;
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	if (argc - optind > 1)
		return command_usage_error(command, "one CGROUP at most");
	return again ? watch_status(argv[optind], json) : status_of(argv[optind], json);
}

const struct command command_status = {
	.name = "status",
	.summary = "Show what is in force where, and what it has denied",
	.synopsis = "[--json] [--watch] [CGROUP]",
	.help = "Without CGROUP: a line for each cgroup with a policy, and how many records of\n"
	        "denials were made and lost. With CGROUP: its policy, counters for each hook and each\n"
	        "rule, and the policies of the cgroups above it, which apply as well.\n\n"
	        "HOOKS counts programs attached to the cgroup, the seccomp filter on what runs there\n"
	        "and, behind a +, the LSM programs of the machine that its policy needs; --json and\n"
	        "CGROUP name them.\n\n"
	        "DENIED calls failed; WOULD-DENY ones would have, but for mode = audit; AUDITED ones\n"
	        "matched an audit rule. SUPPRESSED ones among them are not in the log (log-rate).\n\n"
	        "  --json   everything, as one object\n"
	        "  --watch  again each second: on a terminal in place, until q or ^C; elsewhere one\n"
	        "           after the other, until SIGINT or SIGTERM\n"
	        "  --help   this text\n\n"
	        "Exit status: 0 done; 1 CGROUP is under no policy; 2 no such cgroup; 3 the system\n"
	        "refused. With --watch, that of what was shown last.\n",
	.failed = EXIT_SYSTEM,
	.run = run_status,
};
