/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a file to grow, or for its name to stand for another one: by inotify on the directory
 * and the file, so that nothing is asked while nothing happens.
 */
#pragma once

#include <stdbool.h>

struct follow {
	int inotify_fd;
	const char *path; /* not owned */
};

#define FOLLOW_INIT              \
	{                        \
		.inotify_fd = -1 \
	}

/* 0 or -errno: the directory of `path` must be there. */
int follow_init(struct follow *follow, const char *path);
void follow_fini(struct follow *follow);

/* Waits for a change. False: the name stands for another file by now than `fd`, whose end has been
 * seen. True: look again. */
bool follow_wait(struct follow *follow, int fd);

/* Waits for something to happen in the directory. */
void follow_wait_for_name(struct follow *follow);
