/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that serves the seccomp filter of what `cgward run` starts, where [socket] needs one:
 * kernel/socket_judge.h. It outlives the command if processes do, and ends with the last of them.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct run_judge {
	int program;        /* descriptor, or -1: no filter is needed */
	uint64_t cgroup_id; /* whose policy it judges by */
	pid_t pid;          /* 0: not started, or ended */
};

#define RUN_JUDGE_INIT         \
	{                      \
		.program = -1, \
	}

/* Takes over `listener` whatever comes of it. 0 or -errno. */
int run_judge_start(struct run_judge *judge, int listener);

/* Whether it has ended; what that means for the program, which runs on, is printed. */
void run_judge_check(struct run_judge *judge);

/* Processes that end with the program, and the judge with them, are given so long to be gone. */
#define LEFTOVERS_TIMEOUT_MS 200

/* Reaps it; if processes are left that it judges, it goes on. */
void run_judge_fini(struct run_judge *judge);
