/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hard idea: a name is walked once, by openat2 with RESOLVE_BENEATH, and from then on the open
 * directory is the cgroup; its id is the inode number, which is also what BPF programs see.
 */
#include "kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mountinfo.h"

#define CGROUP_NAME_BYTES_MAX 255

void cgroup_fini(struct cgroup *cgroup)
{
	if (cgroup->fd >= 0)
		close(cgroup->fd);
	free(cgroup->path);
	*cgroup = (struct cgroup)CGROUP_INIT;
}

static void finding(struct diag *diag, const char *hint, const char *what, const char *object,
                    int error)
{
	diag_add(diag, SEVERITY_ERROR, "cgroup", NULL, hint, "%s %s: %s", what, object,
	         strerror(-error));
}

/* The first cgroup2 mount that shows the whole hierarchy (of this cgroup namespace), else any. */
struct best_mount {
	char *point;
	bool whole;
};

static int note_cgroup2(void *context, const struct mount *mount)
{
	struct best_mount *best = context;
	bool whole = strcmp(mount->root, "/") == 0;

	if (strcmp(mount->type, "cgroup2") != 0 || best->whole || (best->point && !whole))
		return 0;
	free(best->point);
	best->point = strdup(mount->point);
	best->whole = whole;
	return best->point ? 0 : -ENOMEM;
}

int cgroup_mount_point(struct diag *diag, char **ret_path)
{
	struct best_mount best = { 0 };
	int error = mountinfo_each(note_cgroup2, &best);

	if (error) {
		free(best.point);
		finding(diag, NULL, "cannot read", "/proc/self/mountinfo", error);
		return error;
	}
	if (!best.point) {
		diag_add(diag, SEVERITY_ERROR, "no-cgroup2", NULL,
		         "mount it: mkdir -p /sys/fs/cgroup && mount -t cgroup2 none "
		         "/sys/fs/cgroup",
		         "no cgroup2 hierarchy is mounted");
		return -ENOENT;
	}
	*ret_path = best.point;
	return 0;
}

static int open_beneath(int dir_fd, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Takes `fd` over. `path` is below the mount and normal ("/a/b"). */
static int adopt(int fd, const char *path, struct cgroup *ret_cgroup)
{
	int owned CLEANUP_CLOSE = fd;
	struct statfs filesystem;
	struct stat status;
	char *copy;

	if (fstatfs(owned, &filesystem) < 0 || fstat(owned, &status) < 0)
		return -errno;
	if (filesystem.f_type != CGROUP2_SUPER_MAGIC)
		return -ENOTDIR;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	*ret_cgroup = (struct cgroup){
		.fd = TAKE_FD(owned),
		.id = status.st_ino,
		.path = copy,
		.is_root = strcmp(path, "/") == 0,
	};
	return 0;
}

/* "a//b/" to "/a/b"; -EINVAL for "." and ".." and for names longer than any cgroup's. */
static int normal_path(const char *name, char **ret_path)
{
	char *copy CLEANUP_FREE = strdup(name), *path CLEANUP_FREE = malloc(strlen(name) + 2);
	char *rest = copy, *component, *to = path;

	if (!copy || !path)
		return -ENOMEM;
	while ((component = strsep(&rest, "/"))) {
		size_t length = strlen(component);

		if (!length)
			continue;
		if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0)
			return -EINVAL;
		if (length > CGROUP_NAME_BYTES_MAX)
			return -ENAMETOOLONG;
		*to++ = '/';
		memcpy(to, component, length);
		to += length;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
	*ret_path = TAKE_PTR(path);
	return 0;
}

static const char *below_mount(const char *name, const char *mount)
{
	size_t length = strlen(mount);

	if (strncmp(name, mount, length) == 0 && (name[length] == '/' || !name[length]))
		return name + length;
	return name;
}

static int open_mount(struct diag *diag, char **ret_point, int *ret_fd)
{
	char *point CLEANUP_FREE = NULL;
	int error = cgroup_mount_point(diag, &point);
	int fd;

	/* Not -ENOENT: that is for a cgroup of that name. */
	if (error)
		return error == -ENOENT ? -ENODEV : error;
	fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		finding(diag, NULL, "cannot open the cgroup2 mount", point, error);
		return error;
	}
	*ret_point = TAKE_PTR(point);
	*ret_fd = fd;
	return 0;
}

int cgroup_open(const char *name, struct diag *diag, struct cgroup *ret_cgroup)
{
	char *mount CLEANUP_FREE = NULL, *path CLEANUP_FREE = NULL;
	int mount_fd CLEANUP_CLOSE = -1;
	int error = open_mount(diag, &mount, &mount_fd);
	int fd;

	if (error)
		return error;
	/* The root cgroup has to be named: an unset variable of a script must not mean it. */
	error = *name ? normal_path(below_mount(name, mount), &path) : -EINVAL;
	if (error) {
		finding(diag,
		        "a cgroup is named by its path below the cgroup2 mount, without . or ..",
		        "not a cgroup name:", name, error);
		return error;
	}
	fd = open_beneath(mount_fd, path[1] ? path + 1 : ".");
	error = fd < 0 ? fd : adopt(fd, path, ret_cgroup);
	if (error)
		diag_add(diag, SEVERITY_ERROR, "cgroup", NULL,
		         error == -ENOENT ? "there is none of that name; mkdir makes one" : NULL,
		         "cannot open cgroup %s below %s: %s", path, mount, strerror(-error));
	return error;
}

/* The path in "0::/a/b"; the last such line counts, there is one. */
static int own_line(FILE *file, char **ret_path)
{
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *path;

		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		path = strdup(line + 3);
		if (!path)
			return -ENOMEM;
		*ret_path = path;
		return 0;
	}
	return -ENOENT;
}

int cgroup_of_pid(int pid, struct diag *diag, struct cgroup *ret_cgroup)
{
	char name[64], *path CLEANUP_FREE = NULL;
	FILE *file CLEANUP_FCLOSE = NULL;
	int error;

	if (pid)
		snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	else
		snprintf(name, sizeof(name), "/proc/self/cgroup");
	file = fopen(name, "re");
	error = file ? own_line(file, &path) : -errno;
	if (error) {
		finding(diag, "the kernel needs CONFIG_CGROUPS and a mounted cgroup2 hierarchy",
		        "cannot read the cgroup2 line of", name, error);
		return error;
	}
	/* From inside a cgroup namespace a cgroup outside of it reads as "/../x". */
	if (strncmp(path, "/..", 3) == 0) {
		diag_add(diag, SEVERITY_ERROR, "cgroup", NULL,
		         "run cgward in the initial cgroup namespace",
		         "%s is outside of this cgroup namespace", path);
		return -EXDEV;
	}
	return cgroup_open(path, diag, ret_cgroup);
}

static const char *why_not_made(int error)
{
	if (error == -EAGAIN)
		return "cgroup.max.descendants or cgroup.max.depth, of it or of one above, is "
		       "reached";
	if (error == -EROFS)
		return "cgroup2 is mounted read-only here, as in a container: run it outside";
	return NULL;
}

int cgroup_make_child(const struct cgroup *parent, const char *name, struct diag *diag,
                      struct cgroup *ret_cgroup)
{
	char *path CLEANUP_FREE = NULL;
	int fd, error;

	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strlen(name) > CGROUP_NAME_BYTES_MAX) {
		finding(diag, NULL, "not a name for a cgroup:", name, -EINVAL);
		return -EINVAL;
	}
	if (asprintf(&path, "%s/%s", parent->is_root ? "" : parent->path, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (mkdirat(parent->fd, name, 0755) < 0) {
		error = -errno;
		if (error != -EEXIST)
			finding(diag, why_not_made(error), "cannot make cgroup", path, error);
		return error;
	}
	fd = open_beneath(parent->fd, name);
	error = fd < 0 ? fd : adopt(fd, path, ret_cgroup);
	if (error) {
		unlinkat(parent->fd, name, AT_REMOVEDIR);
		finding(diag, NULL, "cannot open the new cgroup", path, error);
	}
	return error;
}

int cgroup_open_by_id(int mount_fd, uint64_t id)
{
	/* FILEID_KERNFS of include/linux/exportfs.h: the handle is the 64-bit id. */
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} kernfs = { .handle = { .handle_bytes = sizeof(id), .handle_type = 0xfe } };
	int fd;

	memcpy(kernfs.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &kernfs.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_path_of_id(int mount_fd, uint64_t id, char **ret_path)
{
	int fd CLEANUP_CLOSE = cgroup_open_by_id(mount_fd, id);
	char link[64], mount[PATH_MAX], target[PATH_MAX];
	ssize_t mount_length, length;
	char *path;

	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", mount_fd);
	mount_length = readlink(link, mount, sizeof(mount) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	if (mount_length < 0 || length < 0)
		return -errno;
	/* mount_fd may be any directory of the hierarchy, and of another mount of it; the path is
	 * told below the mount, so mount_fd must be its root. */
	target[length] = '\0';
	mount[mount_length] = '\0';
	if (strncmp(target, mount, (size_t)mount_length) != 0)
		return -EXDEV;
	path = strdup(target[mount_length] ? target + mount_length : "/");
	if (!path)
		return -ENOMEM;
	*ret_path = path;
	return 0;
}

int cgroup_is_populated(const struct cgroup *cgroup, bool *ret_populated)
{
	int fd CLEANUP_CLOSE = openat(cgroup->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t length;

	/* The root cgroup has no such file: it is never empty. */
	if (fd < 0 && errno == ENOENT && cgroup->is_root) {
		*ret_populated = true;
		return 0;
	}
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	*ret_populated = strstr(text, "populated 0") == NULL;
	return 0;
}
