/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward: the table of commands, the options before the command, and what happens once for all of
 * them: the standard descriptors are open, output that could not be written is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/ward.h"
#include "output/escape.h"

static const struct command *const commands[] = {
	&command_check,  &command_test,   &command_explain, &command_run, &command_apply,
	&command_remove, &command_status, &command_daemon,  &command_log, &command_doctor,
};

#define HELP_WIDTH 80
#define COMMANDS   (sizeof(commands) / sizeof(commands[0]))

static const char *pins;

const char *command_pins(void)
{
	const char *from_environment = getenv("CGWARD_PINS");

	if (pins)
		return pins;
	return from_environment && *from_environment ? from_environment : WARD_DEFAULT_PINS;
}

void command_error(const char *format, ...)
{
	CLEANUP_FREE char *message = NULL;
	va_list arguments;

	fflush(stdout);
	fputs("cgward: ", stderr);
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	escape_write(stderr, message ? message : "out of memory");
	fputc('\n', stderr);
}

bool command_colour(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (no_colour && *no_colour)
		return false;
	return terminal && strcmp(terminal, "dumb") != 0 && isatty(fileno(out));
}

void command_findings(struct diag *diag, bool (*wanted)(const struct finding *finding))
{
	bool colour = command_colour(stderr);

	fflush(stdout);
	diag_sort(diag);
	array_foreach (finding, &diag->findings) {
		if (!wanted || wanted(finding))
			finding_write(stderr, finding, colour);
	}
	if (diag->dropped)
		command_error("%zu more findings are not shown", diag->dropped);
	if (diag->lost)
		command_error("out of memory: findings are missing");
}

/* Length of the next piece of a synopsis: what stands in brackets is not broken. */
static int piece_length(const char *text)
{
	size_t length = strcspn(text, *text == '[' ? "]\n" : " \n");

	return (int)(length + strspn(text + length, "]."));
}

/* One line of it, broken at HELP_WIDTH with what follows indented below the first piece. */
static const char *print_usage_line(FILE *out, const char *label, const char *name,
                                    const char *text)
{
	int indent = fprintf(out, "%-6s cgward %s", label, name);
	int column = indent;

	while (*text && *text != '\n') {
		int length = piece_length(text);

		if (column + 1 + length > HELP_WIDTH)
			column = fprintf(out, "\n%*s", indent, "") - 1;
		column += fprintf(out, " %.*s", length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
	return text + (*text == '\n');
}

static void print_synopsis(FILE *out, const struct command *command)
{
	const char *line = print_usage_line(out, "usage:", command->name, command->synopsis);

	while (*line)
		line = print_usage_line(out, "", command->name, line);
}

int command_help(const struct command *command)
{
	print_synopsis(stdout, command);
	printf("\n%s\n\n%s", command->summary, command->help);
	return EXIT_DONE;
}

static int usage_status(const struct command *command)
{
	return command->failed == EXIT_SYSTEM ? EXIT_USAGE : command->failed;
}

int command_usage(const struct command *command)
{
	fprintf(stderr, "Try `cgward %s --help`.\n", command->name);
	return usage_status(command);
}

bool command_json_option(const struct command *command, int argc, char **argv, bool *ret_json,
                         int *ret_status)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	bool json = false;
	int option;

	while ((option = command_option(command, argc, argv, "h", options)) != -1) {
		if (option != 'j') {
			*ret_status =
			        option == 'h' ? command_help(command) : command_usage(command);
			return false;
		}
		json = true;
	}
	*ret_json = json;
	return true;
}

int command_usage_error(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "cgward %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return command_usage(command);
}

static void print_help(FILE *out)
{
	fputs("usage: cgward [--pins DIR] COMMAND [ARGUMENT...]\n\n"
	      "Security policies for cgroups, from INI files, enforced in the kernel by BPF.\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out,
	        "\n  --pins DIR  where the pinned programs and policies are (%s;\n"
	        "              CGWARD_PINS in the environment says the same)\n"
	        "  --version   print the version\n"
	        "  --help      this text; `cgward COMMAND --help` explains a command\n\n"
	        "Exit status: 0 done or allowed, 1 denied or found wanting, 2 usage or bad input,\n"
	        "3 the system refused; `run`: the status of the command it ran.\n",
	        WARD_DEFAULT_PINS);
}

static int unknown_command(const char *typed)
{
	struct name names[COMMANDS];
	const char *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = (struct name){ commands[i]->name, (uint32_t)i };
	nearest = name_nearest(NAME_TABLE(names), span_of(typed));
	fputs("cgward: there is no command `", stderr);
	escape_write(stderr, typed);
	fputc('`', stderr);
	if (nearest)
		fprintf(stderr, "; did you mean `%s`?", nearest);
	fputs("\nTry `cgward --help`.\n", stderr);
	return EXIT_USAGE;
}

/* A closed descriptor 0, 1 or 2 would be taken by the next file opened, and then be written to.
 * What is put there fails as a closed one does: opened the wrong way round. */
static void occupy_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_SYSTEM);
	}
}

/* An answer that did not arrive is not an answer. */
static int finish_output(int status, int failed)
{
	bool bad = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !bad)
		return status;
	command_error("cannot write the output: %s", errno ? strerror(errno) : "write error");
	return failed;
}

static int run_command(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i]->name) != 0)
			continue;
		optind = 0;
		return finish_output(commands[i]->run(commands[i], argc, argv),
		                     commands[i]->failed);
	}
	return unknown_command(argv[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pins", required_argument, NULL, 'p' },
		{ "version", no_argument, NULL, 'V' },
		COMMAND_HELP_OPTION,
		{ 0 },
	};
	int option;

	occupy_standard_descriptors();
	while ((option = command_option(NULL, argc, argv, "+hV", options)) != -1) {
		switch (option) {
		case 'p':
			pins = optarg;
			break;
		case 'V':
			puts("cgward " CGWARD_VERSION);
			return finish_output(EXIT_DONE, EXIT_SYSTEM);
		case 'h':
			print_help(stdout);
			return finish_output(EXIT_DONE, EXIT_SYSTEM);
		default:
			fputs("Try `cgward --help`.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	return run_command(argc - optind, argv + optind);
}
