/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpf/lsm/remember.h has remembered of a file, by the map that goes with its inode.
 *
 *   remembered FILE            prints OPERATIONS and TURN, "0 0" if there is nothing
 *   remembered exchange A B    nothing of it: exchanges two names
 *
 * TURN changes each time that the entry is written: an open that leaves it was not walked.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "remembered_files"

/* As in bpf/lsm/remember.h. */
struct remembered {
	uint32_t turn;
	uint32_t operations;
	uint64_t words[8];
};

static int kernel_call(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* The one map of this name; the kernel cuts names. */
static int open_map(void)
{
	union bpf_attr next = { 0 };

	while (kernel_call(BPF_MAP_GET_NEXT_ID, &next) == 0) {
		union bpf_attr get = { .map_id = next.next_id }, ask = { 0 };
		struct bpf_map_info info = { 0 };
		int fd = kernel_call(BPF_MAP_GET_FD_BY_ID, &get);

		ask.info.bpf_fd = (uint32_t)fd;
		ask.info.info_len = sizeof(info);
		ask.info.info = (uint64_t)(uintptr_t)&info;
		if (fd >= 0 && kernel_call(BPF_OBJ_GET_INFO_BY_FD, &ask) == 0 &&
		    strncmp(info.name, NAME, sizeof(info.name) - 1) == 0)
			return fd;
		close(fd);
		next.start_id = next.next_id;
	}
	errx(3, "there is no map %s", NAME);
}

static void tell(const char *path)
{
	struct remembered found = { 0 };
	int file = open(path, O_RDONLY | O_CLOEXEC), map = open_map();
	union bpf_attr look_up = {
		.map_fd = (uint32_t)map,
		.key = (uint64_t)(uintptr_t)&file,
		.value = (uint64_t)(uintptr_t)&found,
	};

	if (file < 0)
		err(3, "%s", path);
	if (kernel_call(BPF_MAP_LOOKUP_ELEM, &look_up) < 0 && errno != ENOENT)
		err(3, "the map");
	printf("%u %u\n", found.operations, found.turn);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "exchange") == 0) {
		if (syscall(SYS_renameat2, AT_FDCWD, argv[2], AT_FDCWD, argv[3], 2U))
			err(3, "%s, %s", argv[2], argv[3]);
	} else if (argc == 2) {
		tell(argv[1]);
	} else {
		errx(2, "usage: remembered FILE, remembered exchange A B");
	}
	return 0;
}
