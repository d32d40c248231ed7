/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between a process and the child it starts, with a descriptor if need be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Two ends, O_CLOEXEC: of a pipe, or, where descriptors are to be sent, of a socket, which a policy
 * above may well deny. Messages are short and stay one each. 0 or -errno. */
int message_pair(bool with_fds, int *ret_here, int *ret_there);

/* `fd` may be -1; the caller keeps it. 0 or -errno. Safe between fork(2) and execve(2). */
int message_send(int to, const void *bytes, size_t size, int fd);

/* How many bytes came, 0 at the end, or -errno; *ret_fd, owned by the caller, or -1. */
ssize_t message_receive(int from, void *bytes, size_t size, int *ret_fd);
