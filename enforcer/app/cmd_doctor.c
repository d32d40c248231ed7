/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward doctor: what this kernel and machine can enforce, and what is in the way. The trying is
 * done below; here it becomes a table.
 */
#include <errno.h>
#include <string.h>

#include "app/command.h"
#include "app/paint.h"
#include "base/cleanup.h"
#include "kernel/features.h"
#include "model/policy.h"
#include "output/escape.h"
#include "output/json_write.h"

/* Hooks of cgroups by their names; what the LSM programs enforce is one feature. */
static bool is_of_sections(const char *name)
{
	if (strcmp(name, "lsm") == 0)
		return true;
	for (unsigned int hook = 0; hook < CGROUP_HOOK_COUNT; hook++) {
		if (strcmp(name, hook_name((enum hook)hook)) == 0)
			return true;
	}
	return false;
}

/* Whether every section that this version knows can be enforced. The rest is comfort. */
static bool is_able(const struct feature_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct feature *feature = &list->items[i];

		if (feature->state != FEATURE_YES &&
		    (feature->required || is_of_sections(feature->name)))
			return false;
	}
	return true;
}

static void print_detail(const char *detail)
{
	while (*detail) {
		int length = (int)strcspn(detail, "\n");
		char line[256];

		snprintf(line, sizeof(line), "%.*s", length, detail);
		fputs("         ", stdout);
		escape_write(stdout, line);
		putchar('\n');
		detail += length;
		detail += *detail == '\n';
	}
}

static void print_state(enum feature_state state)
{
	enum paint paint = state == FEATURE_YES  ? PAINT_GOOD
	                   : state == FEATURE_NO ? PAINT_BAD
	                                         : PAINT_DOUBT;

	printf("%s%-7s%s", paint_begin(stdout, paint), feature_state_name(state),
	       paint_end(stdout, paint));
}

static void print_table(const struct feature_list *list)
{
	int width = 0;

	for (size_t i = 0; i < list->count; i++) {
		int length = (int)strlen(list->items[i].name);

		width = length > width ? length : width;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct feature *feature = &list->items[i];

		print_state(feature->state);
		printf("  %-*s  %s\n", width, feature->name, feature->purpose);
		if (feature->detail)
			print_detail(feature->detail);
	}
	puts(is_able(list) ? "\nEvery section of this version can be enforced here."
	                   : "\nNot every section of this version can be enforced here.");
}

static void print_json(const struct feature_list *list)
{
	struct json_writer json = { .out = stdout, .pretty = true };

	json_write_begin(&json, NULL, '{');
	json_write_flag(&json, "able", is_able(list));
	json_write_begin(&json, "features", '[');
	for (size_t i = 0; i < list->count; i++) {
		const struct feature *feature = &list->items[i];

		json_write_begin(&json, NULL, '{');
		json_write_text(&json, "name", feature->name);
		json_write_text(&json, "purpose", feature->purpose);
		json_write_flag(&json, "required", feature->required);
		json_write_text(&json, "state", feature_state_name(feature->state));
		json_write_text(&json, "detail", feature->detail);
		json_write_end(&json);
	}
	json_write_end(&json);
	json_write_end(&json);
}

static int examine(const char *cgroup_name, bool json)
{
	CLEANUP(features_fini) struct feature_list list = { 0 };
	int error = features_probe(cgroup_name, &list);

	if (error) {
		command_error("doctor: %s", strerror(-error));
		return EXIT_SYSTEM;
	}
	if (json)
		print_json(&list);
	else
		print_table(&list);
	return is_able(&list) ? EXIT_DONE : EXIT_WANTING;
}

static int run_doctor(const struct command *command, int argc, char **argv)
{
	bool json;
	int status;

	if (!command_json_option(command, argc, argv, &json, &status))
		return status;
	if (argc - optind > 1)
		return command_usage_error(command, "one CGROUP at most");
	return examine(argv[optind], json);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "Find out what this kernel can enforce, and what is in the way",
	.synopsis = "[--json] [CGROUP]",
	.help = "Tries everything, as root, on a scratch cgroup that is removed again: yes, no or\n"
	        "unknown for each, what it is for, and why not. Looks as well for programs of others\n"
	        "on CGROUP (the caller's own) and above it that keep links from being made there.\n\n"
	        "  --json  able, and features with name, purpose, required, state, detail\n"
	        "  --help  this text\n\n"
	        "Exit status: 0 every section of this version can be enforced; 1 not all of them.\n",
	.failed = EXIT_SYSTEM,
	.run = run_doctor,
};
