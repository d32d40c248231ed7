/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many instructions the kernel's verifier went through for each program pinned below DIRECTORY,
 * which is what loading them costs: "NAME COUNT" a line, by name as the kernel cuts it.
 *
 *   verified_instructions DIRECTORY
 */
#include <err.h>
#include <errno.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH_MAX 8

static uint32_t programs;

static int kernel_call(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* Maps and links are pinned beside the programs, and have infos of their own: what is no program
 * has no verified instructions. */
static int tell(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	union bpf_attr get = { .pathname = (uint64_t)(uintptr_t)path };
	struct bpf_prog_info info = { 0 };
	union bpf_attr ask = { 0 };
	int fd;

	(void)status;
	(void)place;
	if (kind != FTW_F)
		return 0;
	fd = kernel_call(BPF_OBJ_GET, &get);
	if (fd < 0)
		return 0;
	ask.info.bpf_fd = (uint32_t)fd;
	ask.info.info_len = sizeof(info);
	ask.info.info = (uint64_t)(uintptr_t)&info;
	if (strstr(path, "/programs/") && kernel_call(BPF_OBJ_GET_INFO_BY_FD, &ask) == 0) {
		printf("%.*s %u\n", BPF_OBJ_NAME_LEN, info.name, info.verified_insns);
		programs++;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: verified_instructions DIRECTORY");
	if (nftw(argv[1], tell, DEPTH_MAX, FTW_PHYS))
		err(3, "%s", argv[1]);
	if (!programs)
		errx(3, "%s: no program is pinned there", argv[1]);
	return 0;
}
