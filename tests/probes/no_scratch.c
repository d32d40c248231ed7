/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes every slot of the LSM programs' scratch space, as tasks would that are preempted within
 * them, runs a command, and gives the slots back. Status: the command's.
 *
 *   no_scratch MAP COMMAND…   MAP is the pin, "lsm/scratches"
 *
 * The command must not be policed itself: nothing that is can be executed meanwhile.
 */
#include <err.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/outcome.h"

/* struct scratch begins with `busy` (bpf/lsm/state.h). */
struct slots {
	int map;
	struct bpf_map_info info;
	uint32_t processors;
	char *values; /* of one slot, one for each processor */
};

static int kernel_call(enum bpf_cmd command, union bpf_attr *attributes)
{
	int value = (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	if (value < 0)
		err(EXIT_PREPARATION, "bpf command %d", command);
	return value;
}

static size_t value_size(const struct slots *slots)
{
	return (slots->info.value_size + 7U) & ~(size_t)7;
}

/* "0-3" or "0" */
static uint32_t possible_processors(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
	uint32_t first = 0, last = 0;
	int read = file ? fscanf(file, "%u-%u", &first, &last) : 0;

	if (!file || read < 1)
		err(EXIT_PREPARATION, "processors");
	fclose(file);
	return (read == 2 ? last : first) + 1;
}

static struct slots open_slots(const char *pin)
{
	union bpf_attr get = { .pathname = (uint64_t)(uintptr_t)pin }, ask = { 0 };
	struct slots slots = { .processors = possible_processors() };

	slots.map = kernel_call(BPF_OBJ_GET, &get);
	ask.info.bpf_fd = (uint32_t)slots.map;
	ask.info.info_len = sizeof(slots.info);
	ask.info.info = (uint64_t)(uintptr_t)&slots.info;
	kernel_call(BPF_OBJ_GET_INFO_BY_FD, &ask);
	slots.values = calloc(slots.processors, value_size(&slots));
	if (!slots.values)
		err(EXIT_PREPARATION, "memory");
	return slots;
}

static void set_busy(const struct slots *slots, uint32_t busy)
{
	for (uint32_t slot = 0; slot < slots->info.max_entries; slot++) {
		union bpf_attr one = {
			.map_fd = (uint32_t)slots->map,
			.key = (uint64_t)(uintptr_t)&slot,
			.value = (uint64_t)(uintptr_t)slots->values,
		};

		kernel_call(BPF_MAP_LOOKUP_ELEM, &one);
		for (uint32_t i = 0; i < slots->processors; i++)
			memcpy(slots->values + i * value_size(slots), &busy, sizeof(busy));
		kernel_call(BPF_MAP_UPDATE_ELEM, &one);
	}
}

int main(int argc, char **argv)
{
	struct slots slots;
	pid_t child;
	int status;

	if (argc < 3)
		errx(EXIT_USAGE, "usage: no_scratch MAP COMMAND...");
	slots = open_slots(argv[1]);
	set_busy(&slots, 1);
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(EXIT_PREPARATION);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		status = -1;
	set_busy(&slots, 0);
	free(slots.values);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_PREPARATION;
}
