/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a program inside a cgroup.
 *
 * The hard idea: there is no moment at which the program runs outside. clone3(CLONE_INTO_CGROUP)
 * makes the process there; where it is refused (kernels before 5.7, seccomp filters of container
 * runtimes), the child moves itself before it executes anything, and ends if it cannot.
 *
 * Between clone and exec the child calls only what is safe in a copy of a process of one thread.
 */
#include "app/run_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/message_fd.h"
#include "kernel/socket_filter.h"

static const int from_outside[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

#define FROM_OUTSIDE (sizeof(from_outside) / sizeof(from_outside[0]))

static void held_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGCHLD);
	for (size_t i = 0; i < FROM_OUTSIDE; i++)
		sigaddset(ret_set, from_outside[i]);
}

void run_signals_hold(struct run_signals *ret_before)
{
	/* Whoever started us may have ignored SIGCHLD, and then there is nothing to wait for. */
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	/* Nobody reading our messages must not keep us from cleaning up. */
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	sigset_t held;

	held_signals(&held);
	sigprocmask(SIG_BLOCK, &held, &ret_before->mask);
	sigaction(SIGCHLD, &by_default, &ret_before->child_ended);
	sigaction(SIGPIPE, &ignored, &ret_before->pipe_broken);
}

void run_signals_release(const struct run_signals *before)
{
	sigaction(SIGCHLD, &before->child_ended, NULL);
	sigaction(SIGPIPE, &before->pipe_broken, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

int run_signals_pending(void)
{
	sigset_t pending;

	sigemptyset(&pending);
	sigpending(&pending);
	for (size_t i = 0; i < FROM_OUTSIDE; i++) {
		struct sigaction now;

		sigaction(from_outside[i], NULL, &now);
		if (sigismember(&pending, from_outside[i]) && now.sa_handler != SIG_IGN)
			return from_outside[i];
	}
	return 0;
}

/* What the child says when it cannot become the program. Beside that it sends, without an error,
 * the listener of its filter. */
struct report {
	int error;
	enum run_step step;
};

static pid_t clone_into(const struct cgroup *cgroup)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned int)cgroup->fd,
	};

	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

static int move_into(const struct cgroup *cgroup)
{
	CLEANUP_CLOSE int fd = openat(cgroup->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, "0", 1) == 1 ? 0 : -errno;
}

/* The last that the child does of its own: from here on its sockets are judged. The filter was made
 * by the parent, or there is none. */
static int enter_filter(const struct socket_filter *filter, int tell_fd)
{
	const struct report no_error = { .step = RUN_STEP_FILTER };
	CLEANUP_CLOSE int listener = -1;

	if (!filter->count)
		return 0;
	listener = socket_filter_install(filter);
	return listener < 0 ? listener
	                    : message_send(tell_fd, &no_error, sizeof(no_error), listener);
}

static _Noreturn void become(const struct cgroup *cgroup, bool is_inside, char **argv,
                             const struct run_signals *before, const struct socket_filter *filter,
                             int tell_fd)
{
	struct report report = { .step = RUN_STEP_PROCESS };

	if (!is_inside)
		report.error = move_into(cgroup);
	if (!report.error) {
		report.step = RUN_STEP_FILTER;
		report.error = enter_filter(filter, tell_fd);
	}
	if (!report.error) {
		run_signals_release(before);
		execvp(argv[0], argv);
		report = (struct report){ -errno, RUN_STEP_EXEC };
	}
	if (message_send(tell_fd, &report, sizeof(report), -1))
		_exit(126);
	_exit(127);
}

/* End of file without a word, or after a listener, means that exec closed the other end. */
static int hear(int fd, struct run_judge *judge, enum run_step *ret_step)
{
	struct report report = { 0 };
	ssize_t length;
	int listener = -1, error;

	for (;;) {
		length = message_receive(fd, &report, sizeof(report), &listener);
		if (length == 0)
			return 0;
		if (length != sizeof(report))
			return length < 0 ? (int)length : -EPROTO;
		*ret_step = report.step;
		if (report.error)
			return report.error;
		error = listener < 0 ? -EPROTO : run_judge_start(judge, listener);
		if (error)
			return error;
	}
}

static void cleanup_filter(struct socket_filter *filter)
{
	socket_filter_fini(filter);
}

int run_child_start(const struct cgroup *cgroup, char **argv, const struct run_signals *before,
                    struct run_judge *judge, pid_t *ret_pid, enum run_step *ret_step)
{
	CLEANUP(cleanup_filter) struct socket_filter filter = { 0 };
	CLEANUP_CLOSE int hear_fd = -1, tell_fd = -1;
	bool is_inside = true;
	int error = message_pair(judge->program >= 0, &hear_fd, &tell_fd);
	pid_t pid;

	*ret_step = RUN_STEP_PROCESS;
	if (!error && judge->program >= 0) {
		*ret_step = RUN_STEP_FILTER;
		error = socket_filter_make(&filter);
	}
	if (error)
		return error;
	*ret_step = RUN_STEP_PROCESS;
	pid = clone_into(cgroup);
	if (pid < 0) {
		is_inside = false;
		pid = fork();
	}
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(cgroup, is_inside, argv, before, &filter, tell_fd);
	close(TAKE_FD(tell_fd));
	error = hear(hear_fd, judge, ret_step);
	if (error) {
		/* A program that is running already has no judge. */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error;
	}
	*ret_pid = pid;
	return 0;
}

/* SIGINT and SIGQUIT of the keyboard reach the program by themselves, as one of the terminal's
 * process group; passed on they would reach it twice. A shell that waits does the same. */
static void pass_on(pid_t pid, int number)
{
	if (number != SIGCHLD && number != SIGINT && number != SIGQUIT)
		kill(pid, number);
}

int run_child_wait(pid_t pid, struct reader_child *reader, struct run_judge *judge)
{
	sigset_t held;

	held_signals(&held);
	for (;;) {
		siginfo_t info;
		int status = 0;
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended < 0)
			return -errno;
		if (ended == pid && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (ended == pid && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		reader_child_mend(reader);
		run_judge_check(judge);
		if (sigwaitinfo(&held, &info) > 0)
			pass_on(pid, info.si_signo);
	}
}
