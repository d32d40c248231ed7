/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One buffer, a little longer than the longest line; what is left of it moves to the front when
 * there is no whole line in it any more.
 */
#include "output/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/audit_file.h"

#define BUFFER_BYTES (AUDIT_LINE_BYTES_MAX + 65536U)

int line_reader_init(struct line_reader *reader, int fd)
{
	char *buffer = malloc(BUFFER_BYTES);

	if (!buffer)
		return -ENOMEM;
	*reader = (struct line_reader){ .fd = fd, .buffer = buffer };
	return 0;
}

void line_reader_fini(struct line_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

size_t line_reader_pending(const struct line_reader *reader)
{
	return reader->skipping ? AUDIT_LINE_BYTES_MAX : reader->end - reader->start;
}

int line_reader_resume(struct line_reader *reader)
{
	off_t at = lseek(reader->fd, 0, SEEK_CUR);
	off_t whole = at - (off_t)(reader->end - reader->start);
	struct stat status;

	if (at < 0 || fstat(reader->fd, &status))
		return -errno;
	if (status.st_size >= at)
		return 0;
	reader->start = reader->end = 0;
	reader->skipping = false;
	if (status.st_size < whole) {
		reader->line = 0;
		whole = 0;
	}
	return lseek(reader->fd, whole, SEEK_SET) < 0 ? -errno : 0;
}

/* More bytes behind those that are there. 1, 0 at the end of the file, -errno. */
static int fill(struct line_reader *reader)
{
	ssize_t count;

	memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
	reader->end -= reader->start;
	reader->start = 0;
	do {
		count = read(reader->fd, reader->buffer + reader->end, BUFFER_BYTES - reader->end);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	reader->end += (size_t)count;
	return count > 0;
}

int line_reader_next(struct line_reader *reader, const char **ret_text, size_t *ret_length)
{
	for (;;) {
		char *text = reader->buffer + reader->start;
		size_t length = reader->end - reader->start;
		char *newline = memchr(text, '\n', length);
		int more;

		if (newline) {
			bool skipped = reader->skipping;

			reader->start = (size_t)(newline + 1 - reader->buffer);
			reader->line++;
			reader->skipping = false;
			if (skipped || newline - text > AUDIT_LINE_BYTES_MAX)
				return -EMSGSIZE;
			*ret_text = text;
			*ret_length = (size_t)(newline - text);
			return 1;
		}
		if (length > AUDIT_LINE_BYTES_MAX) {
			reader->skipping = true;
			reader->start = reader->end;
		}
		more = fill(reader);
		if (more <= 0)
			return more;
	}
}
