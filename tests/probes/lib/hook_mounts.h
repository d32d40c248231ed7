/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of [operation] mount: each call that mounts, each in mounts of its own. */
#pragma once

#include <sys/mount.h>
#include <sys/stat.h>

#include "hook.h"

#define PLACE FREE "place" /* a mount point, with a file system on it */

static int fs_context(void)
{
	return (int)syscall(SYS_fsopen, "tmpfs", 0);
}

static int mount_new(void)
{
	own_mounts();
	return result(mount("tmpfs", PLACE, "tmpfs", 0, NULL));
}

static int mount_bind(void)
{
	own_mounts();
	return result(mount(FREE, PLACE, NULL, MS_BIND, NULL));
}

static int mount_again(void)
{
	own_mounts();
	return result(mount(NULL, PLACE, NULL, MS_REMOUNT, NULL));
}

/* mount(2) with MS_REMOUNT is asked about as a mount; fspick is not. */
static int reconfigure(void)
{
	int fd;

	own_mounts();
	fd = ready((int)syscall(SYS_fspick, AT_FDCWD, PLACE, 0), "fspick");
	return result(syscall(SYS_fsconfig, fd, 7 /* FSCONFIG_CMD_RECONFIGURE */, NULL, NULL, 0));
}

static int unmount(void)
{
	own_mounts();
	return result(umount2(PLACE, 0));
}

static int move(void)
{
	own_mounts();
	return result(syscall(SYS_move_mount, AT_FDCWD, PLACE, AT_FDCWD, FREE "other", 0));
}

static int pivot(void)
{
	own_mounts();
	/* The root of an initramfs cannot be turned away from. */
	return result(syscall(SYS_pivot_root, PLACE, PLACE));
}

static int clone_tree(void)
{
	return closed((int)syscall(SYS_open_tree, AT_FDCWD, PLACE, 1 /* OPEN_TREE_CLONE */));
}

static int open_file_system(void)
{
	return closed(fs_context());
}

static int create_mount(void)
{
	int fd = fs_context();

	if (fd < 0)
		return -errno;
	ready((int)syscall(SYS_fsconfig, fd, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0),
	      "fsconfig");
	return closed((int)syscall(SYS_fsmount, fd, 0, 0));
}

static int set_mount(void)
{
	uint64_t nothing[4] = { 0 };

	own_mounts();
	return result(syscall(SYS_mount_setattr, AT_FDCWD, PLACE, 0, nothing, sizeof(nothing)));
}

static void mount_points(void)
{
	ready(mkdir(PLACE, 0700), PLACE);
	ready(mkdir(FREE "other", 0700), "other");
	ready(mount("tmpfs", PLACE, "tmpfs", 0, NULL), PLACE);
}

static const struct hook_case mount_cases[] = {
	{ "mount", mount_new, mount_points },
	{ "bind-mount", mount_bind, nothing_needed },
	{ "remount", mount_again, nothing_needed },
	{ "reconfigure", reconfigure, nothing_needed },
	{ "umount", unmount, nothing_needed },
	{ "move-mount", move, nothing_needed },
	{ "pivot-root", pivot, nothing_needed },
	{ "open-tree", clone_tree, nothing_needed },
	{ "fsopen", open_file_system, nothing_needed },
	{ "fsmount", create_mount, nothing_needed },
	{ "mount-setattr", set_mount, nothing_needed },
};
