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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/reader.h"
#include "app/reader_child.h"
#include "app/run_child.h"
#include "app/run_records.h"
#include "app/run_scope.h"
#include "app/run_summary.h"
#include "app/status.h"
#include "app/use_ward.h"

#define STATUS_FAILED    125
#define STATUS_NOT_RUN   126
#define STATUS_NOT_FOUND 127

struct run {
	const char *policy_path, *log_path;
	bool quiet;
	char **argv;
};

static void summarise(struct ward *ward, uint64_t cgroup_id, int log_fd)
{
	CLEANUP(run_records_fini) struct run_records records = { 0 };
	struct ward_list list = { 0 };

	if (log_fd >= 0 && run_records_read(log_fd, cgroup_id, &records))
		command_error("cannot read the audit log back: the summary has no objects");
	if (ward_list(ward, &list))
		command_error("cannot read what was denied");
	array_foreach (entry, &list.entries) {
		if (entry->cgroup_id != cgroup_id)
			continue;
		status_sort_counts(entry);
		run_summary_print(entry, &records);
	}
	ward_list_fini(&list);
}

static void finish(const struct run *run, const struct cgroup *cgroup, int log_fd)
{
	CLEANUP_WARD struct ward *ward = NULL;

	if (use_ward(WARD_CHANGE, &ward))
		return;
	if (!run->quiet)
		summarise(ward, cgroup->id, log_fd);
	run_scope_close(ward, cgroup);
}

/* The log's end before the program starts, where the summary begins to read. -1: there is none;
 * nothing will come in it if another reader writes another log. */
static int open_log(const struct run *run)
{
	const char *path = run->log_path ? run->log_path : READER_DEFAULT_LOG;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0)
		close(TAKE_FD(fd));
	return fd;
}

static int tell_failure(const struct run *run, const struct cgroup *cgroup, enum run_step step,
                        int error)
{
	switch (step) {
	case RUN_STEP_PROCESS:
		command_error("cannot start a process in %s: %s%s", cgroup->path, strerror(-error),
		              error == -EOPNOTSUPP ? "; threaded cgroups take none: start it "
		                                     "from another cgroup"
		                                   : "");
		return STATUS_FAILED;
	case RUN_STEP_FILTER:
		command_error("cannot have the sockets of %s judged: %s", run->argv[0],
		              strerror(-error));
		return STATUS_FAILED;
	case RUN_STEP_EXEC:
		break;
	}
	command_error("%s: %s", run->argv[0], strerror(-error));
	return error == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

static int execute(const struct run *run, const struct cgroup *cgroup,
                   const struct run_signals *before, struct reader_child *reader,
                   struct run_judge *judge)
{
	enum run_step step;
	pid_t pid = 0;
	int status = run_signals_pending();

	if (status)
		return 128 + status;
	status = run_child_start(cgroup, run->argv, before, judge, &pid, &step);
	if (status)
		return tell_failure(run, cgroup, step, status);
	status = run_child_wait(pid, reader, judge);
	if (status >= 0)
		return status;
	command_error("%s: %s", run->argv[0], strerror(-status));
	return STATUS_FAILED;
}

/* The policy is in force. Whatever comes of it, it is taken away again. */
static int execute_observed(const struct run *run, const struct cgroup *cgroup,
                            const struct run_signals *before, struct run_judge *judge)
{
	struct reader_child reader = READER_CHILD_INIT;
	CLEANUP_CLOSE int log_fd = -1;
	int status = STATUS_FAILED;

	if (!reader_child_start(run->log_path, &reader)) {
		log_fd = open_log(run);
		status = execute(run, cgroup, before, &reader, judge);
		reader_child_stop(&reader);
	}
	finish(run, cgroup, log_fd);
	return status;
}

static int run_policed(const struct run *run)
{
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	CLEANUP_WARD struct ward *ward = NULL;
	CLEANUP(run_judge_fini) struct run_judge judge = RUN_JUDGE_INIT;
	CLEANUP_FREE char *path = NULL;
	struct run_signals before;

	if (load_policy_to_enforce(run->policy_path, false, &loaded, &path) != EXIT_DONE)
		return STATUS_FAILED;
	if (use_ward(WARD_CHANGE, &ward))
		return STATUS_FAILED;
	run_signals_hold(&before);
	if (run_scope_open(ward, &loaded, path, &cgroup, &judge)) {
		run_signals_release(&before);
		return STATUS_FAILED;
	}
	ward_close(TAKE_PTR(ward));
	return execute_observed(run, &cgroup, &before, &judge);
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

	while ((option = command_option(command, argc, argv, "+h", options)) != -1) {
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
	        "Where the kernel runs no LSM programs, [socket] for other families than inet and\n"
	        "inet6 is enforced by a seccomp filter on COMMAND and all that it starts. A process,\n"
	        "cgward-judge, answers for it until the last of them is gone; if it is killed, such\n"
	        "calls fail. It is the one listener of a seccomp filter that the kernel allows them.\n\n"
	        "Processes that outlive COMMAND stay under the policy; the cgroup and its policy are\n"
	        "swept by a later cgward command once it is empty, and so they are if cgward itself\n"
	        "is killed. SIGHUP, SIGTERM, SIGUSR1 and SIGUSR2 are passed on to COMMAND; SIGINT and\n"
	        "SIGQUIT reach it from the terminal.\n\n"
	        "  --policy FILE  the policy\n"
	        "  --log FILE     the audit log (/var/log/cgward/audit.jsonl); gets nothing, and that is\n"
	        "                 said, while a daemon or an earlier run reads into a log of its own\n"
	        "  --quiet        no summary at the end\n"
	        "  --help         this text\n\n"
	        "Exit status: that of COMMAND, 128 + N if signal N ended it; 125 cgward failed and\n"
	        "COMMAND did not run, 126 it could not be executed, 127 it was not found.\n",
	.failed = STATUS_FAILED,
	.run = run_run,
};
