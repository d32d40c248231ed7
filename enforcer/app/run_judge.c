/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge keeps nothing of the command that started it but two descriptors: what is written into
 * a pipe of the command must be able to end, and so must whoever waits for that.
 */
#include "app/run_judge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/command.h"
#include "base/cleanup.h"
#include "kernel/socket_judge.h"

/* Closes all but these two and the three standard ones, which become /dev/null. */
static int keep_only(int one, int other)
{
	unsigned int low = (unsigned int)(one < other ? one : other);
	unsigned int high = (unsigned int)(one < other ? other : one);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup3(null, fd, O_CLOEXEC);
	if ((low > 3 && close_range(3, low - 1, 0)) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0)) || close_range(high + 1, ~0U, 0))
		return -errno;
	return 0;
}

static _Noreturn void be_judge(const struct run_judge *judge, int listener)
{
	sigset_t all;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "cgward-judge");
	error = chdir("/") ? -errno : keep_only(judge->program, listener);
	if (!error)
		error = socket_judge_serve(judge->program, listener, judge->cgroup_id);
	_exit(error ? EXIT_SYSTEM : EXIT_DONE);
}

int run_judge_start(struct run_judge *judge, int listener)
{
	CLEANUP_CLOSE int owned = listener;

	judge->pid = fork();
	if (judge->pid < 0) {
		judge->pid = 0;
		return -errno;
	}
	if (!judge->pid)
		be_judge(judge, owned);
	return 0;
}

void run_judge_check(struct run_judge *judge)
{
	int status;

	if (!judge->pid || waitpid(judge->pid, &status, WNOHANG) != judge->pid)
		return;
	judge->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE)
		return;
	command_error("the process that judges sockets %s: from here on every call fails that "
	              "makes one of another family than inet and inet6",
	              WIFSIGNALED(status) ? "was killed" : "cannot go on");
}

/* It ends with the last process that it judged, so most often it is about to. */
static void wait_for_end(pid_t pid)
{
	CLEANUP_CLOSE int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		poll(&end, 1, LEFTOVERS_TIMEOUT_MS);
	waitpid(pid, NULL, WNOHANG);
}

void run_judge_fini(struct run_judge *judge)
{
	if (judge->pid)
		wait_for_end(judge->pid);
	cleanup_close(&judge->program);
	*judge = (struct run_judge)RUN_JUDGE_INIT;
}
