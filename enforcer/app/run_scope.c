/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and unmaking what a run happens in. Whatever fails half way leaves a cgroup that is empty
 * or policed, never a process without its policy.
 */
#include "app/run_scope.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/command.h"
#include "app/use_ward.h"
#include "kernel/run_cgroup.h"

/* A random tail, so that nobody else makes a cgroup of that name before us. */
static int make_cgroup(struct diag *diag, struct cgroup *ret_cgroup)
{
	CLEANUP(cgroup_fini) struct cgroup own = CGROUP_INIT;
	char name[64];
	uint32_t tail = 0;
	int error = cgroup_of_pid(0, diag, &own);

	if (error)
		return error;
	if (getrandom(&tail, sizeof(tail), 0) != sizeof(tail))
		return -EIO;
	snprintf(name, sizeof(name), RUN_CGROUP_PREFIX "%d-%08" PRIx32, getpid(), tail);
	return cgroup_make_child(&own, name, diag, ret_cgroup);
}

int run_scope_open(struct ward *ward, const struct loaded_policy *loaded, const char *path,
                   struct cgroup *ret_cgroup, struct run_judge *ret_judge)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	const struct apply_options options = {
		.is_run = true,
		.runner_pid = getpid(),
		.meta_path = path,
	};
	struct apply_result result;
	int error, program = -1;

	ward_begin(ward);
	error = make_cgroup(&diag, &cgroup);
	if (error) {
		refused(&diag, error, "cannot make a cgroup");
		return error;
	}
	error = ward_apply(ward, loaded->policy, loaded->image, &cgroup, &options, &diag, &result);
	if (!error && (result.hooks & 1U << HOOK_SECCOMP)) {
		program = ward_socket_program(ward);
		error = program < 0 ? program : 0;
	}
	if (error) {
		refused(&diag, error, cgroup.path);
		run_cgroup_remove(&cgroup);
		return error;
	}
	command_findings(&diag, NULL);
	*ret_judge = (struct run_judge){ .program = program, .cgroup_id = cgroup.id };
	*ret_cgroup = cgroup;
	cgroup = (struct cgroup)CGROUP_INIT;
	return 0;
}

static void wait_until_empty(const struct cgroup *cgroup)
{
	CLEANUP_CLOSE int fd = openat(cgroup->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	bool populated = false;

	if (fd < 0)
		return;
	/* The state is read after the file was opened: a change since then wakes the poll. */
	while (!cgroup_is_populated(cgroup, &populated) && populated) {
		if (poll(&events, 1, LEFTOVERS_TIMEOUT_MS) <= 0)
			return;
		if (lseek(fd, 0, SEEK_SET) || read(fd, &(char[64]){ 0 }, 64) < 0)
			return;
	}
}

/* The cgroup goes first: while a process is in it, that fails, and the policy stays. */
void run_scope_close(struct ward *ward, const struct cgroup *cgroup)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	int error;

	wait_until_empty(cgroup);
	ward_begin(ward);
	error = run_cgroup_remove(cgroup);
	if (error == -EBUSY) {
		command_error("processes are left in %s: they stay under the policy, and a later "
		              "command sweeps it",
		              cgroup->path);
		return;
	}
	if (!error)
		error = ward_remove(ward, cgroup->id, &diag);
	if (error && error != -ENOENT)
		refused(&diag, error, cgroup->path);
}
