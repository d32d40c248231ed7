/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a call for each LSM hook, each permission, each operation, each capability, one case after
 * another, and prints a line for each: its name and "ok" or the errno, as attempt does.
 *
 *   hooks hold calls|capabilities COMMAND…   prepares the cases, outside of every policy; COMMAND
 *                                            inherits descriptors (lib/hook.h)
 *   hooks calls|capabilities                 makes the calls
 *
 * The hard idea: each case is a process of its own, named like the case, so that the records of the
 * log tell which call they are of, and one case leaves nothing to the next.
 */
#include <sys/prctl.h>

#include "lib/hook.h"
#include "lib/hook_capabilities.h"
#include "lib/hook_files.h"
#include "lib/hook_mounts.h"
#include "lib/hook_operations.h"
#include "lib/hook_programs.h"
#include "lib/hook_rings.h"

#define TABLE(cases)                                      \
	{                                                 \
		cases, sizeof(cases) / sizeof((cases)[0]) \
	}
#define TABLES_MAX 5

static const struct group {
	const char *name;
	struct {
		const struct hook_case *cases;
		size_t count;
	} tables[TABLES_MAX];
} groups[] = {
	{ "calls",
	  { TABLE(file_cases), TABLE(program_cases), TABLE(operation_cases), TABLE(mount_cases),
	    TABLE(ring_cases) } },
	{ "capabilities", { TABLE(capability_cases) } },
};

static void usage(void)
{
	fprintf(stderr, "usage: hooks [hold] calls|capabilities [COMMAND...]\n");
	exit(EXIT_USAGE);
}

static const struct group *group_named(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (name && !strcmp(groups[i].name, name))
			return &groups[i];
	}
	usage();
	return NULL;
}

static void each(const struct group *group, void (*visit)(const struct hook_case *one))
{
	for (size_t table = 0; table < TABLES_MAX; table++) {
		for (size_t i = 0; i < group->tables[table].count; i++)
			visit(&group->tables[table].cases[i]);
	}
}

/* ---- preparing --------------------------------------------------------------------------- */

static void prepare(const struct hook_case *one)
{
	char path[64];

	snprintf(path, sizeof(path), FILES "%s", one->name);
	if (one->prepare)
		one->prepare();
	else
		make_file(path);
}

static void hold_descriptor(int fd, int number, const char *what)
{
	ready(fd, what);
	ready(dup2(fd, number), what);
	close(fd);
}

/* A process of OTHER_UID, for as long as anybody has the end of the pipe. */
static void make_stranger(void)
{
	int ends[2];
	FILE *file;
	pid_t pid;
	char byte;

	ready(pipe(ends), "pipe");
	pid = ready(fork(), "fork");
	if (pid == 0) {
		close(ends[1]);
		ready(setgid(OTHER_UID), "setgid");
		ready(setuid(OTHER_UID), "setuid");
		exit((int)read(ends[0], &byte, 1));
	}
	close(ends[0]);
	hold_descriptor(ends[1], HELD_END, "pipe");
	file = fopen(FREE "pid", "we");
	if (!file || fprintf(file, "%d\n", pid) < 0 || fclose(file))
		err(UNPREPARED, FREE "pid");
}

static void make_places(void)
{
	static const char *const places[] = { FILES, PROGRAMS, SOCKETS, FREE };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		ready(mkdir(places[i], 0755), places[i]);
	make_file(FILES "held");
	hold_descriptor(open(FILES "held", O_RDWR), HELD_FILE, "held");
	make_file(FILES "deleted");
	hold_descriptor(open(FILES "deleted", O_RDONLY), HELD_DELETED, "deleted");
	ready(unlink(FILES "deleted"), "unlink");
}

static int hold(const struct group *group, char **command)
{
	if (!*command)
		usage();
	make_places();
	make_stranger();
	each(group, prepare);
	execvp(*command, command);
	err(UNPREPARED, "%s", *command);
}

/* ---- trying ------------------------------------------------------------------------------ */

static void try(const struct hook_case *one)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = ready(fork(), "fork");
	if (child == 0) {
		prctl(PR_SET_NAME, one->name);
		alarm(STUCK_S);
		_exit(-one->run());
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		printf("%s signal %d\n", one->name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == UNPREPARED)
		printf("%s unprepared\n", one->name);
	else
		printf("%s %s\n", one->name, outcome_name(WEXITSTATUS(status)));
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "hold"))
		return hold(group_named(argv[2]), argv + 3);
	if (argc != 2)
		usage();
	each(group_named(argv[1]), try);
	return 0;
}
