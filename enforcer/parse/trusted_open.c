/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that root alone can write is not enough: whoever can write its directory moves it away and
 * puts another there that root wrote, an old policy or one of somebody else. So the directory must
 * be root's, and writable by others only if it is sticky, as /tmp is: there only the owner of a
 * file can move it.
 *
 * The hard idea: nothing may be swapped between the look at a directory and the opening. Each is
 * held open, and the next name is opened from there, symbolic links one by one. In sticky
 * directories anybody can make a link, so it must be root's, as the kernel asks under
 * fs.protected_symlinks.
 *
 * Directories further up are not judged. Whoever can write one of those can put no directory of his
 * own there, it would not be root's; another of root's that holds a file of that name he can.
 */
#include "parse/trusted_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

#define LINKS_MAX 40 /* as path_resolution(7) has it */

int trusted_file(const struct stat *status, const char **ret_why)
{
	const char *why = NULL;

	if (status->st_uid != 0)
		why = "not trusted, its owner is not root";
	else if (status->st_mode & S_IWOTH)
		why = "not trusted, everybody may write to it";
	else if (status->st_mode & S_IWGRP)
		why = "not trusted, its group may write to it";
	if (!why)
		return 0;
	*ret_why = why;
	return -EPERM;
}

static int trusted_directory(int fd, const char **ret_why)
{
	struct stat status;
	const char *why = NULL;
	bool is_sticky;

	if (fstat(fd, &status))
		return -errno;
	is_sticky = status.st_mode & S_ISVTX;
	if (status.st_uid != 0)
		why = "not trusted, the owner of its directory is not root";
	else if (!is_sticky && status.st_mode & S_IWOTH)
		why = "not trusted, everybody may write to its directory";
	else if (!is_sticky && status.st_mode & S_IWGRP)
		why = "not trusted, the group of its directory may write to that";
	if (!why)
		return 0;
	*ret_why = why;
	return -EPERM;
}

/* From the directory `from` to the one that holds what `path` names; *ret_name is within `path`. */
static int enter(int from, const char *path, int *ret_fd, const char **ret_name,
                 const char **ret_why)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	CLEANUP_FREE char *directory = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	CLEANUP_CLOSE int fd = -1;
	int error;

	if (!directory)
		return -ENOMEM;
	fd = openat(from, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = trusted_directory(fd, ret_why);
	if (error)
		return error;
	*ret_fd = TAKE_FD(fd);
	*ret_name = *name || !slash ? name : ".";
	return 0;
}

static int read_link(int directory, const char *name, char **ret_target, const char **ret_why)
{
	CLEANUP_CLOSE int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_FREE char *target = calloc(1, PATH_MAX);
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status))
		return -errno;
	if (!target)
		return -ENOMEM;
	if (!S_ISLNK(status.st_mode))
		return -EAGAIN;
	if (status.st_uid != 0) {
		*ret_why = "not trusted, the owner of a symbolic link to it is not root";
		return -EPERM;
	}
	length = readlinkat(fd, "", target, PATH_MAX);
	if (length < 0)
		return -errno;
	if (length == PATH_MAX)
		return -ENAMETOOLONG;
	*ret_target = TAKE_PTR(target);
	return 0;
}

/* One step: opens the file, or finds the link that stands in its place and its directory. */
static int step(int from, const char *path, int *ret_fd, int *ret_directory, char **ret_target,
                const char **ret_why)
{
	CLEANUP_CLOSE int directory = -1;
	const char *name = NULL;
	int fd, error = enter(from, path, &directory, &name, ret_why);

	if (error)
		return error;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno != ELOOP)
		return -errno;
	error = read_link(directory, name, ret_target, ret_why);
	if (!error)
		*ret_directory = TAKE_FD(directory);
	return error;
}

int trusted_open(const char *path, int *ret_fd, const char **ret_why)
{
	CLEANUP_FREE char *way = strdup(path);
	CLEANUP_CLOSE int from = -1;

	if (!way)
		return -ENOMEM;
	for (int links = 0; links <= LINKS_MAX; links++) {
		int fd = -1, directory = -1;
		char *target = NULL;
		int error =
		        step(from < 0 ? AT_FDCWD : from, way, &fd, &directory, &target, ret_why);

		if (error)
			return error;
		if (fd >= 0) {
			*ret_fd = fd;
			return 0;
		}
		free(way);
		way = target;
		if (from >= 0)
			close(from);
		from = directory;
	}
	return -ELOOP;
}
