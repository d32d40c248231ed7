/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching the directory for writes to the file in it needs one watch and survives rotation. A
 * change between the last look and the wait is queued, because the watch is there from the start.
 */
#include "app/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Some file systems do not tell; then this is how late we are. */
#define LOOK_ANYWAY_MS 1000

int follow_init(struct follow *follow, const char *path)
{
	CLEANUP_CLOSE int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	CLEANUP_FREE char *directory = NULL;
	const char *slash = strrchr(path, '/');

	if (fd < 0)
		return -errno;
	directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!directory)
		return -ENOMEM;
	if (inotify_add_watch(fd, directory, IN_MODIFY | IN_CREATE | IN_MOVE | IN_DELETE) < 0)
		return -errno;
	follow->inotify_fd = TAKE_FD(fd);
	follow->path = path;
	return 0;
}

void follow_fini(struct follow *follow)
{
	cleanup_close(&follow->inotify_fd);
}

void follow_wait_for_name(struct follow *follow)
{
	struct pollfd ready = { .fd = follow->inotify_fd, .events = POLLIN };
	char events[4096];

	poll(&ready, 1, LOOK_ANYWAY_MS);
	while (read(follow->inotify_fd, events, sizeof(events)) > 0)
		;
}

static bool is_other_file(const struct follow *follow, int fd)
{
	struct stat ours, named;

	if (fstat(fd, &ours) || stat(follow->path, &named))
		return false;
	return ours.st_ino != named.st_ino || ours.st_dev != named.st_dev;
}

static bool has_grown(int fd)
{
	struct stat status;
	off_t at = lseek(fd, 0, SEEK_CUR);

	return fstat(fd, &status) || at < status.st_size;
}

/* The writer writes the end of the old file before it makes the new one: once the new one is there
 * and the old one is read to its end, the old one is done. */
bool follow_wait(struct follow *follow, int fd)
{
	if (is_other_file(follow, fd))
		return has_grown(fd);
	follow_wait_for_name(follow);
	return true;
}
