/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A path given to a root process can name anything, so the file is opened once, without following
 * a link and without blocking on a FIFO, and then judged by its descriptor. A file that does not
 * begin like an audit log is not appended to, and above all not cut.
 */
#include "output/audit_file_open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "output/control_line.h"
#include "output/json_read.h"
#include "output/log_tail.h"

#define LOG_BEGINNING "{\"schema\":"

/* The last line and what may be torn after it. */
#define TAIL_BYTES_MAX (2U * AUDIT_LINE_BYTES_MAX)

static int refuse(struct diag *diag, const char *path, int error, const char *hint,
                  const char *reason)
{
	struct place place = { .path = path };

	diag_add(diag, SEVERITY_ERROR, "audit-log", &place, hint, "cannot use this audit log: %s",
	         reason);
	return error;
}

static int make_directory(const char *path)
{
	CLEANUP_FREE char *directory = NULL;
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return 0;
	directory = strndup(path, (size_t)(slash - path));
	if (!directory)
		return -ENOMEM;
	if (mkdir(directory, 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

static int open_file(const char *path)
{
	const int flags =
	        O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags, 0600);
	int error;

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	error = make_directory(path);
	if (error)
		return error;
	fd = open(path, flags, 0600);
	return fd >= 0 ? fd : -errno;
}

static int check_file(int fd, const char *path, struct diag *diag)
{
	struct stat status;

	if (fstat(fd, &status))
		return refuse(diag, path, -errno, NULL, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return refuse(diag, path, -EINVAL, NULL, "it is not a regular file");
	if (status.st_uid != geteuid())
		return refuse(diag, path, -EPERM, NULL, "it belongs to another user");
	if (status.st_mode & 077)
		return refuse(diag, path, -EPERM, "chmod 600 it, or name another file",
		              "other users may read or write it");
	if (flock(fd, LOCK_EX | LOCK_NB))
		return refuse(diag, path, -EBUSY, "`cgward log --follow` reads along",
		              "another process is writing it");
	return 0;
}

static bool begins_like_a_log(int fd, off_t size)
{
	char beginning[sizeof(LOG_BEGINNING) - 1];
	ssize_t wanted =
	        size < (off_t)sizeof(beginning) ? (ssize_t)size : (ssize_t)sizeof(beginning);

	return pread(fd, beginning, (size_t)wanted, 0) == wanted &&
	       !memcmp(beginning, LOG_BEGINNING, (size_t)wanted);
}

/* The number of the last whole line that has one; 0: none has. */
static int find_last_seq(const char *text, size_t length, uint64_t *ret_seq)
{
	uint64_t seq = 0;

	while (length && !seq) {
		const char *newline = memrchr(text, '\n', length - 1);
		size_t start = newline ? (size_t)(newline + 1 - text) : 0;
		CLEANUP_JSON json_object *record = NULL;
		int error = json_read_object(text + start, length - start, &record);

		if (error == -ENOMEM)
			return error;
		if (error || !json_read_u64(record, "seq", &seq))
			seq = 0;
		length = start;
	}
	*ret_seq = seq;
	return 0;
}

static int read_state(int fd, const char *path, struct diag *diag, struct opened_log *opened)
{
	CLEANUP_FREE char *text = NULL;
	const char *newline, *torn;
	struct stat status;
	size_t length;
	int error;

	if (fstat(fd, &status))
		return -errno;
	if (!status.st_size)
		return 0;
	if (!begins_like_a_log(fd, status.st_size))
		return refuse(diag, path, -EINVAL, NULL, "there is something else in it");
	error = log_read_end(fd, status.st_size, TAIL_BYTES_MAX, &text, &length);
	if (error)
		return refuse(diag, path, error, NULL, strerror(-error));
	newline = memrchr(text, '\n', length);
	if (!newline && (uint64_t)status.st_size > length)
		return refuse(diag, path, -EINVAL, NULL, "its last line has no end");
	torn = newline ? newline + 1 : text;
	opened->torn.bytes = length - (size_t)(torn - text);
	opened->torn.is_decision =
	        opened->torn.bytes >= sizeof(DECISION_LINE_PREFIX) - 1 &&
	        !memcmp(torn, DECISION_LINE_PREFIX, sizeof(DECISION_LINE_PREFIX) - 1);
	if (opened->torn.bytes && ftruncate(fd, status.st_size - (off_t)opened->torn.bytes))
		return refuse(diag, path, -errno, NULL, strerror(errno));
	return find_last_seq(text, (size_t)(torn - text), &opened->last_seq);
}

int log_open_for_writing(const char *path, struct diag *diag, struct opened_log *ret_opened)
{
	struct opened_log opened = { .fd = -1 };
	CLEANUP_CLOSE int fd = open_file(path);
	int error;

	if (fd == -ELOOP)
		return refuse(diag, path, fd, NULL, "it is a symbolic link");
	if (fd < 0)
		return refuse(diag, path, fd, NULL, strerror(-fd));
	error = check_file(fd, path, diag);
	if (!error)
		error = read_state(fd, path, diag, &opened);
	if (error)
		return error;
	opened.fd = TAKE_FD(fd);
	*ret_opened = opened;
	return 0;
}
