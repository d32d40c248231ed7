/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The links of a cgroup, and the storage its programs read.
 *
 * The hard idea: the kernel allocates storage when a program that uses it is attached, and zero
 * storage denies. So that a live cgroup never sees zero storage through an enforcing program, an
 * anchor, a program that allows everything, is attached first and for a moment; shared storage
 * outlives the detachment (kernel/bpf/cgroup.c frees it with the cgroup).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/hooks.h"
#include "kernel/ward_private.h"

static void link_path(char path[PIN_PATH_MAX], const struct ward *ward, uint64_t cgroup_id,
                      enum hook hook)
{
	pin_path(path, ward->tree, "cgroups/%llu_%s", (unsigned long long)cgroup_id,
	         hook_name(hook));
}

/* A pin whose link was detached (its command died between the two) tells cgroup id 0. What cannot
 * be asked is an error: told as not linked, it would be taken for a hole or be linked twice. */
static int is_linked(const struct ward *ward, uint64_t cgroup_id, enum hook hook, bool *ret_linked)
{
	struct bpf_link_info info = { 0 };
	uint32_t size = sizeof(info);
	char path[PIN_PATH_MAX];
	int fd CLEANUP_CLOSE = -1;

	link_path(path, ward, cgroup_id, hook);
	fd = bpf_obj_get(path);
	if (fd < 0 && errno == ENOENT) {
		*ret_linked = false;
		return 0;
	}
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret_linked = info.type == BPF_LINK_TYPE_CGROUP && info.cgroup.cgroup_id == cgroup_id;
	return 0;
}

int links_present(const struct ward *ward, uint64_t cgroup_id, uint32_t *ret_hooks)
{
	uint32_t hooks = 0;

	for (uint32_t hook = 0; hook < CGROUP_HOOK_COUNT; hook++) {
		bool linked;
		int error = is_linked(ward, cgroup_id, (enum hook)hook, &linked);

		if (error)
			return error;
		if (linked)
			hooks |= 1U << hook;
	}
	*ret_hooks = hooks;
	return 0;
}

static const char *hint_for(int error)
{
	switch (error) {
	case -EPERM:
		return "a program that tolerates no other is attached to it or to an ancestor; "
		       "`cgward doctor` names it";
	case -E2BIG:
		return "64 programs of this type are attached to it already";
	case -ENOENT:
		return "the cgroup was removed meanwhile";
	default:
		return NULL;
	}
}

static int link_hook(struct ward *ward, const struct cgroup *cgroup, enum hook hook)
{
	int fd CLEANUP_CLOSE =
	        bpf_link_create(ward->programs[hook], cgroup->fd, hook_attach_type(hook), NULL);
	char path[PIN_PATH_MAX];

	if (fd < 0)
		return -errno;
	link_path(path, ward, cgroup->id, hook);
	if (bpf_obj_pin(fd, path) == 0)
		return 0;
	/* The pin of a link that somebody detached. */
	if (errno != EEXIST || unlink(path) < 0)
		return -errno;
	return bpf_obj_pin(fd, path) < 0 ? -errno : 0;
}

int links_make(struct ward *ward, const struct cgroup *cgroup, uint32_t hooks, struct diag *diag,
               uint32_t *ret_linked)
{
	uint32_t linked = 0;
	int error = 0;

	for (uint32_t hook = 0; hook < CGROUP_HOOK_COUNT && !error; hook++) {
		if (!(hooks & (1U << hook)))
			continue;
		error = link_hook(ward, cgroup, (enum hook)hook);
		if (!error)
			linked |= 1U << hook;
		else
			diag_add(diag, SEVERITY_ERROR, "link-failed", NULL, hint_for(error),
			         "cannot attach %s to cgroup %s: %s", hook_name((enum hook)hook),
			         cgroup->path, strerror(-error));
	}
	*ret_linked = linked;
	return error;
}

int links_add(struct ward *ward, const struct cgroup *cgroup, uint32_t hooks, struct diag *diag,
              uint32_t *ret_linked)
{
	uint32_t present;
	int error = links_present(ward, cgroup->id, &present);

	if (!error)
		return links_make(ward, cgroup, hooks & ~present, diag, ret_linked);
	*ret_linked = 0;
	diag_add(diag, SEVERITY_ERROR, "link-failed", NULL, NULL,
	         "cannot use the pins of cgroup %s: %s", cgroup->path, strerror(-error));
	return error;
}

/* Detached before it is unpinned: the kernel frees an unpinned link some time later, and until then
 * its program still decides. What could not be detached keeps its pin. */
static int unlink_hook(struct ward *ward, uint64_t cgroup_id, enum hook hook)
{
	char path[PIN_PATH_MAX];
	int fd CLEANUP_CLOSE = -1;

	link_path(path, ward, cgroup_id, hook);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (bpf_link_detach(fd) < 0)
		return -errno;
	return unlink(path) < 0 ? -errno : 0;
}

int links_remove(struct ward *ward, uint64_t cgroup_id, uint32_t hooks)
{
	int error = 0;

	for (uint32_t hook = 0; hook < CGROUP_HOOK_COUNT; hook++) {
		if (hooks & (1U << hook)) {
			int failed = unlink_hook(ward, cgroup_id, (enum hook)hook);

			error = error ? error : failed;
		}
	}
	return error;
}

static int attach_anchor(struct ward *ward, const struct cgroup *cgroup, uint32_t hooks,
                         int *ret_fd)
{
	int fd = -1;

	if (hooks & (1U << HOOK_SOCK_CREATE))
		fd = bpf_link_create(ward->anchor_socket, cgroup->fd,
		                     hook_attach_type(HOOK_SOCK_CREATE), NULL);
	else if (hooks & (1U << HOOK_DEVICE))
		fd = bpf_link_create(ward->anchor_device, cgroup->fd, hook_attach_type(HOOK_DEVICE),
		                     NULL);
	/* Whatever refused it will refuse the hook as well, and then is named. */
	if (fd < 0)
		fd = bpf_link_create(ward->anchor, cgroup->fd, BPF_CGROUP_SYSCTL, NULL);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int storage_write(struct ward *ward, const struct cgroup *cgroup, uint32_t slot, uint32_t hooks)
{
	struct attachment attachment = { .slot = slot, .cgroup_id = cgroup->id };
	int anchor CLEANUP_CLOSE = -1;
	int error;

	if (bpf_map_update_elem(ward->storage, &cgroup->id, &attachment, BPF_ANY) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	error = attach_anchor(ward, cgroup, hooks, &anchor);
	if (error)
		return error;
	return bpf_map_update_elem(ward->storage, &cgroup->id, &attachment, BPF_ANY) < 0 ? -errno
	                                                                                 : 0;
}

void storage_clear(struct ward *ward, uint64_t cgroup_id)
{
	struct attachment nothing = { 0 };

	/* -ENOENT: the cgroup is gone, and its storage with it. */
	bpf_map_update_elem(ward->storage, &cgroup_id, &nothing, BPF_ANY);
}
