/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches LSM programs that do nothing (empty_lsm.bpf.c):
 *
 *   vm_empty DIRECTORY
 *
 * pins their links in DIRECTORY of bpffs, which it makes. They are attached until that is removed.
 */
#include <err.h>
#include <stdio.h>
#include <sys/stat.h>

#include <bpf/libbpf.h>

#include "../probes/lib/outcome.h"
#include "empty_lsm.skel.h"

int main(int argc, char **argv)
{
	struct empty_lsm_bpf *empty;
	struct bpf_program *program;
	char path[512];

	if (argc != 2)
		errx(EXIT_USAGE, "usage: vm_empty DIRECTORY");
	empty = empty_lsm_bpf__open_and_load();
	if (!empty)
		err(EXIT_PREPARATION, "empty_lsm.bpf.o");
	if (mkdir(argv[1], 0700))
		err(EXIT_PREPARATION, "%s", argv[1]);
	bpf_object__for_each_program(program, empty->obj)
	{
		struct bpf_link *link = bpf_program__attach(program);

		snprintf(path, sizeof(path), "%s/%s", argv[1], bpf_program__name(program));
		if (!link || bpf_link__pin(link, path))
			err(EXIT_PREPARATION, "%s", path);
		bpf_link__destroy(link);
	}
	empty_lsm_bpf__destroy(empty);
	return 0;
}
