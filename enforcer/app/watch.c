/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A timer, signals and keys are waited for together, so that `q` and ^C are obeyed at once. The
 * hard part is to leave the terminal as it was whatever ends the watch; ^Z is left to the shell,
 * which gives a stopped job's terminal back itself.
 */
#include "app/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PERIOD_S 1
#define CLEAR    "\033[H\033[J" /* to the first line; erase all that follows */

static int open_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_timer(void)
{
	static const struct itimerspec each = { { PERIOD_S, 0 }, { PERIOD_S, 0 } };
	CLEANUP_CLOSE int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &each, NULL))
		return -errno;
	return TAKE_FD(fd);
}

/* ^C stays a signal. */
static bool take_keys(struct termios *ret_before)
{
	struct termios wanted;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, ret_before))
		return false;
	wanted = *ret_before;
	wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	wanted.c_cc[VMIN] = 1;
	wanted.c_cc[VTIME] = 0;
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &wanted) == 0;
}

int watch_init(struct watch *watch)
{
	const char *terminal = getenv("TERM");
	int fd = open_signals();

	if (fd < 0)
		return fd;
	watch->signal_fd = fd;
	fd = open_timer();
	if (fd < 0)
		return fd;
	watch->timer_fd = fd;
	watch->in_place =
	        terminal && *terminal && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
	watch->has_keys = watch->in_place && take_keys(&watch->before);
	return 0;
}

void watch_fini(struct watch *watch)
{
	if (watch->has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &watch->before);
	if (watch->timer_fd >= 0)
		close(watch->timer_fd);
	if (watch->signal_fd >= 0)
		close(watch->signal_fd);
}

void watch_frame(struct watch *watch)
{
	if (watch->in_place)
		fputs(CLEAR, stdout);
	else if (watch->began)
		putchar('\n');
	watch->began = true;
}

/* A terminal that is gone ends the watch as `q` does. */
static bool is_end(int fd)
{
	char key;

	return read(fd, &key, 1) != 1 || key == 'q' || key == 'Q';
}

bool watch_wait(struct watch *watch)
{
	struct pollfd fds[] = {
		{ .fd = watch->timer_fd, .events = POLLIN },
		{ .fd = watch->signal_fd, .events = POLLIN },
		{ .fd = watch->has_keys ? STDIN_FILENO : -1, .events = POLLIN },
	};
	uint64_t periods;

	if (fflush(stdout))
		return false;
	for (;;) {
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (fds[1].revents || (fds[2].revents && is_end(STDIN_FILENO)))
			return false;
		if (fds[0].revents)
			return read(watch->timer_fd, &periods, sizeof(periods)) == sizeof(periods);
	}
}
