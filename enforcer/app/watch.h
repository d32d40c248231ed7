/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Showing something again each second: on a terminal in place, until `q` or ^C; elsewhere one after
 * the other, until a signal. SIGINT, SIGTERM and SIGHUP are blocked from watch_init() on; they end
 * the watch, not the process, so that the terminal is given back as it was.
 */
#pragma once

#include <stdbool.h>
#include <termios.h>

struct watch {
	int timer_fd, signal_fd;
	bool in_place; /* stdout is a terminal that can be cleared */
	bool has_keys; /* stdin is one too, and its keys come at once and unseen */
	bool began;
	struct termios before;
};

#define WATCH_INIT                              \
	{                                       \
		.timer_fd = -1, .signal_fd = -1 \
	}

/* 0 or -errno. watch_fini() in either case. */
int watch_init(struct watch *watch);
void watch_fini(struct watch *watch);

/* Before what is to be shown is printed to stdout. */
void watch_frame(struct watch *watch);

/* Sends what was printed and waits. False: it is over. */
bool watch_wait(struct watch *watch);
