/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes of the machine around the programs: rights, file systems, cgroups. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/features_private.h"
#include "kernel/mountinfo.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

static void probe_kernel(struct probing *probing)
{
	struct utsname name;

	if (uname(&name) == 0)
		feature_add(probing, "kernel", "for bug reports", false, FEATURE_YES, "%s %s",
		            name.release, name.machine);
}

static bool has_capability(const struct __user_cap_data_struct data[2], unsigned int capability)
{
	return data[capability / 32].effective & (1U << (capability % 32));
}

/* CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON; programs that see the network need
 * CAP_NET_ADMIN as well, and mounting bpffs needs CAP_SYS_ADMIN. */
static void probe_capabilities(struct probing *probing)
{
	static const struct {
		unsigned int number;
		const char *name;
	} needed[] = { { CAP_SYS_ADMIN, " CAP_SYS_ADMIN" },
		       { CAP_NET_ADMIN, " CAP_NET_ADMIN" },
		       { CAP_DAC_READ_SEARCH, " CAP_DAC_READ_SEARCH" } };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	char missing[128] = "";

	if (syscall(SYS_capget, &header, data) < 0) {
		feature_add(probing, "capabilities", "loading and attaching", true, FEATURE_UNKNOWN,
		            "%s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		size_t length = strlen(missing);

		if (!has_capability(data, needed[i].number))
			snprintf(missing + length, sizeof(missing) - length, "%s", needed[i].name);
	}
	feature_add(probing, "capabilities", "loading and attaching", true,
	            *missing ? FEATURE_NO : FEATURE_YES, "%s%s", *missing ? "missing:" : "",
	            missing);
}

static void probe_bpffs(struct probing *probing)
{
	struct statfs filesystem;
	int fd CLEANUP_CLOSE = -1;

	if (statfs("/sys/fs/bpf", &filesystem) == 0 && filesystem.f_type == BPF_FS_MAGIC) {
		feature_add(probing, "bpffs", "policies outlive the command", true, FEATURE_YES,
		            "mounted at /sys/fs/bpf");
		return;
	}
	fd = (int)syscall(SYS_fsopen, "bpf", 1 /* FSOPEN_CLOEXEC */);
	if (fd >= 0)
		feature_add(probing, "bpffs", "policies outlive the command", true, FEATURE_YES,
		            "not mounted; `cgward apply` mounts it at /sys/fs/bpf");
	else
		feature_add(probing, "bpffs", "policies outlive the command", true,
		            errno == ENODEV ? FEATURE_NO : FEATURE_UNKNOWN, "%s", strerror(errno));
}

static int note_cgroup1(void *context, const struct mount *mount)
{
	bool *found = context;

	*found |= strcmp(mount->type, "cgroup") == 0;
	return 0;
}

static void probe_cgroup2(struct probing *probing)
{
	struct diag unread CLEANUP(diag_fini) = DIAG_INIT;
	char *point CLEANUP_FREE = NULL;
	bool hybrid = false;

	if (cgroup_mount_point(&unread, &point)) {
		feature_add(probing, "cgroup2", "what policies are bound to", true, FEATURE_NO,
		            "no cgroup2 hierarchy is mounted");
		return;
	}
	mountinfo_each(note_cgroup1, &hybrid);
	feature_add(probing, "cgroup2", "what policies are bound to", true, FEATURE_YES,
	            "mounted at %s (%s)", point,
	            hybrid ? "hybrid: version 1 hierarchies beside it" : "pure");
	if (probing->own.fd >= 0)
		feature_add(probing, "child cgroups", "cgward run", false,
		            probing->scratch.fd >= 0 ? FEATURE_YES : FEATURE_NO,
		            "below the caller's own, %s", probing->own.path);
}

void probe_machine(struct probing *probing)
{
	probe_kernel(probing);
	probe_capabilities(probing);
	probe_bpffs(probing);
	probe_cgroup2(probing);
}
