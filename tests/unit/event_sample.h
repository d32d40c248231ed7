/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record as programs make them, and the names a reader knows for it: what tests of lines begin
 * with and then bend.
 */
#pragma once

#include <sys/socket.h>

#include "model/policy.h"
#include "output/event_line.h"

static inline struct event sample(enum hook hook)
{
	struct event event = {
		.size = sizeof(event),
		.abi_version = ABI_VERSION,
		.hook = (__u8)hook,
		.effect = EFFECT_DENIED,
		.section = SECTION_CONNECT,
		.operations = 1,
		.sequence = 77,
		.time_ns = 5,
		.cgroup_id = 4711,
		.policy_cgroup_id = 4710,
		.slot = 1,
		.generation = 9,
		.rule = 1,
		.uid = 1000,
		.pid = 1234,
		.tid = 1235,
		.parent_pid = 99,
		.error = -1,
		.comm = "curl",
		.parent_comm = "bash",
		.asked = { 0, 0, 0, 0 },
		.judged = { 0, 0, 0, 0x7f000001 },
		.port = 80,
		.family = AF_INET,
		.judged_family = AF_INET,
		.socket_type = SOCK_STREAM,
		.protocol = 6,
	};

	return event;
}

static inline struct event_names sample_names(void)
{
	static const char policy[] = "\"web\"", file[] = "\"/etc/cgward/web.ini\"";
	static const char rule[] = "\"policies/web.ini:12\"";
	static const char text[] = "\"deny = tcp 10.66.0.0/16\"";

	return (struct event_names){
		.policy = { policy, sizeof(policy) - 1 },
		.policy_file = { file, sizeof(file) - 1 },
		.rule = { { rule, sizeof(rule) - 1 }, { text, sizeof(text) - 1 } },
		.cgroup = { "\"/a/b\"", 6 },
		.policy_cgroup = { "\"/a\"", 4 },
	};
}
