/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer. What must be true of the file before a byte goes into it is audit_file_open.c.
 */
#include "output/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/audit_file_open.h"

/* Decisions go out when this much waits; a line longer than that goes out alone. So large because a
 * file system gives a large write its memory in larger pieces: two thirds of the time of 64 KiB. */
#define DECISION_BYTES 262144U

/* Never touched on a quiet machine, so it costs address space alone. */
#define BUFFER_BYTES (DECISION_BYTES + 2 * AUDIT_LINE_BYTES_MAX)

DEFINE_CLEANUP(struct audit_file, audit_file_close)

struct audit_file {
	int fd;
	char *path;
	char *buffer; /* BUFFER_BYTES */
	size_t used;
	uint64_t seq;
	uint64_t written;
	bool failing; /* the last write failed: not tried again for each line */
};

void audit_file_close(struct audit_file *file)
{
	if (!file)
		return;
	audit_file_flush(file);
	cleanup_close(&file->fd);
	free(file->path);
	free(file->buffer);
	free(file);
}

int audit_file_open(const char *path, struct diag *diag, struct audit_file **ret_file,
                    struct torn_line *ret_torn)
{
	CLEANUP(cleanup_audit_file_close) struct audit_file *file = calloc(1, sizeof(*file));
	struct opened_log opened;
	int error;

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->path = strdup(path);
	file->buffer = malloc(BUFFER_BYTES);
	if (!file->path || !file->buffer)
		return -ENOMEM;
	error = log_open_for_writing(path, diag, &opened);
	if (error)
		return error;
	file->fd = opened.fd;
	file->seq = opened.last_seq + 1;
	*ret_torn = opened.torn;
	*ret_file = TAKE_PTR(file);
	return 0;
}

uint64_t audit_file_seq(const struct audit_file *file)
{
	return file->seq;
}

uint64_t audit_file_written(const struct audit_file *file)
{
	return file->written;
}

const char *audit_file_path(const struct audit_file *file)
{
	return file->path;
}

int audit_file_fd(const struct audit_file *file)
{
	return file->fd;
}

int audit_file_append(struct audit_file *file, enum line_kind kind, const char *line, size_t length)
{
	size_t limit = kind == LINE_DECISION ? DECISION_BYTES : BUFFER_BYTES;

	if (length > AUDIT_LINE_BYTES_MAX)
		return -ENOBUFS;
	if (file->used + length > DECISION_BYTES && !file->failing)
		audit_file_flush(file);
	if (file->used && file->used + length > limit)
		return -ENOBUFS;
	memcpy(file->buffer + file->used, line, length);
	file->used += length;
	file->seq++;
	return 0;
}

/* Takes the beginning of an unfinished line off the file again, so that whoever reads it meanwhile
 * sees whole lines. If that fails too, the line is simply continued by the next write. */
static size_t cut_back(const struct audit_file *file, size_t done)
{
	const char *newline = done ? memrchr(file->buffer, '\n', done) : NULL;
	size_t whole = newline ? (size_t)(newline + 1 - file->buffer) : 0;
	struct stat status;

	if (whole == done)
		return done;
	if (fstat(file->fd, &status) || ftruncate(file->fd, status.st_size - (off_t)(done - whole)))
		return done;
	return whole;
}

int audit_file_flush(struct audit_file *file)
{
	size_t done = 0;
	int error = 0;

	while (done < file->used) {
		ssize_t count = write(file->fd, file->buffer + done, file->used - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			error = count ? -errno : -EIO;
			break;
		}
		done += (size_t)count;
	}
	if (error)
		done = cut_back(file, done);
	/* Nothing done may be no buffer: an opening that ran out of memory closes too. */
	if (done)
		memmove(file->buffer, file->buffer + done, file->used - done);
	file->used -= done;
	file->written += done;
	file->failing = error != 0;
	return error;
}

int audit_file_sync(struct audit_file *file)
{
	int error = audit_file_flush(file);

	if (error)
		return error;
	return fdatasync(file->fd) ? -errno : 0;
}

bool audit_file_is_moved(const struct audit_file *file)
{
	struct stat ours, named;

	if (fstat(file->fd, &ours))
		return false;
	return lstat(file->path, &named) || named.st_ino != ours.st_ino ||
	       named.st_dev != ours.st_dev;
}

/* Lines that the old file did not take go to the new one, under the numbers they have. */
int audit_file_reopen(struct audit_file *file, struct diag *diag, bool *ret_changed)
{
	struct opened_log opened;
	int error;

	audit_file_flush(file);
	if (!audit_file_is_moved(file)) {
		*ret_changed = false;
		return 0;
	}
	error = log_open_for_writing(file->path, diag, &opened);
	if (error)
		return error;
	fdatasync(file->fd);
	close(file->fd);
	file->fd = opened.fd;
	if (opened.last_seq && !file->used)
		file->seq = opened.last_seq + 1;
	*ret_changed = true;
	return 0;
}
