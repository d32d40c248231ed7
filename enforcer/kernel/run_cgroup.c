/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/run_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/scan.h"
#include "kernel/ward_private.h"

#define DEPTH_MAX 32

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

uint64_t process_start(int pid)
{
	char path[64], text[1024], *at;
	int fd CLEANUP_CLOSE = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	/* proc(5): field 2 is in parentheses and may hold anything; the start time is field 22. */
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return 0;
	at++;
	return content_hash(at, strcspn(at, " ")) | 1;
}

bool run_is_alive(int pid, uint64_t start)
{
	return process_start(pid) == start;
}

static int remove_below(int fd, int depth)
{
	DIR *directory CLEANUP(cleanup_closedir) = NULL;
	struct dirent *entry;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (copy < 0)
		return -errno;
	directory = fdopendir(copy);
	if (!directory) {
		close(copy);
		return -ENOMEM;
	}
	while ((entry = readdir(directory))) {
		int child CLEANUP_CLOSE = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0 && depth)
			remove_below(child, depth - 1);
		if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) < 0)
			return -errno;
	}
	return 0;
}

int run_cgroup_remove(const struct cgroup *cgroup)
{
	char link[64], path[PATH_MAX];
	bool populated = true;
	ssize_t length;
	int error = cgroup_is_populated(cgroup, &populated);

	if (error || populated)
		return error ? error : -EBUSY;
	error = remove_below(cgroup->fd, DEPTH_MAX);
	if (error)
		return error;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", cgroup->fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	return rmdir(path) < 0 ? -errno : 0;
}

/* "cgward-run-PID-...", as `cgward run` names them. */
static bool is_orphan(const char *name)
{
	struct complaint complaint;
	struct span digits;
	uint32_t pid;

	if (strncmp(name, RUN_CGROUP_PREFIX, strlen(RUN_CGROUP_PREFIX)) != 0)
		return false;
	digits.start = name + strlen(RUN_CGROUP_PREFIX);
	digits.length = strcspn(digits.start, "-");
	return scan_number(digits, "pid", INT32_MAX, &pid, &complaint) == 0 &&
	       !process_start((int)pid);
}

void run_cgroups_sweep(struct ward *ward)
{
	struct diag unread CLEANUP(diag_fini) = DIAG_INIT;
	struct cgroup own CLEANUP(cgroup_fini) = CGROUP_INIT;
	DIR *directory CLEANUP(cleanup_closedir) = NULL;
	struct dirent *entry;
	int fd;

	if (cgroup_of_pid(0, &unread, &own))
		return;
	fd = openat(own.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		struct policed policed;

		/* A policed one was judged before; unlinkat refuses one with tasks. */
		if (entry->d_type == DT_DIR && is_orphan(entry->d_name) &&
		    policed_get(ward, entry->d_ino, &policed) == -ENOENT)
			unlinkat(own.fd, entry->d_name, AT_REMOVEDIR);
	}
}
