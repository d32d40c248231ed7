/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in the way of our links: programs that tolerate no other beside or below them. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/features_private.h"
#include "kernel/hooks.h"
#include "model/policy.h"

#define ROOM_NAME    "room for links"
#define ROOM_PURPOSE "on the cgroup asked about"

/* A link is refused with EPERM where the cgroup or an ancestor holds a program attached with no
 * flags, or the cgroup itself one attached with BPF_F_ALLOW_OVERRIDE (kernel/bpf/cgroup.c,
 * hierarchy_allows_attach and __cgroup_bpf_attach). */
static bool is_exclusive(int cgroup_fd, enum bpf_attach_type type, bool is_target,
                         uint32_t *ret_program)
{
	uint32_t flags = 0, count = 1, program = 0;

	if (bpf_prog_query(cgroup_fd, type, 0, &flags, &program, &count) < 0 && errno != ENOSPC)
		return false;
	if (!count || (flags & BPF_F_ALLOW_MULTI) || (flags && !is_target))
		return false;
	*ret_program = program;
	return true;
}

/* Also sysctl: the anchor has to be attached for a moment. */
static bool report_level(struct probing *probing, const struct cgroup *cgroup, bool is_target)
{
	bool found = false;

	for (uint32_t hook = 0; hook <= CGROUP_HOOK_COUNT; hook++) {
		bool is_hook = hook < CGROUP_HOOK_COUNT;
		const char *name = is_hook ? hook_name((enum hook)hook) : "sysctl";
		enum bpf_attach_type type =
		        is_hook ? hook_attach_type((enum hook)hook) : BPF_CGROUP_SYSCTL;
		uint32_t program;

		if (!is_exclusive(cgroup->fd, type, is_target, &program))
			continue;
		found = true;
		feature_add(probing, ROOM_NAME, ROOM_PURPOSE, false, FEATURE_NO,
		            "program %u for %s on %s tolerates no other; whoever attached it must "
		            "use BPF_F_ALLOW_MULTI",
		            program, name, cgroup->path);
	}
	return found;
}

static void report_levels(struct probing *probing, const struct cgroup *target)
{
	char *path CLEANUP_FREE = strdup(target->path);
	bool found = false, is_target = true;

	while (path) {
		struct diag unread CLEANUP(diag_fini) = DIAG_INIT;
		struct cgroup cgroup CLEANUP(cgroup_fini) = CGROUP_INIT;
		char *slash = strrchr(path, '/');

		if (cgroup_open(path, &unread, &cgroup) == 0)
			found |= report_level(probing, &cgroup, is_target);
		if (!slash || !slash[1])
			break;
		slash[slash == path] = '\0';
		is_target = false;
	}
	if (!found)
		feature_add(probing, ROOM_NAME, ROOM_PURPOSE, false, FEATURE_YES, "%s",
		            target->path);
}

void probe_exclusive(struct probing *probing, const char *cgroup_name)
{
	struct diag unread CLEANUP(diag_fini) = DIAG_INIT;
	struct cgroup target CLEANUP(cgroup_fini) = CGROUP_INIT;
	int error = cgroup_name ? cgroup_open(cgroup_name, &unread, &target)
	                        : cgroup_of_pid(0, &unread, &target);
	uint32_t none = 0;

	if (!error && bpf_prog_query(target.fd, BPF_CGROUP_DEVICE, 0, NULL, NULL, &none) < 0 &&
	    errno == EPERM)
		error = -EPERM;
	if (error)
		feature_add(probing, ROOM_NAME, ROOM_PURPOSE, false, FEATURE_UNKNOWN, "%s: %s",
		            cgroup_name ? cgroup_name : "the caller's own cgroup",
		            strerror(-error));
	else
		report_levels(probing, &target);
}
