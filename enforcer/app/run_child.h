/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program that `cgward run` runs: born inside its cgroup, waited for, signals passed on.
 */
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "app/reader_child.h"
#include "app/run_judge.h"
#include "kernel/cgroup.h"

/* As it was when cgward was started, and as the program gets it. */
struct run_signals {
	sigset_t mask;
	struct sigaction child_ended; /* of SIGCHLD */
	struct sigaction pipe_broken; /* of SIGPIPE */
};

/* From here on signals wait: a cgroup and its policy must not be left half made. */
void run_signals_hold(struct run_signals *ret_before);
void run_signals_release(const struct run_signals *before);

/* A signal that asks cgward to end and came while they were held, or 0. */
int run_signals_pending(void);

/* What it was that failed. */
enum run_step {
	RUN_STEP_PROCESS,
	RUN_STEP_FILTER,
	RUN_STEP_EXEC,
};

/*
 * Starts argv[0], searched in PATH, as a member of `cgroup` from its first instruction, under the
 * seccomp filter if `judge` says so, which is started then. 0 when it executes; -errno when it
 * could not be started, and then *ret_step tells what failed. Nothing is left running on failure
 * but perhaps the judge, which has nobody to judge and ends.
 */
int run_child_start(const struct cgroup *cgroup, char **argv, const struct run_signals *before,
                    struct run_judge *judge, pid_t *ret_pid, enum run_step *ret_step);

/* Waits until it ends, passes on what cgward is sent meanwhile, but for SIGINT and SIGQUIT, and
 * replaces a reader that is killed meanwhile, and tells of a judge that is. Its exit status as
 * shells tell it: 128 + N if signal N ended it. -errno if it could not be waited for. */
int run_child_wait(pid_t pid, struct reader_child *reader, struct run_judge *judge);
