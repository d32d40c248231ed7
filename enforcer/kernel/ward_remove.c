/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a policy away, in the opposite order of putting it in force: links, storage, counters,
 * note, slot. And taking everything away, whatever version made it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"
#include "kernel/slots.h"
#include "kernel/ward_private.h"

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* An empty cgroup, or one that is gone, has nobody to be denied wrongly but sockets that left it.
 */
static bool is_populated(struct ward *ward, uint64_t cgroup_id)
{
	struct cgroup cgroup CLEANUP(cgroup_fini) = CGROUP_INIT;
	bool populated = true;

	return policed_open(ward, cgroup_id, &cgroup) == 0 &&
	       (cgroup_is_populated(&cgroup, &populated) || populated);
}

static int delete_state(struct ward *ward, uint64_t cgroup_id)
{
	if (bpf_map_delete_elem(ward->cgroup_states, &cgroup_id) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

/* While a link resists, the note stays, and the next command tries again. */
int policed_drop(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	struct policed going = *policed;
	int error;

	going.flags |= POLICED_GOING;
	error = policed_set(ward, cgroup_id, &going);
	if (!error)
		error = links_remove(ward, cgroup_id, ALL_HOOKS);
	if (error)
		return error;
	lsm_release(ward, cgroup_id);
	if (is_populated(ward, cgroup_id))
		programs_wait(ward);
	storage_clear(ward, cgroup_id);
	rule_counts_drop(ward, cgroup_id, policed->slot);
	error = delete_state(ward, cgroup_id);
	if (!error)
		error = policed_delete(ward, cgroup_id, policed);
	if (!error)
		slot_release_unused(ward, policed->slot);
	lsm_trim(ward);
	return error;
}

static int told_as_failed(struct diag *diag, int error)
{
	if (error)
		diag_add(diag, SEVERITY_ERROR, "remove-failed", NULL,
		         "the next command tries again; `cgward status` tells what is linked",
		         "cannot take the policy away: %s", strerror(-error));
	return error == -ENOENT ? -EIO : error;
}

static int remove_policed(struct ward *ward, uint64_t cgroup_id, const struct policed *policed,
                          struct diag *diag)
{
	int error;

	change_begin(ward);
	error = policed_drop(ward, cgroup_id, policed);
	if (!ward->ledger->policed)
		images_withdraw_left(ward);
	change_end(ward, error);
	return told_as_failed(diag, error);
}

int ward_remove(struct ward *ward, uint64_t cgroup_id, struct diag *diag)
{
	struct policed policed;
	char *path CLEANUP_FREE = NULL;
	int error = policed_get(ward, cgroup_id, &policed);

	if (!error)
		return remove_policed(ward, cgroup_id, &policed, diag);
	if (error != -ENOENT)
		return told_as_failed(diag, error);
	cgroup_path_of_id(ward->cgroup_mount_fd, cgroup_id, &path);
	diag_add(diag, SEVERITY_ERROR, "not-in-force", NULL,
	         "`cgward status` lists the cgroups that have a policy",
	         "cgroup %s has no policy of its own", path ? path : "(removed)");
	return -ENOENT;
}

/* Every link below is detached before its pin goes; what is no link does not mind. */
static int detach_below(const char *path, int depth)
{
	DIR *directory CLEANUP(cleanup_closedir) = opendir(path);
	struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(directory))) {
		char child[PIN_PATH_MAX];
		int fd CLEANUP_CLOSE = -1, error;

		if (entry->d_name[0] == '.' ||
		    strlen(path) + strlen(entry->d_name) + 2 > sizeof(child))
			continue;
		pin_path(child, path, "%s", entry->d_name);
		if (entry->d_type == DT_DIR) {
			error = depth ? detach_below(child, depth - 1) : -ELOOP;
			if (error)
				return error;
			continue;
		}
		fd = bpf_obj_get(child);
		if (fd >= 0)
			bpf_link_detach(fd);
	}
	return 0;
}

/* An LSM link cannot be detached, and its program runs on for a while once the pin is gone: it
 * finds no cgroup to police. */
static void empty_lsm_attachments(const char *tree)
{
	char path[PIN_PATH_MAX];
	int fd CLEANUP_CLOSE = -1;
	uint64_t id;

	pin_path(path, tree, "lsm/lsm_attachments");
	fd = bpf_obj_get(path);
	while (fd >= 0 && bpf_map_get_next_key(fd, NULL, &id) == 0) {
		if (bpf_map_delete_elem(fd, &id) < 0)
			return;
	}
}

/* Whatever else stands beside our trees is somebody else's: the directory may be /sys/fs/bpf. */
static int remove_trees(const char *pins, size_t *cgroups)
{
	DIR *directory CLEANUP(cleanup_closedir) = opendir(pins);
	struct dirent *entry;
	int error = 0;

	if (!directory)
		return -errno;
	while (!error && (entry = readdir(directory))) {
		char tree[PIN_PATH_MAX];

		if (!pins_is_tree_name(entry->d_name))
			continue;
		pin_path(tree, pins, "%s", entry->d_name);
		*cgroups += pins_count_cgroups(tree);
		empty_lsm_attachments(tree);
		error = detach_below(tree, 3);
		if (!error)
			error = pins_remove_tree(tree);
	}
	return error;
}

int ward_remove_all(const char *pins, struct diag *diag, size_t *ret_cgroups)
{
	int fd CLEANUP_CLOSE = -1;
	size_t cgroups = 0;
	int error;

	error = ward_permitted(diag);
	if (error)
		return error;
	libbpf_log_begin();
	error = pins_open(pins, false, diag, &fd);
	if (error == -ENOENT) {
		*ret_cgroups = 0;
		return 0;
	}
	if (!error)
		error = pins_lock(fd, pins, true, diag);
	if (error)
		return error;
	error = remove_trees(pins, &cgroups);
	if (!error && rmdir(pins) < 0 && errno != ENOTEMPTY && errno != EBUSY && errno != ENOENT)
		error = -errno;
	if (error) {
		diag_add(diag, SEVERITY_ERROR, "pins", NULL, NULL, "cannot remove %s: %s", pins,
		         strerror(-error));
		return error;
	}
	*ret_cgroups = cgroups;
	return 0;
}
