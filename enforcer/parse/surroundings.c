/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real surroundings: files, devices, services of this machine.
 *
 * The hard idea is in reading files that others might swap or change. A file is opened once and
 * everything is asked of the open descriptor (trusted_open.c: of its directory too, for what is put
 * in force). O_NONBLOCK so that a FIFO without a writer does not hang the opening; it has no effect
 * on what is accepted, a regular file.
 *
 * A file that changes while it is read is refused, not mixed: size and change time before and
 * after must agree.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "parse/load.h"
#include "parse/trusted_open.h"

static int open_regular(const char *path, bool trusted_only, int *ret_fd, struct stat *ret_status,
                        const char **ret_why)
{
	CLEANUP_CLOSE int fd = -1;
	int error = 0;

	if (trusted_only)
		error = trusted_open(path, &fd, ret_why);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (error)
		return error;
	if (fd < 0 || fstat(fd, ret_status))
		return -errno;
	if (S_ISDIR(ret_status->st_mode))
		return -EISDIR;
	if (!S_ISREG(ret_status->st_mode))
		return -EINVAL;
	error = trusted_only ? trusted_file(ret_status, ret_why) : 0;
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

/* Reads to the end, at most `limit` bytes. Files of procfs give their size as 0. */
static int read_all(int fd, size_t expected, size_t limit, char **ret_text, size_t *ret_length)
{
	size_t capacity = expected + 4096, length = 0;
	CLEANUP_FREE char *text = malloc(capacity);

	while (text) {
		ssize_t got = read(fd, text + length, capacity - length - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		length += (size_t)got;
		if (length > limit)
			return -EFBIG;
		if (capacity - length < 2) {
			char *grown = realloc(text, capacity * 2);

			if (!grown)
				return -ENOMEM;
			text = grown;
			capacity *= 2;
		}
	}
	if (!text)
		return -ENOMEM;
	text[length] = '\0';
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool unchanged(int fd, const struct stat *before, size_t length)
{
	struct stat after;

	return !fstat(fd, &after) && after.st_size == before->st_size &&
	       same_time(after.st_mtim, before->st_mtim) &&
	       same_time(after.st_ctim, before->st_ctim) &&
	       (!before->st_size || (size_t)before->st_size == length);
}

static int read_regular(const char *path, bool trusted_only, size_t limit, char **ret_text,
                        size_t *ret_length, const char **ret_why)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *text = NULL;
	struct stat status;
	size_t length = 0;
	int error = open_regular(path, trusted_only, &fd, &status, ret_why);

	if (error)
		return error;
	if (status.st_size < 0 || (uint64_t)status.st_size > limit)
		return -EFBIG;
	error = read_all(fd, (size_t)status.st_size, limit, &text, &length);
	if (error)
		return error;
	if (!unchanged(fd, &status, length))
		return -EAGAIN;
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

static int read_any_owner(void *context, const char *path, size_t limit, char **ret_text,
                          size_t *ret_length, const char **ret_why)
{
	(void)context;
	return read_regular(path, false, limit, ret_text, ret_length, ret_why);
}

static int read_trusted(void *context, const char *path, size_t limit, char **ret_text,
                        size_t *ret_length, const char **ret_why)
{
	(void)context;
	return read_regular(path, true, limit, ret_text, ret_length, ret_why);
}

static int device_at(void *context, const char *path, struct device_pattern *ret_device)
{
	struct stat status;

	(void)context;
	if (stat(path, &status))
		return -errno;
	if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
		return -ENODEV;
	ret_device->type = S_ISCHR(status.st_mode) ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
	ret_device->major = major(status.st_rdev);
	ret_device->minor = minor(status.st_rdev);
	return 0;
}

#define CLASSES_BYTES_MAX (1U << 20)

static int device_classes(void *context, char **ret_text)
{
	const char *why = NULL;
	size_t length = 0;

	(void)context;
	return read_regular("/proc/devices", false, CLASSES_BYTES_MAX, ret_text, &length, &why);
}

static int service_of(const char *name, const char *protocol, uint16_t *ret_port)
{
	struct servent entry, *found = NULL;
	char buffer[4096];
	int error = getservbyname_r(name, protocol, &entry, buffer, sizeof(buffer), &found);

	if (error == ENOMEM)
		return -ENOMEM;
	if (error || !found)
		return -ENOENT;
	*ret_port = ntohs((uint16_t)found->s_port);
	return 0;
}

static int service_port(void *context, const char *name, const char *protocol, uint16_t *ret_port)
{
	uint16_t tcp = 0, udp = 0;
	int tcp_error, udp_error;

	(void)context;
	if (protocol)
		return service_of(name, protocol, ret_port);
	tcp_error = service_of(name, "tcp", &tcp);
	udp_error = service_of(name, "udp", &udp);
	if (tcp_error == -ENOMEM || udp_error == -ENOMEM)
		return -ENOMEM;
	if (tcp_error && udp_error)
		return -ENOENT;
	if (!tcp_error && !udp_error && tcp != udp)
		return -EEXIST;
	*ret_port = tcp_error ? udp : tcp;
	return 0;
}

const struct surroundings surroundings_any_owner = {
	.read_file = read_any_owner,
	.device_at = device_at,
	.device_classes = device_classes,
	.service_port = service_port,
};

const struct surroundings surroundings_trusted_only = {
	.read_file = read_trusted,
	.device_at = device_at,
	.device_classes = device_classes,
	.service_port = service_port,
};
