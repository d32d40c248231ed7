/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of [file], in the order of its letters. */
#pragma once

#include <linux/xattr.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "hook.h"

/* ---- opening ----------------------------------------------------------------------------- */

static int open_to_read(void)
{
	return closed(open(FILES "open-r", O_RDONLY | O_CLOEXEC));
}

static int open_to_write(void)
{
	return closed(open(FILES "open-w", O_WRONLY | O_CLOEXEC));
}

static int open_for_both(void)
{
	return closed(open(FILES "open-rw", O_RDWR | O_CLOEXEC));
}

/* For neither: for ioctl. */
static int open_for_ioctl(void)
{
	return closed(open(FILES "open-ioctl", O_ACCMODE | O_CLOEXEC));
}

static int open_deleted(void)
{
	return closed(open("/proc/self/fd/11", O_RDONLY | O_CLOEXEC));
}

static int open_memory(void)
{
	int memory = ready(memfd_create("hooks", MFD_CLOEXEC), "memfd");
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	return closed(open(path, O_RDONLY | O_CLOEXEC));
}

/* On a mount of mqueue that the kernel keeps to itself. */
static int open_queue(void)
{
	mqd_t queue = mq_open("/hooks", O_RDWR | O_CREAT, 0600, NULL);
	int error = result(queue);

	if (!error)
		mq_close(queue);
	mq_unlink("/hooks");
	return error;
}

/* Passes a descriptor to itself. The kernel leaves out what may not be received. */
static int receive_itself(int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { (char[]){ "x" }, 1 };
	struct msghdr message = { .msg_iov = &data,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	int pair[2];

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	ready(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
	ready((int)sendmsg(pair[0], &message, 0), "sendmsg");
	ready((int)recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC), "recvmsg");
	return message.msg_controllen >= CMSG_LEN(sizeof(int)) ? 0 : -EPERM;
}

static int receive(void)
{
	return receive_itself(HELD_FILE);
}

static int receive_memory(void)
{
	return receive_itself(ready(memfd_create("hooks", MFD_CLOEXEC), "memfd"));
}

/* ---- truncating -------------------------------------------------------------------------- */

static int cut(void)
{
	return result(truncate(FILES "truncate", 0));
}

static int cut_open(void)
{
	return result(ftruncate(HELD_FILE, 0));
}

/* ---- making ------------------------------------------------------------------------------ */

static int create(void)
{
	return closed(open(FILES "create", O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
}

static int make_pipe(void)
{
	return result(mkfifo(FILES "mkfifo", 0600));
}

static int make_directory(void)
{
	return result(mkdir(FILES "mkdir", 0700));
}

static int make_symlink(void)
{
	return result(symlink("anything", FILES "symlink"));
}

static int link_to(void)
{
	return result(link(FREE "link", FILES "link-to"));
}

static int link_from(void)
{
	return result(link(FILES "link-from", FREE "linked"));
}

/* ---- renaming and removing --------------------------------------------------------------- */

static int rename_from(void)
{
	return result(rename(FILES "rename-from", FREE "renamed"));
}

static int rename_to(void)
{
	return result(rename(FREE "rename", FILES "rename-to"));
}

static int rename_over(void)
{
	return result(rename(FREE "over", FILES "rename-over"));
}

static int exchange(void)
{
	return result(
	        renameat2(AT_FDCWD, FILES "exchange", AT_FDCWD, FREE "exchange", RENAME_EXCHANGE));
}

static int remove_file(void)
{
	return result(unlink(FILES "unlink"));
}

static int remove_directory(void)
{
	return result(rmdir(FILES "rmdir"));
}

/* ---- attributes -------------------------------------------------------------------------- */

static int change_mode(void)
{
	return result(chmod(FILES "chmod", 0640));
}

static int change_owner(void)
{
	return result(chown(FILES "chown", OTHER_UID, OTHER_UID));
}

static int change_times(void)
{
	return result(utimensat(AT_FDCWD, FILES "utimens", NULL, 0));
}

static int set_attribute(void)
{
	return result(setxattr(FILES "setxattr", "trusted.hooks", "x", 1, 0));
}

static int remove_attribute(void)
{
	return result(removexattr(FILES "removexattr", "trusted.hooks"));
}

#define ACCESS_LIST "system.posix_acl_access"

/* More than a mode can say, which would be taken for one. */
static int set_list(const char *path)
{
	const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} list = { 2,
		   { { 1, 6, ~0U },
		     { 2, 4, OTHER_UID },
		     { 4, 4, ~0U },
		     { 16, 4, ~0U },
		     { 32, 0, ~0U } } };

	return result(setxattr(path, ACCESS_LIST, &list, sizeof(list), 0));
}

static int set_access_list(void)
{
	return set_list(FILES "set-acl");
}

static int remove_access_list(void)
{
	return result(removexattr(FILES "remove-acl", ACCESS_LIST));
}

/* ---- what they need ---------------------------------------------------------------------- */

static void with_attribute(void)
{
	make_file(FILES "removexattr");
	ready(setxattr(FILES "removexattr", "trusted.hooks", "x", 1, 0), "setxattr");
}

static void with_list(void)
{
	make_file(FILES "remove-acl");
	ready(set_list(FILES "remove-acl"), "access list");
}

static void a_directory(void)
{
	ready(mkdir(FILES "rmdir", 0700), "mkdir");
}

static void in_exchange(void)
{
	make_file(FILES "exchange");
	make_file(FREE "exchange");
}

static void to_link(void)
{
	make_file(FREE "link");
}

static void to_rename(void)
{
	make_file(FREE "rename");
}

static void to_cover(void)
{
	make_file(FREE "over");
	make_file(FILES "rename-over");
}

static const struct hook_case file_cases[] = {
	{ "open-r", open_to_read, NULL },
	{ "open-w", open_to_write, NULL },
	{ "open-rw", open_for_both, NULL },
	{ "open-ioctl", open_for_ioctl, NULL },
	{ "open-deleted", open_deleted, nothing_needed },
	{ "open-memfd", open_memory, nothing_needed },
	{ "open-queue", open_queue, nothing_needed },
	{ "receive", receive, nothing_needed },
	{ "receive-memfd", receive_memory, nothing_needed },
	{ "truncate", cut, NULL },
	{ "ftruncate", cut_open, nothing_needed },
	{ "create", create, nothing_needed },
	{ "mkfifo", make_pipe, nothing_needed },
	{ "mkdir", make_directory, nothing_needed },
	{ "symlink", make_symlink, nothing_needed },
	{ "link-to", link_to, to_link },
	{ "link-from", link_from, NULL },
	{ "rename-from", rename_from, NULL },
	{ "rename-to", rename_to, to_rename },
	{ "rename-over", rename_over, to_cover },
	{ "exchange", exchange, in_exchange },
	{ "unlink", remove_file, NULL },
	{ "rmdir", remove_directory, a_directory },
	{ "chmod", change_mode, NULL },
	{ "chown", change_owner, NULL },
	{ "utimens", change_times, NULL },
	{ "setxattr", set_attribute, NULL },
	{ "removexattr", remove_attribute, with_attribute },
	{ "set-acl", set_access_list, NULL },
	{ "remove-acl", remove_access_list, with_list },
};
