/* SPDX-License-Identifier: BSD-2-Clause */
/* Other names for a file that a policy denies, and other ways to open it. */
#pragma once

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "bypass.h"
#include "bypass_server.h"

/* ---- mounts ------------------------------------------------------------------------------ */

static int bind_mount(void)
{
	own_mounts();
	if (mount("/b/no", "/b/ok/alias", NULL, MS_BIND, NULL))
		return -errno;
	return reads(AT_FDCWD, "/b/ok/alias/f");
}

static int open_tree_clone(void)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/b/no", 1 /* OPEN_TREE_CLONE */);

	return tree < 0 ? -errno : reads(tree, "f");
}

static int new_filesystem(void)
{
	return closed((int)syscall(SYS_fsopen, "tmpfs", 0));
}

static int overlay_alias(void)
{
	own_mounts();
	if (mount("tmpfs", "/b/ok/alias", "tmpfs", 0, NULL))
		return -errno;
	return result(umount2("/b/ok/alias", 0));
}

static int lazy_umount(void)
{
	own_mounts();
	if (chdir("/b/lazy") || umount2("/b/lazy", MNT_DETACH))
		return -errno;
	return reads(AT_FDCWD, "f");
}

static int pivot(void)
{
	own_mounts();
	if (chroot("/b/pivot") || chdir("/"))
		err(EXIT_PREPARATION, "chroot");
	return result(syscall(SYS_pivot_root, "inner", "inner/old"));
}

/* Somebody outside detached a mount and stands in it. */
static int detached(void)
{
	return reads(AT_FDCWD, of_server("cwd/f"));
}

static int foreign(void)
{
	return reads(AT_FDCWD, of_server("root/b/no/f"));
}

static int foreign_alias(void)
{
	return reads(AT_FDCWD, of_server("root/b/ok/alias/f"));
}

static int enter_mounts(void)
{
	int fd = prepared(open(of_server("ns/mnt"), O_RDONLY | O_CLOEXEC), "ns/mnt");

	return setns(fd, CLONE_NEWNS) ? -errno : reads(AT_FDCWD, "/b/ok/alias/f");
}

static int change_root(void)
{
	if (chroot("/b/no"))
		return -errno;
	return reads(AT_FDCWD, "/f");
}

/* ---- names ------------------------------------------------------------------------------- */

static int moved(const char *from, const char *to, unsigned int flags)
{
	int error = result(renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));

	if (!error)
		renameat2(AT_FDCWD, to, AT_FDCWD, from, flags);
	return error;
}

static int hard_link(void)
{
	int error = result(link(SECRET, "/b/ok/link"));

	unlink("/b/ok/link");
	return error;
}

static int rename_out(void)
{
	return moved(SECRET, "/b/ok/moved", 0);
}

static int rename_over(void)
{
	int error;

	closed(open("/b/ok/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	error = result(rename("/b/ok/new", "/b/no/over"));
	unlink("/b/ok/new");
	return error;
}

static int exchange(void)
{
	return moved("/b/ok/f", SECRET, RENAME_EXCHANGE);
}

static int directory_above(void)
{
	int error = result(rename("/b/no", "/b/was"));

	if (error)
		return error;
	error = reads(AT_FDCWD, "/b/was/f");
	rename("/b/was", "/b/no");
	return error;
}

/* Another node of the device /b/no/zero. */
static int second_node(void)
{
	struct stat device;
	int error;

	unlink("/b/ok/zero");
	prepared(stat("/b/no/zero", &device), "/b/no/zero");
	error = result(mknod("/b/ok/zero", device.st_mode, device.st_rdev));
	if (error)
		return error;
	error = reads(AT_FDCWD, "/b/ok/zero");
	unlink("/b/ok/zero");
	return error;
}

static int symbolic_link(void)
{
	unlink("/b/ok/symlink");
	prepared(symlink(SECRET, "/b/ok/symlink"), "symlink");
	return reads(AT_FDCWD, "/b/ok/symlink");
}

static void swap_for_ever(void)
{
	for (;;) {
		for (int i = 0; i < 2; i++) {
			unlink("/b/ok/next");
			if (symlink(i ? SECRET : "/b/ok/f", "/b/ok/next") ||
			    rename("/b/ok/next", "/b/ok/swapped"))
				_exit(1);
			sched_yield();
		}
	}
}

/* A link that leads to another file between any two looks at it. */
static int symlink_swap(void)
{
	pid_t child = prepared(fork(), "fork");
	int error = -EPERM;

	if (child == 0)
		swap_for_ever();
	for (int i = 0; i < 2000 && error; i++) {
		char start[7] = "";
		int fd = open("/b/ok/swapped", O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, start, 6) == 6 && !strcmp(start, "secret"))
			error = 0;
		if (fd >= 0)
			close(fd);
		sched_yield();
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return error;
}

/* ---- making and changing ----------------------------------------------------------------- */

static int create_leaves(void)
{
	int error = closed(open("/b/no/made", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));

	if (error && !access("/b/no/made", F_OK))
		return -EEXIST;
	unlink("/b/no/made");
	return error;
}

static int tmpfile_there(void)
{
	return closed(open("/b/no", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static int tmpfile_link(void)
{
	int fd = prepared(open("/b/ok", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), "O_TMPFILE"), error;
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	error = result(linkat(AT_FDCWD, link, AT_FDCWD, "/b/no/linked", AT_SYMLINK_FOLLOW));
	unlink("/b/no/linked");
	return error;
}

/* Opened for reading, which is allowed there. */
static int open_trunc(void)
{
	return closed(open("/b/ro/f", O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static int truncate_path(void)
{
	return result(truncate("/b/ro/f", 0));
}

/* Standard input is SECRET, opened outside for reading and writing. */
static int truncate_fd(void)
{
	return result(ftruncate(STDIN_FILENO, 7));
}

static int inherited(void)
{
	char byte;

	return result(pread(STDIN_FILENO, &byte, 1, 0));
}

/* ---- descriptors and /proc --------------------------------------------------------------- */

static int reopen(void)
{
	return reads(AT_FDCWD, "/proc/self/fd/0");
}

static int path_only(void)
{
	int fd = prepared(open(SECRET, O_PATH | O_CLOEXEC), "O_PATH");
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return reads(AT_FDCWD, link);
}

static int self_root(void)
{
	return reads(AT_FDCWD, "/proc/self/root/b/no/f");
}

static int init_root(void)
{
	return reads(AT_FDCWD, "/proc/1/root/b/no/f");
}

static int fd_of_other(void)
{
	return reads(AT_FDCWD, of_server("fd/3"));
}

static int passed_fd(void)
{
	int fd = receive_descriptor(), error = fd < 0 ? -EPERM : 0;
	char byte;

	if (!error && pread(fd, &byte, 1, 0) < 0)
		error = -errno;
	return error;
}

static int by_handle(void)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} place = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount, at = prepared(open("/b/ok", O_RDONLY | O_CLOEXEC), "/b/ok");

	prepared(name_to_handle_at(AT_FDCWD, SECRET, &place.handle, &mount, 0), "handle");
	return closed(open_by_handle_at(at, &place.handle, O_RDONLY | O_CLOEXEC));
}

static const struct bypass bypass_names[] = {
	{ "bind-mount", bind_mount },
	{ "open-tree", open_tree_clone },
	{ "fsopen", new_filesystem },
	{ "mount", overlay_alias },
	{ "lazy-umount", lazy_umount },
	{ "pivot-root", pivot },
	{ "detached", detached },
	{ "foreign-root", foreign },
	{ "foreign-alias", foreign_alias },
	{ "setns", enter_mounts },
	{ "chroot", change_root },
	{ "hard-link", hard_link },
	{ "rename", rename_out },
	{ "rename-over", rename_over },
	{ "exchange", exchange },
	{ "directory-above", directory_above },
	{ "mknod", second_node },
	{ "symlink", symbolic_link },
	{ "symlink-swap", symlink_swap },
	{ "create", create_leaves },
	{ "tmpfile", tmpfile_there },
	{ "tmpfile-linkat", tmpfile_link },
	{ "open-trunc", open_trunc },
	{ "truncate", truncate_path },
	{ "ftruncate", truncate_fd },
	{ "inherited", inherited },
	{ "reopen", reopen },
	{ "o-path", path_only },
	{ "self-root", self_root },
	{ "pid-root", init_root },
	{ "pid-fd", fd_of_other },
	{ "scm-rights", passed_fd },
	{ "file-handle", by_handle },
};
