/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [socket] without LSM programs: a seccomp filter on what `cgward run` starts. It stops each call
 * that makes a socket of a family that programs of cgroups do not see, and leaves the decision to
 * whoever serves its listener (socket_judge.h).
 *
 * The hard idea: a filter decides by the numbers a call is made with, which no other thread can
 * change after the decision, and everything of a socket is in those. What makes sockets otherwise
 * is stopped whatever it asks for: see enum unseen.
 *
 * A filter is inherited, and nothing takes it away. So it depends on no policy: which families are
 * policed is the image's business, and may change while the filter stays.
 */
#pragma once

#include <stdint.h>

#include "abi_seccomp.h"

struct sock_filter;

struct socket_filter {
	struct sock_filter *instructions; /* owned */
	unsigned short count;
};

/* 0, -ENOMEM or -EOPNOTSUPP (not for this processor). */
int socket_filter_make(struct socket_filter *ret_filter);
void socket_filter_fini(struct socket_filter *filter);

/*
 * Puts it on the calling thread, and so on all that it starts; kept over execve(2), setuid programs
 * and all. Its listener (O_CLOEXEC), or -errno: -EBUSY where a filter with a listener is on the
 * thread already, which the kernel allows once.
 */
int socket_filter_install(const struct socket_filter *filter);

/* Whether it can be had here, tried with a call that is denied: 0, or -EOPNOTSUPP and the reason,
 * static. */
int socket_filter_try(const char **ret_reason);

/* What a call of that processor mode and number, which the filter stopped, asks for: family, type,
 * protocol, or unseen. `arguments` are the six registers. */
struct socket_call socket_filter_call(uint32_t arch, int number, const uint64_t arguments[6]);
