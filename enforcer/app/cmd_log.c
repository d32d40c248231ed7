/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward log: the audit log for people and for scripts. The file is taken as hostile: what is no
 * record is reported with its line number and passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/follow.h"
#include "app/progress.h"
#include "app/reader.h"
#include "base/cleanup.h"
#include "output/line_reader.h"
#include "output/log_filter.h"
#include "output/log_human.h"

struct log_options {
	const char *path;
	bool follow, json;
	struct log_filter filter;
};

struct log_view {
	const struct log_options *options;
	struct line_reader lines;
	uint64_t bad_lines;
	struct progress progress;
};

static void complain_about(struct log_view *view, uint64_t line, const char *what)
{
	view->bad_lines++;
	progress_clear(&view->progress);
	command_error("%s:%" PRIu64 ": %s", view->options->path, line, what);
}

/* What is no record is complained of; 0, or -ENOMEM. */
static int show_line(struct log_view *view, const char *text, size_t length)
{
	CLEANUP_JSON json_object *record = NULL;
	int error = json_read_object(text, length, &record);

	if (error == -ENOMEM)
		return error;
	if (error)
		complain_about(view, view->lines.line, "this line is no record");
	if (error || !log_filter_matches(&view->options->filter, record))
		return 0;
	if (view->options->json)
		printf("%.*s\n", (int)length, text);
	else
		log_human(stdout, record, command_colour(stdout));
	return 0;
}

/* What is in the file now. 0 or -errno. */
static int show_lines(struct log_view *view)
{
	const char *text;
	size_t length;

	for (;;) {
		int got = line_reader_next(&view->lines, &text, &length), error = 0;

		if (got == 1)
			error = show_line(view, text, length);
		else if (got == -EMSGSIZE)
			complain_about(view, view->lines.line, "this line is too long");
		else
			error = got;
		if (error || !got)
			return error;
		if (ferror(stdout))
			return -EPIPE;
		progress_step(&view->progress, view->lines.line);
	}
}

static int open_log(const char *path)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	return TAKE_FD(fd);
}

/* Shows one file to its end; with --follow, until its name stands for another one. */
static int show_file(struct log_view *view, int fd, struct follow *follow)
{
	int error = line_reader_init(&view->lines, fd);

	if (error)
		return error;
	do {
		error = line_reader_resume(&view->lines);
		if (!error)
			error = show_lines(view);
		fflush(stdout);
	} while (!error && follow && follow_wait(follow, fd));
	if (!error && line_reader_pending(&view->lines))
		complain_about(view, view->lines.line + 1, "this line has no end");
	line_reader_fini(&view->lines);
	return error;
}

static int show_log(struct log_view *view)
{
	CLEANUP(follow_fini) struct follow follow = FOLLOW_INIT;
	const char *path = view->options->path;
	int error = 0;

	if (view->options->follow)
		error = follow_init(&follow, path);
	while (!error) {
		CLEANUP_CLOSE int fd = open_log(path);

		if (fd == -ENOENT && view->options->follow) {
			follow_wait_for_name(&follow);
			continue;
		}
		error = fd < 0 ? fd : show_file(view, fd, view->options->follow ? &follow : NULL);
		if (!view->options->follow)
			break;
	}
	return error;
}

/* What to do about a log that cannot be read; "" if nobody can know. */
static const char *remedy(int error)
{
	if (error == -ENOENT)
		return "; `cgward daemon` and `cgward run` write one, --log names another";
	if (error == -EACCES)
		return "; it is for root alone";
	return "";
}

static int print_log(const struct log_options *options)
{
	struct log_view view = { .options = options };
	int error;

	if (!options->follow)
		progress_begin(&view.progress, "lines read");
	error = show_log(&view);
	progress_clear(&view.progress);
	/* Whoever reads our output has seen enough. */
	if (error == -EPIPE)
		return EXIT_DONE;
	if (error) {
		command_error("%s: %s%s", options->path,
		              error == -EINVAL ? "it is not a regular file" : strerror(-error),
		              remedy(error));
		return error == -ENOENT ? EXIT_USAGE : EXIT_SYSTEM;
	}
	return view.bad_lines ? EXIT_WANTING : EXIT_DONE;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

enum {
	OPTION_POLICY = 256,
	OPTION_CGROUP,
	OPTION_SECTION,
	OPTION_VERDICT,
	OPTION_SINCE,
	OPTION_UNTIL,
};

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(word, *words))
			return true;
	}
	return false;
}

/* One option. EXIT_DONE, or the status to end with. */
static int take_option(const struct command *command, struct log_options *options, int option)
{
	static const char *const sections[] = { "device",    "socket", "connect", "bind",
		                                "file",      "exec",   "unix",    "capability",
		                                "operation", NULL };
	static const char *const verdicts[] = { "denied", "would-deny", "audited", "allowed",
		                                NULL };

	switch (option) {
	case OPTION_POLICY:
		options->filter.policy = optarg;
		return EXIT_DONE;
	case OPTION_CGROUP:
		options->filter.cgroup = optarg;
		return EXIT_DONE;
	case OPTION_SECTION:
		options->filter.section = optarg;
		if (is_one_of(optarg, sections))
			return EXIT_DONE;
		return command_usage_error(command, "no section is called `%s`", optarg);
	case OPTION_VERDICT:
		options->filter.verdict = optarg;
		if (is_one_of(optarg, verdicts))
			return EXIT_DONE;
		return command_usage_error(
		        command, "`%s` is none of denied, would-deny, audited, allowed", optarg);
	case OPTION_SINCE:
		if (!log_time_parse(optarg, now_ns(), &options->filter.since_ns))
			return EXIT_DONE;
		return command_usage_error(command, "--since: `%s` is no time", optarg);
	case OPTION_UNTIL:
		if (!log_time_parse(optarg, now_ns(), &options->filter.until_ns))
			return EXIT_DONE;
		return command_usage_error(command, "--until: `%s` is no time", optarg);
	default:
		return command_usage(command);
	}
}

static int run_log(const struct command *command, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "follow", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "policy", required_argument, NULL, OPTION_POLICY },
		{ "cgroup", required_argument, NULL, OPTION_CGROUP },
		{ "section", required_argument, NULL, OPTION_SECTION },
		{ "verdict", required_argument, NULL, OPTION_VERDICT },
		{ "since", required_argument, NULL, OPTION_SINCE },
		{ "until", required_argument, NULL, OPTION_UNTIL },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	struct log_options options = { .path = READER_DEFAULT_LOG, .filter = LOG_FILTER_INIT };
	int option, status = EXIT_DONE;

	while ((option = command_option(command, argc, argv, "fh", long_options)) != -1) {
		if (option == 'l')
			options.path = optarg;
		else if (option == 'f')
			options.follow = true;
		else if (option == 'j')
			options.json = true;
		else if (option == 'h')
			return command_help(command);
		else
			status = take_option(command, &options, option);
		if (status != EXIT_DONE)
			return status;
	}
	if (optind < argc)
		return command_usage_error(command, "`%s` is too much", argv[optind]);
	return print_log(&options);
}

const struct command command_log = {
	.name = "log",
	.summary = "Show, filter and follow the audit log",
	.synopsis = "[--log FILE] [-f|--follow] [--json] [--policy P] [--cgroup C] [--section S] "
	            "[--verdict V] [--since TIME] [--until TIME]",
	.help = "  --log FILE     the log (" READER_DEFAULT_LOG ")\n"
	        "  --follow       wait for more, also over a rotation\n"
	        "  --json         the records as they are in the log, one a line\n"
	        "  --policy P     of the policy of this name\n"
	        "  --cgroup C     of tasks in this cgroup (\"/a/b\") and below\n"
	        "  --section S    device, socket, connect, bind, file, exec, unix, capability or "
	        "operation\n"
	        "  --verdict V    denied, would-deny, audited or allowed\n"
	        "  --since TIME   2026-11-23T16:58:00Z, or how long ago: 10m, 2h, 1d\n"
	        "  --until TIME   likewise\n"
	        "  --help         this text\n\n"
	        "Records of losses are shown too, unless a policy, section or verdict is asked for.\n\n"
	        "Exit status: 0, 1 where a line is no record, 2 usage or no such log, 3 the system\n"
	        "refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_log,
};
