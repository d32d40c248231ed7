/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward remove: takes policies away. --all needs nothing of what it removes to be in order: it is
 * the way out after an upgrade, or when pins were damaged.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "app/command.h"
#include "app/reader.h"
#include "app/report.h"
#include "app/use_ward.h"
#include "output/escape.h"

/*
 * The numbers of records go with the programs. A reader at work tells them in its log, while nobody
 * reads this is the last chance. Whatever is out of order is no reason not to remove it.
 */
static void tell_unread(void)
{
	CLEANUP(diag_fini) struct diag unread = DIAG_INIT;
	CLEANUP_WARD struct ward *ward = NULL;
	struct record_counters total;

	if (ward_open(command_pins(), WARD_READ, &unread, &ward) ||
	    ward_record_counters(ward, &total, NULL, NULL) || reader_lock(ward, &unread))
		return;
	if (total.no_reader || total.suppressed)
		fprintf(stderr,
		        "cgward remove: nobody reads the records. Of %" PRIu64 " made, %" PRIu64
		        " found no reader; %" PRIu64 " more were over log-rate. A log tells of "
		        "those before its reader ended\n",
		        (uint64_t)total.attempted, (uint64_t)total.no_reader,
		        (uint64_t)total.suppressed);
}

static int remove_everything(void)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	size_t cgroups = 0;
	int error;

	tell_unread();
	error = ward_remove_all(command_pins(), &diag, &cgroups);
	if (error)
		return refused(&diag, error, command_pins());
	command_findings(&diag, NULL);
	printf("everything removed, from %zu cgroup%s\n", cgroups, plural(cgroups));
	return EXIT_DONE;
}

static int remove_one(struct ward *ward, const char *name)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	int error = cgroup_open(name, &diag, &cgroup);

	if (error)
		return refused_cgroup(&diag, error, name);
	error = ward_remove(ward, cgroup.id, &diag);
	if (error == -ENOENT) {
		refused(&diag, error, name);
		return EXIT_WANTING;
	}
	if (error)
		return refused(&diag, error, name);
	command_findings(&diag, NULL);
	escape_write(stdout, cgroup.path);
	puts(": removed");
	return EXIT_DONE;
}

static int remove_each(char **names, int count)
{
	CLEANUP_WARD struct ward *ward = NULL;
	int worst = EXIT_DONE;
	int error = use_ward(WARD_READ, &ward);

	/* Asking first, so that removing nothing loads nothing. */
	if (error == -ENOENT) {
		command_error("no policy is in force anywhere");
		return EXIT_WANTING;
	}
	if (!error) {
		ward_close(TAKE_PTR(ward));
		error = use_ward(WARD_CHANGE, &ward);
	}
	if (error)
		return EXIT_SYSTEM;
	for (int i = 0; i < count; i++) {
		int status = remove_one(ward, names[i]);

		if (status > worst)
			worst = status;
	}
	return worst;
}

static int run_remove(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	bool all = false;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	if (all && optind != argc)
		return command_usage_error(command, "--all takes no CGROUP");
	if (!all && optind == argc)
		return command_usage_error(command, "a CGROUP, or --all, is missing");
	signal(SIGPIPE, SIG_IGN);
	return all ? remove_everything() : remove_each(argv + optind, argc - optind);
}

const struct command command_remove = {
	.name = "remove",
	.summary = "Take policies away",
	.synopsis = "CGROUP...\n--all",
	.help = "Takes the policy of each CGROUP away; policies on the cgroups above and below stay.\n"
	        "Processes go on running, without it.\n\n"
	        "  --all   everything: all policies, the programs and the pins, also those of another\n"
	        "          version of cgward\n"
	        "  --help  this text\n\n"
	        "Exit status: 0 done; 1 there was no policy; 2 no such cgroup; 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_remove,
};
