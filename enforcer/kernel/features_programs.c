/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes of what the kernel loads and attaches. Hooks are tried with programs of two instructions
 * that allow everything, so that a hook that is missing is told from a program that is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "cgward.skel.h"
#include "kernel/features_private.h"
#include "kernel/hooks.h"
#include "kernel/lsm.h"
#include "kernel/socket_filter.h"
#include "kernel/ward_private.h"

static const struct bpf_insn allow[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load_allow(enum bpf_prog_type type, enum bpf_attach_type attach_type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);
	int fd = bpf_prog_load(type, "probe", "GPL", allow, sizeof(allow) / sizeof(allow[0]),
	                       &options);

	return fd < 0 ? -errno : fd;
}

static void probe_hook(struct probing *probing, enum hook hook)
{
	int program CLEANUP_CLOSE = load_allow(hook_program_type(hook), hook_attach_type(hook));
	int link CLEANUP_CLOSE = -1;
	enum feature_state state = FEATURE_YES;
	const char *detail = "";

	if (program < 0) {
		state = FEATURE_NO;
		detail = strerror(-program);
	} else if (probing->scratch.fd < 0) {
		state = FEATURE_UNKNOWN;
		detail = "loads; no scratch cgroup to attach it to";
	} else {
		link = bpf_link_create(program, probing->scratch.fd, hook_attach_type(hook), NULL);
		if (link < 0) {
			state = FEATURE_NO;
			detail = strerror(errno);
		}
	}
	feature_add(probing, hook_name(hook), hook_purpose(hook), false, state, "%s", detail);
}

/* As an apply does it: the anchor, then the storage. */
static void probe_storage(struct probing *probing, const struct cgward_bpf *skeleton)
{
	struct attachment attachment = { 0 };
	int link CLEANUP_CLOSE = -1;
	bool works;

	if (!skeleton || probing->scratch.fd < 0) {
		feature_add(probing, "cgroup storage", "from a cgroup to its policy", true,
		            FEATURE_UNKNOWN, "needs the programs and a scratch cgroup");
		return;
	}
	link = bpf_link_create(bpf_program__fd(skeleton->progs.anchor), probing->scratch.fd,
	                       BPF_CGROUP_SYSCTL, NULL);
	works = link >= 0 && bpf_map_update_elem(bpf_map__fd(skeleton->maps.storage),
	                                         &probing->scratch.id, &attachment, BPF_ANY) == 0;
	feature_add(probing, "cgroup storage", "from a cgroup to its policy", true,
	            works ? FEATURE_YES : FEATURE_NO, "%s", works ? "" : strerror(errno));
}

static void probe_object(struct probing *probing)
{
	struct cgward_bpf *skeleton;
	int error;

	libbpf_log_begin();
	skeleton = cgward_bpf__open();
	error = skeleton ? cgward_bpf__load(skeleton) : -errno;
	feature_add(probing, "programs", "the programs of this build load", true,
	            error ? FEATURE_NO : FEATURE_YES, "%s%s%s", error ? strerror(-error) : "",
	            error ? "\n" : "", error ? libbpf_log_tail() : "");
	probe_storage(probing, error ? NULL : skeleton);
	cgward_bpf__destroy(skeleton);
}

static void probe_perf(struct probing *probing)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
	};
	int fd CLEANUP_CLOSE =
	        (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	feature_add(probing, "perf output", "the audit log", false,
	            fd >= 0 ? FEATURE_YES : FEATURE_NO, "%s",
	            fd >= 0 ? ""
	                    : "refused: it needs CAP_SYS_ADMIN where kernel.perf_event_paranoid is "
	                      "3, else CAP_PERFMON");
}

/* Whether the kernel tells root the address of the symbol of this line of /proc/kallsyms. */
static bool tells_address_of(const char *line, const char *symbol)
{
	const char *name = strrchr(line, ' ');

	return name && strncmp(name + 1, symbol, strlen(symbol)) == 0 &&
	       name[1 + strlen(symbol)] == '\n' && line[strspn(line, "0")] != ' ';
}

/* What bpf/lsm/remember.h goes by. */
static bool tells_locks(void)
{
	FILE *symbols CLEANUP_FCLOSE = fopen("/proc/kallsyms", "re");
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;
	bool renames = false, mounts = false;

	while (symbols && !(renames && mounts) && getline(&line, &size, symbols) > 0) {
		renames |= tells_address_of(line, "rename_lock");
		mounts |= tells_address_of(line, "mount_lock");
	}
	return renames && mounts;
}

static void probe_lsm_memory(struct probing *probing)
{
	bool tells = tells_locks();

	feature_add(probing, "lsm memory", "an open that was allowed is not judged anew", false,
	            tells ? FEATURE_YES : FEATURE_NO, "%s",
	            tells ? ""
	                  : "/proc/kallsyms does not tell rename_lock and mount_lock\n"
	                    "set kernel.kptr_restrict below 2 before policies are loaded");
}

/* By a denial that really happens: where `bpf` is not in the list, programs load, attach and never
 * run. */
static void probe_lsm(struct probing *probing)
{
	char list[LSM_LIST_MAX];
	const char *reason = "";
	bool known = lsm_list(list);
	bool works = lsm_try(&reason) == 0;

	feature_add(probing, "lsm",
	            "[file], [exec], [unix], [capability], [operation], all families of [socket]",
	            false, works ? FEATURE_YES : FEATURE_NO, "%s%s%s%s%s", reason,
	            works ? "" : "; ", "lsm list: ", known ? list : "unknown",
	            works ? "" : "\nboot a kernel that has CONFIG_BPF_LSM with `lsm=LIST,bpf`");
	if (works)
		probe_lsm_memory(probing);
}

/* Likewise by a denial that really happens. */
static void probe_seccomp(struct probing *probing)
{
	const char *reason = "";
	bool works = socket_filter_try(&reason) == 0;

	feature_add(probing, "seccomp",
	            "[socket] without lsm: other families, of what `cgward run` starts", false,
	            works ? FEATURE_YES : FEATURE_NO, "%s", reason);
}

void probe_programs(struct probing *probing)
{
	libbpf_log_begin();
	for (uint32_t hook = 0; hook < CGROUP_HOOK_COUNT; hook++)
		probe_hook(probing, (enum hook)hook);
	probe_object(probing);
	probe_perf(probing);
	probe_lsm(probing);
	probe_seccomp(probing);
}
