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

/* What the child says when it cannot become the program. */
struct failure {
	int error;
	bool is_exec;
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

static _Noreturn void become(const struct cgroup *cgroup, bool is_inside, char **argv,
                             const struct run_signals *before, int tell_fd)
{
	struct failure failure = { 0 };

	if (!is_inside)
		failure.error = move_into(cgroup);
	if (!failure.error) {
		run_signals_release(before);
		execvp(argv[0], argv);
		failure = (struct failure){ -errno, true };
	}
	if (write(tell_fd, &failure, sizeof(failure)) != sizeof(failure))
		_exit(126);
	_exit(127);
}

/* End of file without a word means that exec closed the pipe. */
static int hear(int fd, bool *ret_is_exec)
{
	struct failure failure = { 0 };
	ssize_t length = TEMP_FAILURE_RETRY(read(fd, &failure, sizeof(failure)));

	if (length == 0)
		return 0;
	*ret_is_exec = length == sizeof(failure) && failure.is_exec;
	return length == sizeof(failure) && failure.error < 0 ? failure.error : -EPROTO;
}

int run_child_start(const struct cgroup *cgroup, char **argv, const struct run_signals *before,
                    pid_t *ret_pid, bool *ret_is_exec)
{
	CLEANUP_CLOSE int hear_fd = -1;
	CLEANUP_CLOSE int tell_fd = -1;
	bool is_inside = true;
	int fds[2], error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	hear_fd = fds[0];
	tell_fd = fds[1];
	*ret_is_exec = false;
	pid = clone_into(cgroup);
	if (pid < 0) {
		is_inside = false;
		pid = fork();
	}
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(cgroup, is_inside, argv, before, tell_fd);
	close(TAKE_FD(tell_fd));
	error = hear(hear_fd, ret_is_exec);
	if (error) {
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

int run_child_wait(pid_t pid, struct reader_child *reader)
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
		if (sigwaitinfo(&held, &info) > 0)
			pass_on(pid, info.si_signo);
	}
}
