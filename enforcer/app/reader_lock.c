/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One reader at a time: a second one would take the records of the first without either noticing.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "app/reader.h"
#include "base/cleanup.h"
#include "base/scan.h"

#define LOCK_RETRY_MS 100

/* From lines such as "1: FLOCK  ADVISORY  WRITE 1234 00:1f:5678 0 EOF" of /proc/locks; 0 if the
 * holder cannot be seen from here. */
static uint32_t find_holder(int fd)
{
	CLEANUP_FCLOSE FILE *locks = fopen("/proc/locks", "re");
	struct complaint complaint;
	struct stat status;
	char line[256], wanted[64];
	uint32_t pid;

	if (!locks || fstat(fd, &status))
		return 0;
	snprintf(wanted, sizeof(wanted), " %02x:%02x:%ju ", major(status.st_dev),
	         minor(status.st_dev), (uintmax_t)status.st_ino);
	while (fgets(line, sizeof(line), locks)) {
		char *place = strstr(line, wanted), *number;

		if (!place || !strstr(line, "FLOCK"))
			continue;
		*place = '\0';
		number = strrchr(line, ' ');
		if (number && !scan_number(span_of(number + 1), "pid", INT32_MAX, &pid, &complaint))
			return pid;
	}
	return 0;
}

bool reader_has_open(const struct ward *ward, const char *path)
{
	uint32_t holder = find_holder(ward_reader_lock_fd(ward));
	struct stat wanted, open_file;
	struct dirent *entry;
	DIR *directory;
	bool found = false;
	char fds[64];

	snprintf(fds, sizeof(fds), "/proc/%" PRIu32 "/fd", holder);
	directory = holder ? opendir(fds) : NULL;
	if (!directory)
		return true;
	if (stat(path, &wanted) == 0) {
		while (!found && (entry = readdir(directory)))
			found = fstatat(dirfd(directory), entry->d_name, &open_file, 0) == 0 &&
			        open_file.st_ino == wanted.st_ino &&
			        open_file.st_dev == wanted.st_dev;
	}
	closedir(directory);
	return found;
}

int reader_lock(struct ward *ward, struct diag *diag)
{
	int fd = ward_reader_lock_fd(ward), error;
	uint32_t holder;

	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	error = -errno;
	if (error != -EWOULDBLOCK)
		return error;
	holder = find_holder(fd);
	if (holder)
		diag_add(diag, SEVERITY_ERROR, "second-reader", &(struct place){ 0 },
		         "there can be one; `cgward log --follow` reads along",
		         "process %" PRIu32 " reads the records already", holder);
	else
		diag_add(diag, SEVERITY_ERROR, "second-reader", &(struct place){ 0 },
		         "there can be one; `cgward log --follow` reads along",
		         "another process reads the records already");
	return -EBUSY;
}

/* flock(2) cannot wait for a file descriptor as well. */
int reader_wait_for_lock(struct ward *ward, int stop_fd)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };

	for (;;) {
		if (!flock(ward_reader_lock_fd(ward), LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (poll(&stop, 1, LOCK_RETRY_MS) > 0)
			return -EINTR;
	}
}
