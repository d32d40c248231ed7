/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward run: a program under a policy of its own, from its first instruction to its last.
 *
 * Its cgroup stands below the caller's, so that the caller's own policies bind it too. The policy
 * is in force before the program exists. What is left over of it when it ends stays policed: the
 * cgroup and its policy stay until the last process is gone, and the next command sweeps them, as
 * it does when cgward itself is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/run_child.h"
#include "app/run_summary.h"
#include "app/status.h"
#include "app/use_ward.h"
#include "kernel/run_cgroup.h"

#define STATUS_FAILED    125
#define STATUS_NOT_RUN   126
#define STATUS_NOT_FOUND 127

/* Processes that end with the program are given so long to be gone. */
#define LEFTOVERS_TIMEOUT_MS 200

struct run {
	const char *policy_path, *log_path;
	bool quiet;
	char **argv;
};

/* A random tail, so that nobody else makes a cgroup of that name before us. */
static int make_cgroup(struct diag *diag, struct cgroup *ret_cgroup)
{
	CLEANUP(cgroup_fini) struct cgroup own = CGROUP_INIT;
	char name[64];
	uint32_t tail = 0;
	int error = cgroup_of_pid(0, diag, &own);

	if (error)
		return error;
	if (getrandom(&tail, sizeof(tail), 0) != sizeof(tail))
		return -EIO;
	snprintf(name, sizeof(name), RUN_CGROUP_PREFIX "%d-%08" PRIx32, getpid(), tail);
	return cgroup_make_child(&own, name, diag, ret_cgroup);
}

/* With the lock held: the cgroup, and the policy in force in it. Undoes itself. */
static int put_in_force(struct ward *ward, const struct loaded_policy *loaded, const char *path,
                        struct cgroup *ret_cgroup)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	const struct apply_options options = {
		.is_run = true,
		.runner_pid = getpid(),
		.meta_path = path,
	};
	struct apply_result result;
	int error = make_cgroup(&diag, &cgroup);

	if (error) {
		refused(&diag, error, "cannot make a cgroup");
		return error;
	}
	error = ward_apply(ward, loaded->policy, loaded->image, &cgroup, &options, &diag, &result);
	if (error) {
		refused(&diag, error, cgroup.path);
		run_cgroup_remove(&cgroup);
		return error;
	}
	command_findings(&diag, NULL);
	*ret_cgroup = cgroup;
	cgroup = (struct cgroup)CGROUP_INIT;
	return 0;
}

static void wait_until_empty(const struct cgroup *cgroup)
{
	CLEANUP_CLOSE int fd = openat(cgroup->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	bool populated = false;

	if (fd < 0)
		return;
	/* The state is read after the file was opened: a change since then wakes the poll. */
	while (!cgroup_is_populated(cgroup, &populated) && populated) {
		if (poll(&events, 1, LEFTOVERS_TIMEOUT_MS) <= 0)
			return;
		if (lseek(fd, 0, SEEK_SET) || read(fd, &(char[64]){ 0 }, 64) < 0)
			return;
	}
}

static void summarise(struct ward *ward, uint64_t cgroup_id)
{
	struct ward_list list = { 0 };

	if (ward_list(ward, &list))
		command_error("cannot read what was denied");
	array_foreach (entry, &list.entries) {
		if (entry->cgroup_id != cgroup_id)
			continue;
		status_sort_counts(entry);
		run_summary_print(entry);
	}
	ward_list_fini(&list);
}

/* The cgroup goes first: while a process is in it, that fails, and the policy stays. */
static void take_away(struct ward *ward, const struct cgroup *cgroup)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	int error;

	wait_until_empty(cgroup);
	error = run_cgroup_remove(cgroup);
	if (error == -EBUSY) {
		command_error("processes are left in %s: they stay under the policy, and a later "
		              "command sweeps it",
		              cgroup->path);
		return;
	}
	if (!error)
		error = ward_remove(ward, cgroup->id, &diag);
	if (error && error != -ENOENT)
		refused(&diag, error, cgroup->path);
}

static void finish(const struct run *run, const struct cgroup *cgroup)
{
	CLEANUP_WARD struct ward *ward = NULL;

	if (use_ward(WARD_CHANGE, &ward))
		return;
	if (!run->quiet)
		summarise(ward, cgroup->id);
	take_away(ward, cgroup);
}

static int execute(const struct run *run, const struct cgroup *cgroup,
                   const struct run_signals *before)
{
	bool is_exec = false;
	pid_t pid = 0;
	int status = run_signals_pending();

	if (status)
		return 128 + status;
	status = run_child_start(cgroup, run->argv, before, &pid, &is_exec);
	if (status && !is_exec) {
		command_error("cannot start a process in %s: %s", cgroup->path, strerror(-status));
		return STATUS_FAILED;
	}
	if (status) {
		command_error("%s: %s", run->argv[0], strerror(-status));
		return status == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
	}
	status = run_child_wait(pid);
	if (status >= 0)
		return status;
	command_error("%s: %s", run->argv[0], strerror(-status));
	return STATUS_FAILED;
}

static int run_policed(const struct run *run)
{
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	CLEANUP_WARD struct ward *ward = NULL;
	CLEANUP_FREE char *path = NULL;
	struct run_signals before;
	int status;

	if (load_policy_to_enforce(run->policy_path, false, &loaded, &path) != EXIT_DONE)
		return STATUS_FAILED;
	if (use_ward(WARD_CHANGE, &ward))
		return STATUS_FAILED;
	run_signals_hold(&before);
	if (put_in_force(ward, &loaded, path, &cgroup)) {
		run_signals_release(&before);
		return STATUS_FAILED;
	}
	ward_close(TAKE_PTR(ward));
	status = execute(run, &cgroup, &before);
	finish(run, &cgroup);
	return status;
}

static int run_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "log", required_argument, NULL, 'l' },
		{ "quiet", no_argument, NULL, 'q' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	struct run run = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			run.policy_path = optarg;
			break;
		case 'l':
			run.log_path = optarg;
			break;
		case 'q':
			run.quiet = true;
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	run.argv = argv + optind;
	if (!run.policy_path)
		return command_usage_error(command, "--policy FILE is missing");
	if (optind == argc)
		return command_usage_error(command, "a COMMAND is missing");
	if (geteuid() != 0) {
		command_error("run needs root; `cgward test` asks a policy without");
		return STATUS_FAILED;
	}
	return run_policed(&run);
}

const struct command command_run = {
	.name = "run",
	.summary = "Run a program under a policy of its own",
	.synopsis = "--policy FILE [--log FILE] [--quiet] [--] COMMAND [ARGUMENT...]",
	.help = "Makes a cgroup below the caller's own, puts the policy in force there, runs COMMAND\n"
	        "in it, and says at the end on stderr what was denied, with file and line of each\n"
	        "rule. Policies on the caller's own cgroups bind COMMAND as well. Needs root.\n\n"
	        "No daemon is needed: while none reads the records of denials, this command does, and\n"
	        "appends them to the audit log. FILE, its includes and lists must belong to root and\n"
	        "be writable by nobody else, and its [tests] must hold.\n\n"
	        "Processes that outlive COMMAND stay under the policy; the cgroup and its policy are\n"
	        "swept by a later cgward command once it is empty, and so they are if cgward itself\n"
	        "is killed. SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 are passed on.\n\n"
	        "  --policy FILE  the policy\n"
	        "  --log FILE     the audit log (/var/log/cgward/audit.jsonl); has no effect while a\n"
	        "                 daemon writes its own\n"
	        "  --quiet        no summary at the end\n"
	        "  --help         this text\n\n"
	        "Exit status: that of COMMAND, 128 + N if signal N ended it; 125 cgward failed and\n"
	        "COMMAND did not run, 126 it could not be executed, 127 it was not found.\n",
	.failed = STATUS_FAILED,
	.run = run_run,
};
