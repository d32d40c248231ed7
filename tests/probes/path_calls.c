/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random policies of [file] and random questions to them, and the same questions asked of the
 * kernel: for whoever compares both with `cgward test`, and with what the language says.
 *
 *   path_calls policy SEED            writes a policy
 *   path_calls questions SEED COUNT   writes questions, "file PERMISSIONS PATH", one a line
 *   path_calls answers SEED <QUESTIONS  what the policy means (glob_oracle.h): allow or deny
 *   path_calls prepare <QUESTIONS     makes what the calls need
 *   path_calls call <QUESTIONS        makes the calls; a line each: allow, deny, or an errno
 *
 * The hard idea: few names with few letters, so that globs and paths meet often; and a name of its
 * own for each question, so that no call changes what a later one finds.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/glob_oracle.h"
#include "lib/outcome.h"
#include "lib/random.h"

#define TOP       "/t/d"
#define RULES_MAX 13

static const char *const directories[] = { "a", "b", "ab", "ba", "x.y" };
static const char *const leaves[] = { "a", "b", "ab", "bb", "x.", "a b", "\xc3\xa4" };
static const char *const asked[] = { "r", "w", "rw", "c", "d", "a" };
static const char *const letters[] = { "r", "w", "c", "d", "a", "rw", "cd", "rwcda", "wa", "rc" };
static const char *const verbs[] = { "allow", "audit", "deny" }; /* the stricter the later */
static const char *const components[] = { "a",    "b",     "ab",      "ba",     "x.y",   "*",
	                                  "**",   "?",     "a*",      "*b",     "??",    "[ab]",
	                                  "[!a]", "{a,b}", "{ab,x*}", "?[a-b]", "*[!b]*" };
static const char *const ends[] = { "*",     "**",  "a*",    "*1",         "?[0-9]",
	                            "b?",    "ab*", "[!a]*", "*[2-7]",     "{a,b}*",
	                            "**/*3", "x.*", "a\\ ?", "\xc3\xa4?*", "{a,bb}[0-9]*" };

struct rule {
	uint32_t verb;
	const char *letters;
	char glob[96];
};

static struct policy {
	bool allows; /* by default */
	uint32_t count;
	struct rule rules[RULES_MAX];
} policy;

static void append(struct rule *rule, const char *component)
{
	size_t length = strlen(rule->glob);

	snprintf(rule->glob + length, sizeof(rule->glob) - length, "/%s", component);
}

static void make_rule(struct random *random, struct rule *rule)
{
	rule->verb = random_below(random, sizeof(verbs) / sizeof(verbs[0]));
	rule->letters = RANDOM_OF(random, letters);
	snprintf(rule->glob, sizeof(rule->glob), TOP);
	for (uint32_t depth = random_below(random, 4); depth; depth--)
		append(rule, RANDOM_OF(random, components));
	append(rule, RANDOM_OF(random, ends));
}

static void make_policy(struct random *random)
{
	policy.count = 2 + random_below(random, RULES_MAX - 1);
	policy.allows = random_chance(random, 50);
	policy.rules[0] = (struct rule){ 0, "rwcda", "{/usr,/lib,/lib64,/bin,/etc,/dev}/**" };
	for (uint32_t i = 1; i < policy.count; i++)
		make_rule(random, &policy.rules[i]);
}

static void write_policy(void)
{
	printf("[policy]\nescapes = mount userns cgroup-escape ptrace bpf\n[file]\ndefault = %s\n",
	       policy.allows ? "allow" : "deny");
	for (uint32_t i = 0; i < policy.count; i++)
		printf("%s = %s %s\n", verbs[policy.rules[i].verb], policy.rules[i].letters,
		       policy.rules[i].glob);
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

static bool decides_over(const struct rule *a, const struct oracle_match *of_a,
                         const struct rule *b, const struct oracle_match *of_b)
{
	if (of_a->literals_before != of_b->literals_before)
		return of_a->literals_before > of_b->literals_before;
	if (of_a->literals != of_b->literals)
		return of_a->literals > of_b->literals;
	if (of_a->deep != of_b->deep)
		return !of_a->deep;
	return a->verb > b->verb;
}

static bool allows_letter(char letter, const char *path)
{
	const struct rule *best = NULL;
	struct oracle_match of_best;

	for (uint32_t i = 0; i < policy.count; i++) {
		const struct rule *rule = &policy.rules[i];
		struct oracle_match found = oracle_match(rule->glob, path);

		if (!found.matches || !strchr(rule->letters, letter) ||
		    (best && !decides_over(rule, &found, best, &of_best)))
			continue;
		best = rule;
		of_best = found;
	}
	return best ? strcmp(verbs[best->verb], "deny") != 0 : policy.allows;
}

/* Everything that is asked for has to be allowed. */
static void answer(const char *permissions, const char *path)
{
	bool allowed = true;

	for (; *permissions; permissions++)
		allowed = allowed && allows_letter(*permissions, path);
	puts(allowed ? "allow" : "deny");
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
		if (verb[0] == 'a') {
			answer(permissions, path);
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
		errx(EXIT_USAGE,
		     "usage: path_calls policy|questions|answers|prepare|call [SEED [COUNT]]");
	random.state = 0x9e3779b97f4a7c15ULL * (seed + 1);
	for (int i = 0; i < 8; i++)
		random_next(&random);
	if (!strcmp(argv[1], "questions")) {
		write_questions(&random, count);
		return 0;
	}
	make_policy(&random);
	if (!strcmp(argv[1], "policy"))
		write_policy();
	else
		each_question(argv[1]);
	return 0;
}
