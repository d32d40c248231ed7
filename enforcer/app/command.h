/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command is, and what every command shares: exit statuses, help, usage errors, how it
 * speaks to people. One file a command (cmd_NAME.c); main.c has the table.
 */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"

enum exit_status {
	EXIT_DONE = 0,    /* done, or allowed */
	EXIT_WANTING = 1, /* denied, or found wanting */
	EXIT_USAGE = 2,   /* usage, or bad input */
	EXIT_SYSTEM = 3,  /* the system refused */
};

struct command {
	const char *name;
	const char *summary;  /* one line of `cgward --help` */
	const char *synopsis; /* what follows `cgward NAME`; several lines: one each */
	const char *help;     /* what `cgward NAME --help` says below the synopsis */
	int failed;           /* status where cgward itself fails: EXIT_SYSTEM; 125 for `run` */
	/* argv[0] is the command's name; getopt starts afresh. The exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_check, command_test, command_explain;
extern const struct command command_run, command_apply, command_remove, command_status;
extern const struct command command_daemon, command_log, command_doctor;

/* Where the pins are: --pins, else CGWARD_PINS, else WARD_DEFAULT_PINS. */
const char *command_pins(void);

/* Every command knows --help: put COMMAND_HELP_OPTION into its long options and "h" into its short
 * ones, and return command_help() for 'h'. */
#define COMMAND_HELP_OPTION                    \
	{                                      \
		"help", no_argument, NULL, 'h' \
	}
int command_help(const struct command *command);

/* getopt_long() that says itself what is wrong, for '?'. `command` may be NULL: the options before
 * one. */
int command_option(const struct command *command, int argc, char **argv, const char *letters,
                   const struct option *options);

/* Reads the options of a command that has --json and --help alone. True: go on with argv[optind].
 * False: *ret_status is the exit status. */
bool command_json_option(const struct command *command, int argc, char **argv, bool *ret_json,
                         int *ret_status);

/* For what command_option() has complained about already: points to --help. The status to return.
 */
int command_usage(const struct command *command);

/* Says what is wrong with the command line, then as command_usage(). */
int command_usage_error(const struct command *command, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* `cgward: MESSAGE` on stderr; names in it may be hostile. */
void command_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether to colour what goes to `out`: a terminal, TERM not "dumb", NO_COLOR unset or empty. */
bool command_colour(FILE *out);

/* The findings that are `wanted` (NULL: all), sorted, as people read them, to stderr; says how many
 * were left out. */
void command_findings(struct diag *diag, bool (*wanted)(const struct finding *finding));
