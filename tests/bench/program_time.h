/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time spent inside the device programs that are attached to a cgroup itself, whoever attached
 * them, by the statistics of the kernel (kernel.bpf_stats_enabled, or BPF_ENABLE_STATS held open).
 * It includes the statistics' own looks at the clock, some 50 ns a run.
 */
#pragma once

#include <bpf/bpf.h>

#include "place.h"

#define PROGRAMS_MAX 4

struct program_time {
	int fds[PROGRAMS_MAX];
	uint32_t count;
};

static inline void program_time_open(const char *cgroup, struct program_time *ret_programs)
{
	struct program_time programs = { .count = PROGRAMS_MAX };
	uint32_t ids[PROGRAMS_MAX];
	int fd = open_cgroup(cgroup);

	if (bpf_prog_query(fd, BPF_CGROUP_DEVICE, 0, NULL, ids, &programs.count))
		err(EXIT_PREPARATION, "programs of %s", cgroup);
	if (!programs.count)
		errx(EXIT_PREPARATION, "%s has no device program", cgroup);
	for (uint32_t i = 0; i < programs.count; i++)
		programs.fds[i] = made(bpf_prog_get_fd_by_id(ids[i]), "a device program");
	close(fd);
	*ret_programs = programs;
}

static inline uint64_t program_time_ns(const struct program_time *programs)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < programs->count; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t length = sizeof(info);

		if (bpf_obj_get_info_by_fd(programs->fds[i], &info, &length))
			err(EXIT_PREPARATION, "time of a program");
		sum_ns += info.run_time_ns;
	}
	return sum_ns;
}
