/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command again and again and kills it (SIGKILL) at a random moment of its life, until it
 * has killed it COUNT times.
 *
 *   kills COUNT SEED FROM-A FROM-B TO SIGNATURE-A SIGNATURE-B COMMAND...
 *
 * Before each run FROM-A and FROM-B in turn are put in the place of TO, at one instant. After each
 * run the program behind descriptors 3 (to it) and 4 (from it) is asked for a signature, which must
 * be one of the two: the old policy or the new one, never a mixture.
 *
 * How long a whole run takes is measured first and again now and then, so that the moments are
 * spread evenly over it, on whatever machine this is. Some come too late, and are not counted.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../probes/lib/address.h"
#include "../probes/lib/random.h"

#define ASK_FD      3
#define ANSWER_FD   4
#define MEASURE_AT  50 /* every so many runs one is left to end */
#define PATIENCE_MS 30000

struct plan {
	uint32_t count;
	struct random random;
	const char *from[2], *to, *signatures[2];
	char **command;
	uint64_t whole_ns; /* of a run that nobody kills */
	uint32_t runs, killed, old, new;
};

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void copy(const char *from, const char *to)
{
	char bytes[65536], temporary[4096];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t length = read(in, bytes, sizeof(bytes));

	snprintf(temporary, sizeof(temporary), "%s.new", to);
	out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (in < 0 || length <= 0 || out < 0 || write(out, bytes, (size_t)length) != length)
		err(EXIT_PREPARATION, "%s to %s", from, temporary);
	close(in);
	close(out);
	if (rename(temporary, to))
		err(EXIT_PREPARATION, "%s", to);
}

static pid_t start(const struct plan *plan)
{
	pid_t pid = fork();

	if (pid < 0)
		err(EXIT_PREPARATION, "fork");
	if (pid)
		return pid;
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	close(ASK_FD);
	close(ANSWER_FD);
	execvp(plan->command[0], plan->command);
	err(EXIT_PREPARATION, "%s", plan->command[0]);
}

/* Whether it had ended by itself before; then with status 0, or this test is in vain. */
static bool end(const struct plan *plan, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(EXIT_PREPARATION, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status))
		errx(1, "%s ended with status %d", plan->command[0], WEXITSTATUS(status));
	return WIFEXITED(status);
}

static void measure(struct plan *plan)
{
	uint64_t before = now_ns();

	if (!end(plan, start(plan)))
		errx(1, "%s was killed by somebody else", plan->command[0]);
	plan->whole_ns = now_ns() - before;
}

/* A process that ends before its moment has come is not waited for. */
static void kill_some_time(struct plan *plan)
{
	uint64_t delay = plan->whole_ns / 1000 * random_below(&plan->random, 1000);
	struct timespec pause = { .tv_sec = (time_t)(delay / 1000000000),
		                  .tv_nsec = (long)(delay % 1000000000) };
	pid_t pid = start(plan);
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	if (ended.fd < 0)
		err(EXIT_PREPARATION, "pidfd_open");
	if (ppoll(&ended, 1, &pause, NULL) < 0)
		err(EXIT_PREPARATION, "ppoll");
	kill(pid, SIGKILL);
	close(ended.fd);
	plan->killed += !end(plan, pid);
}

static void check(struct plan *plan, uint32_t run)
{
	struct pollfd answered = { .fd = ANSWER_FD, .events = POLLIN };
	const char *new = plan->signatures[run % 2], *old = plan->signatures[(run + 1) % 2];
	char answer[64] = "";

	if (write(ASK_FD, "\n", 1) != 1 || poll(&answered, 1, PATIENCE_MS) != 1 ||
	    read(ANSWER_FD, answer, sizeof(answer) - 1) < 1)
		errx(EXIT_PREPARATION, "there is no answer after run %u", run);
	answer[strcspn(answer, "\n")] = '\0';
	plan->new += strcmp(answer, new) == 0;
	plan->old += strcmp(answer, old) == 0;
	if (strcmp(answer, new) && strcmp(answer, old))
		errx(1, "after run %u: %s, neither %s nor %s", run, answer, old, new);
}

int main(int argc, char **argv)
{
	struct plan plan = { 0 };

	if (argc < 9)
		errx(EXIT_USAGE, "usage: kills COUNT SEED FROM-A FROM-B TO SIGNATURE-A SIGNATURE-B "
		                 "COMMAND...");
	plan.count = number(argv[1]);
	plan.random.state = number(argv[2]) * 2654435761ULL + 1;
	for (size_t i = 0; i < 2; i++) {
		plan.from[i] = argv[3 + i];
		plan.signatures[i] = argv[6 + i];
	}
	plan.to = argv[5];
	plan.command = argv + 8;
	for (; plan.killed < plan.count; plan.runs++) {
		copy(plan.from[plan.runs % 2], plan.to);
		if (plan.runs % MEASURE_AT == 0)
			measure(&plan);
		else
			kill_some_time(&plan);
		check(&plan, plan.runs);
	}
	printf("%u runs, %u killed; afterwards the old policy %u times, the new one %u times\n",
	       plan.runs, plan.killed, plan.old, plan.new);
	return 0;
}
