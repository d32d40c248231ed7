/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cgroups of the v2 hierarchy: where it is mounted (hybrid systems: not at the root of
 * /sys/fs/cgroup), names to directories to ids and back. Names are hostile: no component may be
 * "..", nothing is followed out of the mount, a directory is opened once and then used by fd.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

struct cgroup {
	int fd;       /* O_DIRECTORY | O_CLOEXEC */
	uint64_t id;  /* as bpf_get_current_cgroup_id() */
	char *path;   /* owned; below the mount, "/" for its root */
	bool is_root; /* of the whole hierarchy as seen from here */
};

#define CGROUP_INIT      \
	{                \
		.fd = -1 \
	}

void cgroup_fini(struct cgroup *cgroup);

/* Mount point of cgroup2 in this mount namespace, from /proc/self/mountinfo; malloc'ed. -ENOENT
 * with a finding that says how to mount it. */
int cgroup_mount_point(struct diag *diag, char **ret_path);

/* `name`: a path below the mount ("/system.slice/x" or "system.slice/x"), or one that starts with
 * the mount point itself. Errors are findings with the reason; -ENODEV: the hierarchy itself cannot
 * be found. */
int cgroup_open(const char *name, struct diag *diag, struct cgroup *ret_cgroup);

/* The cgroup of a process (0: the caller), from /proc/PID/cgroup's "0::" line. */
int cgroup_of_pid(int pid, struct diag *diag, struct cgroup *ret_cgroup);

/* Makes and opens a child of `parent`; `name` is one component. -EEXIST is passed on. */
int cgroup_make_child(const struct cgroup *parent, const char *name, struct diag *diag,
                      struct cgroup *ret_cgroup);

/* A directory fd of a live cgroup by its id (open_by_handle_at), or -errno: -ESTALE when it is
 * gone. `mount_fd` is the open mount point. */
int cgroup_open_by_id(int mount_fd, uint64_t id);

/* Path below the mount of a live cgroup by its id, malloc'ed; -ESTALE when it is gone. `mount_fd`
 * is the open mount point. */
int cgroup_path_of_id(int mount_fd, uint64_t id, char **ret_path);

/* Whether a task is in it or below. 0 or -errno. */
int cgroup_is_populated(const struct cgroup *cgroup, bool *ret_populated);
