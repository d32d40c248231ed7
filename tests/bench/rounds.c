/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times one system call under several configurations, all of them once a round:
 *
 *   rounds CGWARD POLICED CPU ROUNDS SLICE_US CALL {NAME POLICY CGROUP ADDRESSES OUTCOME}...
 *
 * POLICED and CGROUP are cgroups as paths below the cgroup2 mount, which is CGROUP2 in the
 * environment. Before a slice, POLICY is put in force on POLICED by `cgward apply`, or with "-"
 * whatever is in force there is removed, so that of ours nothing is attached anywhere. The call is
 * made by a process that lives in CGROUP, all such processes on one CPU, a quarter of the slice
 * to warm up and then the slice. ADDRESSES is a file, an ADDRESS:PORT a line, or "-". The call must
 * come to OUTCOME ("ok", "EPERM") each time: who measures something else is told so.
 *
 * Every second round runs backwards, so that no configuration always follows the same one. Prints
 * a JSON object a round: nanoseconds a call, by NAME.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "calls.h"

#define CONFIGURATIONS_MAX 8
#define ADDRESSES_MAX      65536U
#define BATCH              16 /* calls between two looks at the clock */
#define BATCHES_MAX        65536

struct configuration {
	const char *name, *policy, *cgroup, *addresses, *outcome;
	int order, answer; /* pipes to and from its process */
};

struct bench {
	const char *cgward, *policed;
	uint32_t rounds, slice_us;
	const struct call *call;
	struct configuration configurations[CONFIGURATIONS_MAX];
	size_t count;
	const char *in_force; /* policy on POLICED, or NULL */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void read_addresses(const char *path, struct subject *subject)
{
	union endpoint *addresses = calloc(ADDRESSES_MAX, sizeof(*addresses));
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	char line[64];

	if (!addresses || (!file && strcmp(path, "-") != 0))
		err(EXIT_PREPARATION, "%s", path);
	while (file && subject->count < ADDRESSES_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		addresses[subject->count++] = endpoint_parse(line);
	}
	if (file)
		fclose(file);
	subject->addresses = addresses;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static uint64_t batch_ns(const struct call *call, struct subject *subject, const char *outcome)
{
	uint64_t begin_ns = now_ns();

	for (int i = 0; i < BATCH; i++) {
		int error = call->once(subject) < 0 ? errno : 0;

		if (strcmp(outcome_name(error), outcome) != 0)
			errx(EXIT_PREPARATION, "%s came to %s, not %s", call->name,
			     outcome_name(error), outcome);
	}
	return now_ns() - begin_ns;
}

/* Nanoseconds a call: the median over batches, so that one in which another process had the CPU
 * does not decide. */
static double slice(const struct call *call, struct subject *subject, uint64_t length_ns,
                    const char *outcome)
{
	static uint64_t batches_ns[BATCHES_MAX];
	uint64_t begin_ns = now_ns();
	size_t count = 0;

	do {
		batches_ns[count++] = batch_ns(call, subject, outcome);
	} while (count < BATCHES_MAX && now_ns() - begin_ns < length_ns);
	qsort(batches_ns, count, sizeof(batches_ns[0]), by_size);
	return (double)batches_ns[count / 2] / BATCH;
}

static void live(const struct bench *bench, const struct configuration *configuration, int order,
                 int answer)
{
	uint64_t slice_ns = bench->slice_us * 1000ULL;
	struct subject subject = { 0 };
	double result_ns = 0;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter(configuration->cgroup);
	read_addresses(configuration->addresses, &subject);
	bench->call->prepare(&subject);
	made((int)write(answer, &result_ns, sizeof(result_ns)), "write");
	while (read(order, &byte, 1) == 1) {
		slice(bench->call, &subject, slice_ns / 4, configuration->outcome);
		result_ns = slice(bench->call, &subject, slice_ns, configuration->outcome);
		made((int)write(answer, &result_ns, sizeof(result_ns)), "write");
	}
	_exit(0);
}

static double answer_of(const struct configuration *configuration)
{
	double result_ns;

	if (read(configuration->answer, &result_ns, sizeof(result_ns)) != sizeof(result_ns))
		errx(EXIT_PREPARATION, "%s: its process ended", configuration->name);
	return result_ns;
}

static void start(const struct bench *bench, struct configuration *configuration)
{
	int orders[2], answers[2];
	pid_t child;

	made(pipe2(orders, O_CLOEXEC), "pipe");
	made(pipe2(answers, O_CLOEXEC), "pipe");
	child = made(fork(), "fork");
	if (child == 0) {
		close(orders[1]);
		live(bench, configuration, orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	configuration->order = orders[1];
	configuration->answer = answers[0];
	answer_of(configuration);
}

/* cgward COMMAND WORD...; the second word may be NULL. */
static void command(const char *cgward, const char *name, const char *first, const char *second)
{
	pid_t child = made(fork(), "fork");
	int status;

	if (child == 0) {
		dup2(made(open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null"), STDOUT_FILENO);
		execl(cgward, cgward, name, first, second, NULL);
		err(EXIT_PREPARATION, "%s", cgward);
	}
	if (waitpid(child, &status, 0) < 0 || status)
		errx(EXIT_PREPARATION, "%s %s %s failed", cgward, name, first);
}

static void put_in_force(struct bench *bench, const char *policy)
{
	const char *wanted = strcmp(policy, "-") == 0 ? NULL : policy;

	if (wanted == bench->in_force ||
	    (wanted && bench->in_force && strcmp(wanted, bench->in_force) == 0))
		return;
	/* Programs of one policy that the next does not need must be gone. */
	if (bench->in_force)
		command(bench->cgward, "remove", bench->policed, NULL);
	if (wanted)
		command(bench->cgward, "apply", wanted, bench->policed);
	bench->in_force = wanted;
}

static void run_round(struct bench *bench, bool backwards)
{
	double results[CONFIGURATIONS_MAX];

	for (size_t i = 0; i < bench->count; i++) {
		size_t which = backwards ? bench->count - 1 - i : i;
		const struct configuration *configuration = &bench->configurations[which];

		put_in_force(bench, configuration->policy);
		made((int)write(configuration->order, "", 1), "write");
		results[which] = answer_of(configuration);
	}
	for (size_t i = 0; i < bench->count; i++)
		printf("%s\"%s\":%.1f", i ? "," : "{", bench->configurations[i].name, results[i]);
	puts("}");
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };

	if (argc < 12 || (argc - 7) % 5 != 0 || (argc - 7) / 5 > CONFIGURATIONS_MAX)
		errx(EXIT_USAGE, "usage: rounds CGWARD POLICED CPU ROUNDS SLICE_US CALL "
		                 "{NAME POLICY CGROUP ADDRESSES OUTCOME}...");
	bench.cgward = argv[1];
	bench.policed = argv[2];
	bench.rounds = number(argv[4]);
	bench.slice_us = number(argv[5]);
	bench.call = call_named(argv[6]);
	pin(number(argv[3]));
	for (char **words = argv + 7; *words; words += 5) {
		struct configuration *configuration = &bench.configurations[bench.count++];

		*configuration = (struct configuration){ .name = words[0],
			                                 .policy = words[1],
			                                 .cgroup = words[2],
			                                 .addresses = words[3],
			                                 .outcome = words[4] };
		start(&bench, configuration);
	}
	for (uint32_t i = 0; i < bench.rounds; i++)
		run_round(&bench, i % 2);
	put_in_force(&bench, "-");
	return 0;
}
