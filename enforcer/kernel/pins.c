/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pin directory: on bpffs, mounted if need be, 0700, locked.
 *
 * Anybody may attach a pinned program whose file he can open (attaching needs no capability), so
 * the directory is root's alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

#define BPFFS_DEFAULT  "/sys/fs/bpf"
#define LOCK_WAIT_MS   30000
#define LOCK_RETRY_MS  5
#define TREE_DEPTH_MAX 8

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

void pin_path(char path[PIN_PATH_MAX], const char *directory, const char *format, ...)
{
	int length = snprintf(path, PIN_PATH_MAX, "%s/", directory);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + length, (size_t)(PIN_PATH_MAX - length), format, arguments);
	va_end(arguments);
}

static bool is_bpffs(const char *path)
{
	struct statfs filesystem;

	return statfs(path, &filesystem) == 0 && filesystem.f_type == BPF_FS_MAGIC;
}

static int mount_bpffs(const char *pins, struct diag *diag)
{
	size_t length = strlen(BPFFS_DEFAULT);
	int error;

	if (strncmp(pins, BPFFS_DEFAULT "/", length + 1) != 0 || is_bpffs(BPFFS_DEFAULT))
		return 0;
	if (mount("bpf", BPFFS_DEFAULT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME,
	          "mode=0700") == 0)
		return 0;
	error = -errno;
	diag_add(diag, SEVERITY_ERROR, "no-bpffs", NULL,
	         error == -ENOENT || error == -ENODEV ? "this kernel has no bpffs "
	                                                "(CONFIG_BPF_SYSCALL)"
	                                              : "mount it: mount -t bpf bpf /sys/fs/bpf",
	         "cannot mount bpffs at %s: %s", BPFFS_DEFAULT, strerror(-error));
	return error;
}

/* Where a bpffs is missing nobody can tell what is in force: other mount namespaces may see it. */
static int refuse_no_bpffs(const char *pins, struct diag *diag)
{
	bool usual = strncmp(pins, BPFFS_DEFAULT "/", strlen(BPFFS_DEFAULT "/")) == 0;
	char path[PIN_PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", pins);
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (access(path, F_OK) == 0)
			break;
	}
	if (is_bpffs(path))
		return -ENOENT;
	diag_add(diag, SEVERITY_ERROR, "no-bpffs", NULL,
	         usual ? "mount it: mount -t bpf bpf " BPFFS_DEFAULT "\n"
	                 "What was put in force with another bpffs, as in another mount "
	                 "namespace, is told there"
	               : "choose a directory below a mounted bpffs, as " WARD_DEFAULT_PINS,
	         "no bpffs is mounted where the pins %s would be: what is in force cannot be told",
	         pins);
	return -EOPNOTSUPP;
}

static int check_directory(int fd, const char *pins, struct diag *diag)
{
	struct statfs filesystem;
	struct stat status;

	if (fstatfs(fd, &filesystem) < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (filesystem.f_type != BPF_FS_MAGIC) {
		diag_add(diag, SEVERITY_ERROR, "no-bpffs", NULL,
		         "choose a directory below a mounted bpffs, as " WARD_DEFAULT_PINS,
		         "%s is not on a bpffs", pins);
		return -EOPNOTSUPP;
	}
	if (status.st_uid != 0 || (status.st_mode & 077)) {
		diag_add(diag, SEVERITY_ERROR, "pins-not-private", NULL,
		         "chown root and chmod 700 it after making sure who used it",
		         "%s does not belong to root alone: whoever opens a pin can use it", pins);
		return -EPERM;
	}
	return 0;
}

int pins_open(const char *pins, bool make, struct diag *diag, int *ret_fd)
{
	int fd CLEANUP_CLOSE = -1;
	int error;

	if (strlen(pins) > PINS_MAX)
		return -ENAMETOOLONG;
	if (make) {
		error = mount_bpffs(pins, diag);
		if (error)
			return error;
		if (mkdir(pins, 0700) < 0 && errno != EEXIST) {
			error = -errno;
			diag_add(diag, SEVERITY_ERROR, "pins", NULL,
			         "the pin directory is made below a mounted bpffs",
			         "cannot make %s: %s", pins, strerror(-error));
			return error;
		}
	}
	fd = open(pins, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		if (error == -ENOENT)
			return refuse_no_bpffs(pins, diag);
		diag_add(diag, SEVERITY_ERROR, "pins", NULL, NULL, "cannot open %s: %s", pins,
		         strerror(-error));
		return error;
	}
	error = check_directory(fd, pins, diag);
	if (error)
		return error;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Asked before anything is detached: a link that is gone cannot be put back where its pin stays. */
static int check_writable(const char *pins, struct diag *diag)
{
	int error = access(pins, W_OK) < 0 ? -errno : 0;

	if (error)
		diag_add(diag, SEVERITY_ERROR, "pins", NULL,
		         error == -EROFS ? "mount -o remount,rw " BPFFS_DEFAULT : NULL,
		         "cannot change %s: %s", pins, strerror(-error));
	return error;
}

/* Waits: commands are short. A daemon unlocks early. Exclusively only where it can be changed. */
int pins_lock(int fd, const char *pins, bool exclusive, struct diag *diag)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };

	for (int waited_ms = 0; waited_ms < LOCK_WAIT_MS; waited_ms += LOCK_RETRY_MS) {
		if (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
			return exclusive ? check_writable(pins, diag) : 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		nanosleep(&pause, NULL);
	}
	if (errno != EWOULDBLOCK) {
		int error = -errno;

		diag_add(diag, SEVERITY_ERROR, "pins", NULL, NULL, "cannot lock %s: %s", pins,
		         strerror(-error));
		return error;
	}
	diag_add(diag, SEVERITY_ERROR, "busy", NULL,
	         "another cgward command holds it: `fuser -v DIR` names the process",
	         "%s is still locked after %d s", pins, LOCK_WAIT_MS / 1000);
	return -EBUSY;
}

unsigned int pins_abi_of_name(const char *name)
{
	unsigned int number = 0;

	if (strncmp(name, "abi", 3) != 0 || !name[3] || strlen(name) > 8)
		return 0;
	for (const char *digit = name + 3; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return 0;
		number = number * 10 + (unsigned int)(*digit - '0');
	}
	return number;
}

bool pins_is_tree_name(const char *name)
{
	return strcmp(name, PINS_LOADING) == 0 || pins_abi_of_name(name);
}

static int remove_tree(int parent_fd, const char *name, int depth)
{
	DIR *directory CLEANUP(cleanup_closedir) = NULL;
	struct dirent *entry;
	int fd, error = 0;

	if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (depth >= TREE_DEPTH_MAX)
		return -ELOOP;
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		error = remove_tree(fd, entry->d_name, depth + 1);
		if (error)
			return error;
	}
	return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int pins_remove_tree(const char *path)
{
	return remove_tree(AT_FDCWD, path, 0);
}

/* The map's keys have always been ids of cgroups; a policy of LSM sections alone has no other trace
 * of each cgroup. */
size_t pins_count_cgroups(const char *tree)
{
	char path[PIN_PATH_MAX];
	int fd CLEANUP_CLOSE = -1;
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	uint64_t id, *previous = NULL;
	size_t count = 0;

	pin_path(path, tree, "attachments");
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0 || info.key_size != sizeof(id))
		return 0;
	/* No more than there is room for: a key that goes meanwhile begins it all again. */
	while (count < info.max_entries && bpf_map_get_next_key(fd, previous, &id) == 0) {
		previous = &id;
		count++;
	}
	return count;
}
