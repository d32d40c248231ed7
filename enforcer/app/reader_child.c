/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child opens the ward anew: file descriptions shared over fork(2) would share the reader lock,
 * and leave dead entries in the kernel's map of readers (stream.c).
 */
#include "app/reader_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/reader.h"
#include "app/use_ward.h"

/* Whatever kills so many readers will kill the next as well. */
#define MENDED_MAX 8

/* A ^C is for the command, and so is a ^Z: other commands' records come here as well. The end of
 * our work is told through the pipe. */
static void leave_signals_to_the_parent(void)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ,
		                       SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

static void log_state(void *context, int error)
{
	(void)context;
	if (error)
		command_error("cannot write the audit log: %s; what it misses is counted",
		              strerror(-error));
}

/* The parent is told that it may go on: `r`, records are read. */
static void tell_ready(int *ready_fd)
{
	if (write(*ready_fd, "r", 1) != 1)
		command_error("the command does not listen");
	close(TAKE_FD(*ready_fd));
}

static uint64_t count_attempts(struct ward *ward)
{
	struct record_counters total;

	return ward_record_counters(ward, &total, NULL, NULL) ? 0 : total.attempted;
}

/* Whoever named a log looks for the decisions there. */
static void warn_of_other_log(const struct ward *ward, const char *log_path,
                              const struct diag *busy)
{
	if (!log_path || reader_has_open(ward, log_path))
		return;
	command_error("%s: what is denied goes to its log; %s gets none of it while it reads",
	              busy->findings.count ? busy->findings.items[0].message
	                                   : "another process reads the records",
	              log_path);
}

/* Another process reads. When we are told to stop, its records of our command may still wait; it
 * must have seen them before the cgroup goes, or it cannot tell its name any more. */
static int wait_for_our_turn(struct ward *ward, int stop_fd, int *ready_fd)
{
	const struct timespec latency = { .tv_nsec = 2 * READER_LATENCY_MS * 1000000L };
	uint64_t before = count_attempts(ward);
	int error;

	tell_ready(ready_fd);
	error = reader_wait_for_lock(ward, stop_fd);
	if (error == -EINTR && count_attempts(ward) != before)
		nanosleep(&latency, NULL);
	return error;
}

static int read_until_stopped(const char *log_path, int stop_fd, int *ready_fd)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(diag_fini) struct diag busy = DIAG_INIT;
	const struct reader_options options = { .log_path = log_path, .log_state = log_state };
	CLEANUP_WARD struct ward *ward = NULL;
	struct reader *reader;
	int error = use_ward(WARD_READ, &ward);

	if (error)
		return error;
	ward_unlock(ward);
	error = reader_lock(ward, &busy);
	if (error == -EBUSY) {
		warn_of_other_log(ward, log_path, &busy);
		error = wait_for_our_turn(ward, stop_fd, ready_fd);
		if (error == -EINTR)
			return 0;
	}
	if (!error)
		error = reader_open(ward, &options, &diag, &reader);
	if (error) {
		refused(&diag, error, "cannot read the records");
		return error;
	}
	if (*ready_fd >= 0)
		tell_ready(ready_fd);
	error = reader_run(reader, stop_fd);
	reader_close(reader, NULL);
	return error == -ESTALE ? 0 : error;
}

static int open_pipe(int *ret_read_fd, int *ret_write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	*ret_read_fd = fds[0];
	*ret_write_fd = fds[1];
	return 0;
}

int reader_child_start(const char *log_path, struct reader_child *ret_child)
{
	CLEANUP_CLOSE int stop_read = -1, stop_write = -1, ready_read = -1, ready_write = -1;
	struct reader_child child = { .stop_fd = -1, .log_path = log_path };
	ssize_t count;
	char ready;
	int error = open_pipe(&stop_read, &stop_write);

	if (!error)
		error = open_pipe(&ready_read, &ready_write);
	if (!error)
		child.pid = fork();
	if (!error && child.pid < 0)
		error = -errno;
	if (error) {
		command_error("cannot start reading the records: %s", strerror(-error));
		return error;
	}
	if (!child.pid) {
		leave_signals_to_the_parent();
		close(TAKE_FD(stop_write));
		error = read_until_stopped(log_path, stop_read, &ready_write);
		_exit(error ? EXIT_SYSTEM : EXIT_DONE);
	}
	close(TAKE_FD(ready_write));
	child.stop_fd = TAKE_FD(stop_write);
	do {
		count = read(ready_read, &ready, 1);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		command_error("cannot wait for the reader: %s", strerror(errno));
	/* Else it has said what it could not do. */
	if (count != 1) {
		reader_child_stop(&child);
		return -EIO;
	}
	*ret_child = child;
	return 0;
}

void reader_child_mend(struct reader_child *child)
{
	unsigned int mended = child->mended + 1;
	int status;

	if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	child->pid = 0;
	cleanup_close(&child->stop_fd);
	child->stop_fd = -1;
	if (!WIFSIGNALED(status) || mended > MENDED_MAX)
		return;
	command_error("the reader of records was killed (signal %d); another takes its place",
	              WTERMSIG(status));
	if (reader_child_start(child->log_path, child))
		command_error("no other could be started: records are lost, and counted");
	child->mended = mended;
}

void reader_child_stop(struct reader_child *child)
{
	if (!child->pid)
		return;
	cleanup_close(&child->stop_fd);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*child = (struct reader_child)READER_CHILD_INIT;
}
