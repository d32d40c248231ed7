/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random policies of [file] and random questions to them, and the same questions asked of the
 * kernel: for whoever compares both with `cgward test`.
 *
 *   path_calls policy SEED            writes a policy
 *   path_calls questions SEED COUNT   writes questions, "file PERMISSIONS PATH", one a line
 *   path_calls prepare <QUESTIONS     makes what the calls need
 *   path_calls call <QUESTIONS        makes the calls; a line each: allow, deny, or an errno
 *
 * The hard idea: few names with few letters, so that globs and paths meet often; and a name of its
 * own for each question, so that no call changes what a later one finds.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/outcome.h"
#include "lib/random.h"

#define TOP "/t/d"

static const char *const directories[] = { "a", "b", "ab", "ba", "x.y" };
static const char *const leaves[] = { "a", "b", "ab", "bb", "x.", "a b", "\xc3\xa4" };
static const char *const asked[] = { "r", "w", "rw", "c", "d", "a" };
static const char *const letters[] = { "r", "w", "c", "d", "a", "rw", "cd", "rwcda", "wa", "rc" };
static const char *const verbs[] = { "allow", "deny", "audit" };
static const char *const components[] = { "a",    "b",     "ab",      "ba",     "x.y",   "*",
	                                  "**",   "?",     "a*",      "*b",     "??",    "[ab]",
	                                  "[!a]", "{a,b}", "{ab,x*}", "?[a-b]", "*[!b]*" };
static const char *const ends[] = { "*",     "**",  "a*",    "*1",         "?[0-9]",
	                            "b?",    "ab*", "[!a]*", "*[2-7]",     "{a,b}*",
	                            "**/*3", "x.*", "a\\ ?", "\xc3\xa4?*", "{a,bb}[0-9]*" };

static void write_policy(struct random *random)
{
	uint32_t rules = 1 + random_below(random, 12);

	printf("[policy]\nescapes = mount userns cgroup-escape ptrace bpf\n[file]\ndefault = %s\n",
	       random_chance(random, 50) ? "allow" : "deny");
	printf("allow = rwcda {/usr,/lib,/lib64,/bin,/etc,/dev}/**\n");
	while (rules--) {
		printf("%s = %s " TOP, RANDOM_OF(random, verbs), RANDOM_OF(random, letters));
		for (uint32_t depth = random_below(random, 4); depth; depth--)
			printf("/%s", RANDOM_OF(random, components));
		printf("/%s\n", RANDOM_OF(random, ends));
	}
}

static void write_questions(struct random *random, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		printf("file %s " TOP, RANDOM_OF(random, asked));
		for (uint32_t depth = random_below(random, 4); depth; depth--)
			printf("/%s", RANDOM_OF(random, directories));
		printf("/%s%u\n", RANDOM_OF(random, leaves), i);
	}
}

static void prepare(const char *permissions, char *path)
{
	int fd;

	for (char *slash = path + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			err(EXIT_PREPARATION, "%s", path);
		*slash = '/';
	}
	unlink(path);
	rmdir(path);
	if (permissions[0] == 'c')
		return;
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		err(EXIT_PREPARATION, "%s", path);
	close(fd);
}

static int open_once(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), error = result(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int call(const char *permissions, const char *path)
{
	switch (permissions[0]) {
	case 'r':
		return open_once(path, permissions[1] ? O_RDWR : O_RDONLY);
	case 'w':
		return open_once(path, O_WRONLY);
	case 'c':
		return result(mkdir(path, 0755));
	case 'd':
		return result(unlink(path));
	default:
		return result(chmod(path, 0640));
	}
}

static void each_question(const char *verb)
{
	char permissions[8], path[4096];

	while (scanf("file %7s %4095[^\n]\n", permissions, path) == 2) {
		int error;

		if (verb[0] == 'p') {
			prepare(permissions, path);
			continue;
		}
		error = call(permissions, path);
		if (error && error != -EPERM)
			puts(outcome_name(-error));
		else
			puts(error ? "deny" : "allow");
	}
}

int main(int argc, char **argv)
{
	struct random random = { .state = 1 };
	uint32_t seed = 0, count = 0;

	if (argc < 2 || (argc > 2 && sscanf(argv[2], "%u", &seed) != 1) ||
	    (argc > 3 && sscanf(argv[3], "%u", &count) != 1))
		errx(EXIT_USAGE, "usage: path_calls policy|questions|prepare|call [SEED [COUNT]]");
	random.state = 0x9e3779b97f4a7c15ULL * (seed + 1);
	for (int i = 0; i < 8; i++)
		random_next(&random);
	if (!strcmp(argv[1], "policy"))
		write_policy(&random);
	else if (!strcmp(argv[1], "questions"))
		write_questions(&random, count);
	else
		each_question(argv[1]);
	return 0;
}
