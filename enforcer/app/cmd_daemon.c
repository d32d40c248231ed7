/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward daemon: the records of all policies in force, from the kernel to the audit log.
 *
 * It outlives what it reads: the maps are made when it starts, so that nothing is missed later;
 * when somebody removes them all it waits for others (bpffs has no inotify, so by looking once a
 * second), and a record made before it looks is counted as lost, cause no-reader.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/command.h"
#include "app/notify.h"
#include "app/reader.h"
#include "app/use_ward.h"
#include "base/scan.h"

#define LOOK_AGAIN_MS 1000
#define PAGES_MAX     65536U

struct daemon {
	struct reader_options reader;
	int signal_fd;
	bool stopping;
	bool was_ready;
	struct reader_summary total;
};

static int open_signals(void)
{
	sigset_t signals;
	int fd;

	/* A log larger than RLIMIT_FSIZE is an error of the log, not our end. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* `reader` may be NULL: between two lives of the programs. */
static void take_signals(struct daemon *daemon, struct reader *reader)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct signalfd_siginfo signal;

	while (read(daemon->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGHUP) {
			daemon->stopping = true;
			continue;
		}
		if (reader && reader_reopen_log(reader, &diag)) {
			command_findings(&diag, NULL);
			command_error("the log that was in use stays in use");
		}
	}
}

static void log_state(void *context, int error)
{
	(void)context;
	if (error)
		command_error("cannot write the audit log: %s; what it misses is counted, and "
		              "policies stay in force",
		              strerror(-error));
	else
		command_error("the audit log can be written again");
}

static void tell_ready(struct daemon *daemon)
{
	const char *path = daemon->reader.log_path;

	fprintf(stderr, "cgward daemon: reading denials into %s\n",
	        path ? path : READER_DEFAULT_LOG);
	if (!daemon->was_ready)
		notify_service_manager("READY=1");
	daemon->was_ready = true;
}

static void add_summary(struct daemon *daemon, const struct reader_summary *summary)
{
	daemon->total.written += summary->written;
	daemon->total.suppressed += summary->suppressed;
	daemon->total.lost += summary->lost;
	daemon->total.log_error = summary->log_error;
}

/* One life of the programs. The exit status if that is the end, else EXIT_DONE. */
static int read_one_epoch(struct daemon *daemon, struct ward *ward)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct reader_summary summary;
	struct reader *reader;
	int error = reader_lock(ward, &diag);

	if (!error)
		error = reader_open(ward, &daemon->reader, &diag, &reader);
	if (error)
		return refused(&diag, error, "cannot read the records");
	tell_ready(daemon);
	do {
		error = reader_run(reader, daemon->signal_fd);
		take_signals(daemon, reader);
	} while (!error && !daemon->stopping);
	reader_close(reader, &summary);
	add_summary(daemon, &summary);
	if (error && error != -ESTALE) {
		command_error("cannot read the records: %s", strerror(-error));
		return EXIT_SYSTEM;
	}
	return EXIT_DONE;
}

/* Until there are pins again, or a signal says to stop. 0 or -errno. */
static int wait_for_pins(struct daemon *daemon, struct ward **ret_ward)
{
	struct pollfd signal = { .fd = daemon->signal_fd, .events = POLLIN };

	for (;;) {
		int error = use_ward(WARD_READ, ret_ward);

		if (error != -ENOENT)
			return error;
		poll(&signal, 1, LOOK_AGAIN_MS);
		take_signals(daemon, NULL);
		if (daemon->stopping)
			return 0;
	}
}

static int read_all_epochs(struct daemon *daemon)
{
	bool first = true;

	while (!daemon->stopping) {
		CLEANUP_WARD struct ward *ward = NULL;
		int error = first ? use_ward(WARD_CHANGE, &ward) : wait_for_pins(daemon, &ward);
		int status = EXIT_DONE;

		first = false;
		if (error)
			return EXIT_SYSTEM;
		if (!ward)
			break;
		ward_unlock(ward);
		status = read_one_epoch(daemon, ward);
		if (status != EXIT_DONE)
			return status;
	}
	return EXIT_DONE;
}

static int run_daemon_with(struct daemon *daemon)
{
	CLEANUP_CLOSE int signal_fd = open_signals();
	int status;

	if (signal_fd < 0) {
		command_error("cannot wait for signals: %s", strerror(-signal_fd));
		return EXIT_SYSTEM;
	}
	daemon->signal_fd = signal_fd;
	status = read_all_epochs(daemon);
	if (!daemon->was_ready)
		return status;
	notify_service_manager("STOPPING=1");
	fprintf(stderr,
	        "cgward daemon: %" PRIu64 " written, %" PRIu64 " suppressed, %" PRIu64 " lost\n",
	        daemon->total.written, daemon->total.suppressed, daemon->total.lost);
	if (daemon->total.log_error) {
		command_error("the end of it could not be written: %s",
		              strerror(-daemon->total.log_error));
		status = EXIT_SYSTEM;
	}
	return status;
}

static int run_daemon(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "pages", required_argument, NULL, 'n' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	struct daemon daemon = { .reader.log_state = log_state };
	struct complaint complaint;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'l':
			daemon.reader.log_path = optarg;
			break;
		case 'n':
			if (scan_number(span_of(optarg), "number of pages", PAGES_MAX,
			                &daemon.reader.pages, &complaint))
				return command_usage_error(command, "--pages: %s",
				                           complaint.message);
			if (!daemon.reader.pages || daemon.reader.pages & (daemon.reader.pages - 1))
				return command_usage_error(command,
				                           "--pages must be a power of two");
			break;
		case 'h':
			return command_help(command);
		default:
			return command_usage(command);
		}
	}
	if (optind < argc)
		return command_usage_error(command, "`%s` is too much", argv[optind]);
	return run_daemon_with(&daemon);
}

const struct command command_daemon = {
	.name = "daemon",
	.summary = "Write the records of denials to the audit log",
	.synopsis = "[--log FILE] [--pages N]",
	.help = "Runs in the foreground until SIGTERM or SIGINT, then drains and stops; SIGHUP goes\n"
	        "on in the file that the log's name stands for by then, as after a rotation. There\n"
	        "can be one reader at a time. Policies are in force with or without it.\n\n"
	        "Nothing is lost without a number: the log also tells of records that could not be\n"
	        "written, and of those over a policy's log-rate. Its format: cgward-log(5).\n\n"
	        "  --log FILE  the log (" READER_DEFAULT_LOG "), made with mode 0600\n"
	        "  --pages N   buffer for each CPU, in pages, a power of two (256)\n"
	        "  --help      this text\n\n"
	        "Exit status: 0 stopped by a signal, 2 usage, 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_daemon,
};
