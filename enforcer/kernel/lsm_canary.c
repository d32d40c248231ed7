/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the kernel run LSM programs? Where `bpf` is not in its list of security modules they load
 * and attach without an error and never run. So a call is tried that must be denied.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"

/* getpgid(2) of this process, and of no other, is refused. */
static int load_canary(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 32 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .off = 2,
		  .imm = getpid() },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -EPERM },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	int id = libbpf_find_vmlinux_btf_id("task_getpgid", BPF_LSM_MAC), fd;

	if (id < 0)
		return id;
	options.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "canary", "GPL", program,
	                   sizeof(program) / sizeof(program[0]), &options);
	return fd < 0 ? -errno : fd;
}

bool lsm_list(char list[LSM_LIST_MAX])
{
	int fd CLEANUP_CLOSE = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, list, LSM_LIST_MAX - 1);

	list[length > 0 ? length : 0] = '\0';
	list[strcspn(list, "\n")] = '\0';
	return length >= 0;
}

int lsm_try(const char **ret_reason)
{
	int program CLEANUP_CLOSE = load_canary();
	int link CLEANUP_CLOSE = -1;

	if (program < 0) {
		*ret_reason = program == -ENOENT || program == -ESRCH
		                      ? "this kernel has no BPF LSM (CONFIG_BPF_LSM)"
		                      : "this kernel does not load LSM programs";
		return -EOPNOTSUPP;
	}
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0) {
		*ret_reason = "this kernel does not attach LSM programs";
		return -EOPNOTSUPP;
	}
	if (getpgid(getpid()) >= 0 || errno != EPERM) {
		*ret_reason = "this kernel attaches LSM programs and does not run them";
		return -EOPNOTSUPP;
	}
	return 0;
}
