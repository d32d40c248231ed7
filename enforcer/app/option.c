/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options, read by getopt_long(3), which then keeps quiet: what it would say names neither cgward
 * nor the option that was meant, and prints what was typed as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/text.h"
#include "output/escape.h"

#define OPTIONS_MAX 32

static const struct option *find(const struct option *options, const char *name, size_t length)
{
	for (; options->name; options++) {
		if (strlen(options->name) == length && !strncmp(options->name, name, length))
			return options;
	}
	return NULL;
}

/* Whether more than one begins so. */
static bool is_ambiguous(const struct option *options, struct span name)
{
	unsigned int count = 0;

	for (; options->name; options++)
		count += !strncmp(options->name, name.start, name.length);
	return name.length && count > 1;
}

static const char *nearest(const struct option *options, struct span name)
{
	struct name names[OPTIONS_MAX];
	size_t count = 0;

	for (; count < OPTIONS_MAX && options[count].name; count++)
		names[count] = (struct name){ options[count].name, (uint32_t)count };
	return name_nearest((struct name_table){ names, count }, name);
}

static void begin(const struct command *command)
{
	fflush(stdout);
	fprintf(stderr, "cgward%s%s: ", command ? " " : "", command ? command->name : "");
}

/* `typed` is the whole word, "--name" or "--name=value". */
static void complain_of_name(const struct option *options, const char *typed)
{
	struct span name = { typed + 2, strcspn(typed + 2, "=") };
	const struct option *known = find(options, name.start, name.length);
	const char *meant = known ? NULL : nearest(options, name);
	bool ambiguous = !known && is_ambiguous(options, name);

	if (known && known->has_arg != no_argument) {
		fprintf(stderr, "--%s needs an argument\n", known->name);
	} else if (known) {
		fprintf(stderr, "--%s takes no argument\n", known->name);
	} else {
		fputs(ambiguous ? "there are several options `" : "there is no option `", stderr);
		escape_write(stderr, typed);
		fputs(ambiguous ? "...`" : "`", stderr);
		if (meant && !ambiguous)
			fprintf(stderr, "; did you mean `--%s`?", meant);
		fputc('\n', stderr);
	}
}

int command_option(const struct command *command, int argc, char **argv, const char *letters,
                   const struct option *options)
{
	const char *typed;
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, letters, options, NULL);
	if (option != '?')
		return option;
	begin(command);
	typed = optind > 0 && optind <= argc ? argv[optind - 1] : "--";
	if (!strncmp(typed, "--", 2)) {
		complain_of_name(options, typed);
	} else {
		const char letter[] = { '-', (char)optopt, '\0' };

		fputs("there is no option `", stderr);
		escape_write(stderr, letter);
		fputs("`\n", stderr);
	}
	return option;
}
