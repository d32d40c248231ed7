/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times one system call under several configurations, all of them once a round, in an order that is
 * drawn anew each round:
 *
 *   rounds SWITCH CPU ROUNDS SLICE_US MEASURE CALL {NAME SETTING CGROUP SUBJECT OUTCOME}...
 *
 * SETTING is what is in force during the turn: `SWITCH on SETTING` before it, `SWITCH off SETTING`
 * after; "-" is nothing, "=" leaves things as they are. The call is made by a process that lives in
 * CGROUP (a path below the cgroup2 mount, which is CGROUP2 in the environment), half a slice to
 * warm up and then the slice. SUBJECT is a file, an ADDRESS:PORT a line, or the node that is
 * opened, or
 * "-". The call must come to OUTCOME ("ok", "EPERM") each time: who measures something else is
 * told.
 *
 * The hard idea: turns must differ in nothing but the setting. What putting in force and taking
 * away leaves behind (caches, work put off until a grace period has passed) would weigh on some: so
 * a turn without a setting has that of another put in force and taken away before, and every turn
 * waits. And a process keeps for life the pages that its socket and its stack happen to have, a
 * difference of some percent: so each turn has a process of its own, on one CPU all of them, while
 * commands run where they like.
 *
 * MEASURE is "call", or "device": then what is told is the time inside the device programs of
 * CGROUP, by the kernel's statistics. Prints a JSON object a round: nanoseconds a call, by NAME.
 */
#include <linux/membarrier.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "calls.h"
#include "program_time.h"

#define CONFIGURATIONS_MAX 12
#define ADDRESSES_MAX      65536U
#define BATCH              16 /* calls between two looks at the clock */
#define BATCHES_MAX        65536
#define SETTLE_NS          3000000 /* what grace periods have released is then freed by workers */

struct configuration {
	const char *name, *setting, *cgroup, *outcome;
	struct subject subject;
};

struct bench {
	const char *switch_path;
	uint32_t cpu, rounds, slice_us;
	bool in_programs;
	const struct call *call;
	struct configuration configurations[CONFIGURATIONS_MAX];
	size_t count;
	uint64_t random;
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
	FILE *file = fopen(path, "re");
	char line[64];

	if (!addresses || !file)
		err(EXIT_PREPARATION, "%s", path);
	while (subject->count < ADDRESSES_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		addresses[subject->count++] = endpoint_parse(line);
	}
	fclose(file);
	subject->addresses = addresses;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void call_batch(const struct call *call, struct subject *subject, const char *outcome)
{
	for (int i = 0; i < BATCH; i++) {
		int error = call->once(subject) < 0 ? errno : 0;

		if (strcmp(outcome_name(error), outcome) != 0)
			errx(EXIT_PREPARATION, "%s came to %s, not %s", call->name,
			     outcome_name(error), outcome);
	}
}

/* Nanoseconds a call: the lower quartile over batches, so that moments in which another process had
 * the CPU, or the other thread of its core was at work, do not decide. */
static double slice(const struct bench *bench, struct configuration *configuration,
                    const struct program_time *programs, uint64_t length_ns)
{
	static uint64_t batches_ns[BATCHES_MAX];
	uint64_t begin_ns = now_ns();
	size_t count = 0;

	do {
		uint64_t before = bench->in_programs ? program_time_ns(programs) : now_ns();

		call_batch(bench->call, &configuration->subject, configuration->outcome);
		batches_ns[count++] =
		        (bench->in_programs ? program_time_ns(programs) : now_ns()) - before;
	} while (count < BATCHES_MAX && now_ns() - begin_ns < length_ns);
	qsort(batches_ns, count, sizeof(batches_ns[0]), by_size);
	return (double)batches_ns[count / 4] / BATCH;
}

static void live_for_a_turn(const struct bench *bench, struct configuration *configuration,
                            uint32_t round, int answer)
{
	struct subject *subject = &configuration->subject;
	uint64_t slice_ns = bench->slice_us * 1000ULL;
	struct program_time programs = { 0 };
	double result_ns;

	pin(bench->cpu);
	enter(configuration->cgroup);
	if (bench->in_programs)
		program_time_open(configuration->cgroup, &programs);
	/* The same addresses for all of one round. */
	subject->next = (uint32_t)((uint64_t)subject->count * round / bench->rounds);
	bench->call->prepare(subject);
	slice(bench, configuration, &programs, slice_ns / 2);
	result_ns = slice(bench, configuration, &programs, slice_ns);
	made((int)write(answer, &result_ns, sizeof(result_ns)), "write");
	_exit(0);
}

static double take_turn(const struct bench *bench, struct configuration *configuration,
                        uint32_t round)
{
	double result_ns;
	int answer[2];
	pid_t child;

	made(pipe2(answer, O_CLOEXEC), "pipe");
	child = made(fork(), "fork");
	if (child == 0)
		live_for_a_turn(bench, configuration, round, answer[1]);
	close(answer[1]);
	if (read(answer[0], &result_ns, sizeof(result_ns)) != sizeof(result_ns))
		errx(EXIT_PREPARATION, "%s: its process ended", configuration->name);
	close(answer[0]);
	waitpid(child, NULL, 0);
	return result_ns;
}

static void turn_switch(const struct bench *bench, const char *way, const char *setting)
{
	pid_t child = made(fork(), "fork");
	int status;

	if (child == 0) {
		dup2(made(open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null"), STDOUT_FILENO);
		execl(bench->switch_path, bench->switch_path, way, setting, NULL);
		err(EXIT_PREPARATION, "%s", bench->switch_path);
	}
	if (waitpid(child, &status, 0) < 0 || status)
		errx(EXIT_PREPARATION, "%s %s %s failed", bench->switch_path, way, setting);
}

static bool is_nothing(const char *setting)
{
	return strcmp(setting, "-") == 0;
}

static bool is_as_it_is(const char *setting)
{
	return strcmp(setting, "=") == 0;
}

/* The setting to switch on and off before a turn that has none. */
static const char *another_setting(const struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++) {
		const char *setting = bench->configurations[i].setting;

		if (!is_nothing(setting) && !is_as_it_is(setting))
			return setting;
	}
	return NULL;
}

static void settle(void)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };

	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

static double measure(const struct bench *bench, struct configuration *configuration,
                      uint32_t round)
{
	bool nothing = is_nothing(configuration->setting);
	const char *setting = nothing ? another_setting(bench) : configuration->setting;
	bool switched = setting && !is_as_it_is(setting);
	double result_ns;

	if (switched)
		turn_switch(bench, "on", setting);
	if (switched && nothing)
		turn_switch(bench, "off", setting);
	settle();
	result_ns = take_turn(bench, configuration, round);
	if (switched && !nothing)
		turn_switch(bench, "off", setting);
	return result_ns;
}

/* Below `limit`; Marsaglia's xorshift, so that a run can be repeated. */
static size_t draw(struct bench *bench, size_t limit)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random % limit;
}

static void run_round(struct bench *bench, uint32_t round)
{
	double results[CONFIGURATIONS_MAX];
	size_t order[CONFIGURATIONS_MAX];

	for (size_t i = 0; i < bench->count; i++) {
		size_t other = draw(bench, i + 1);

		order[i] = order[other];
		order[other] = i;
	}
	for (size_t i = 0; i < bench->count; i++)
		results[order[i]] = measure(bench, &bench->configurations[order[i]], round);
	for (size_t i = 0; i < bench->count; i++)
		printf("%s\"%s\":%.1f", i ? "," : "{", bench->configurations[i].name, results[i]);
	puts("}");
}

static void read_configurations(struct bench *bench, char **words)
{
	for (; *words; words += 5) {
		struct configuration *configuration = &bench->configurations[bench->count++];

		*configuration = (struct configuration){ .name = words[0],
			                                 .setting = words[1],
			                                 .cgroup = words[2],
			                                 .outcome = words[4] };
		if (bench->call->on_path)
			configuration->subject.path = words[3];
		else if (!is_nothing(words[3]))
			read_addresses(words[3], &configuration->subject);
	}
}

int main(int argc, char **argv)
{
	struct bench bench = { .random = 0x9e3779b97f4a7c15U };

	if (argc < 12 || (argc - 7) % 5 != 0 || (argc - 7) / 5 > CONFIGURATIONS_MAX)
		errx(EXIT_USAGE, "usage: rounds SWITCH CPU ROUNDS SLICE_US MEASURE CALL "
		                 "{NAME SETTING CGROUP SUBJECT OUTCOME}...");
	bench.switch_path = argv[1];
	bench.cpu = number(argv[2]);
	bench.rounds = number(argv[3]);
	bench.slice_us = number(argv[4]);
	bench.in_programs = strcmp(argv[5], "device") == 0;
	bench.call = call_named(argv[6]);
	read_configurations(&bench, argv + 7);
	if (bench.in_programs)
		made(bpf_enable_stats(BPF_STATS_RUN_TIME), "BPF_ENABLE_STATS");
	for (uint32_t i = 0; i < bench.rounds; i++) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r\033[K  %s, round %u of %u", argv[6], i + 1,
			        bench.rounds);
		run_round(&bench, i);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return 0;
}
