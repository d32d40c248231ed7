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
#include "kernel/slots.h"
#include "kernel/ward_private.h"

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static void drop_rule_counts(struct ward *ward, uint64_t cgroup_id)
{
	struct rule_key key, last, *previous = NULL;
	bool drop_last = false;

	/* The key after a deleted one is the first again, so a key is deleted once its successor
	 * is known. */
	while (bpf_map_get_next_key(ward->rule_counts, previous, &key) == 0) {
		if (drop_last)
			bpf_map_delete_elem(ward->rule_counts, &last);
		last = key;
		previous = &last;
		drop_last = key.cgroup_id == cgroup_id;
	}
	if (drop_last)
		bpf_map_delete_elem(ward->rule_counts, &last);
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

void policed_drop(struct ward *ward, uint64_t cgroup_id, const struct policed *policed)
{
	struct policed going = *policed;

	going.flags |= POLICED_GOING;
	policed_set(ward, cgroup_id, &going);
	links_remove(ward, cgroup_id, ALL_HOOKS);
	if (is_populated(ward, cgroup_id))
		programs_wait(ward);
	storage_clear(ward, cgroup_id);
	bpf_map_delete_elem(ward->cgroup_states, &cgroup_id);
	drop_rule_counts(ward, cgroup_id);
	bpf_map_delete_elem(ward->attachments, &cgroup_id);
	slot_release_unused(ward, policed->slot);
}

int ward_remove(struct ward *ward, uint64_t cgroup_id, struct diag *diag)
{
	struct policed policed;
	char *path CLEANUP_FREE = NULL;

	if (policed_get(ward, cgroup_id, &policed)) {
		cgroup_path_of_id(ward->cgroup_mount_fd, cgroup_id, &path);
		diag_add(diag, SEVERITY_ERROR, "not-in-force", NULL,
		         "`cgward status` lists the cgroups that have a policy",
		         "cgroup %s has no policy of its own", path ? path : "(removed)");
		return -ENOENT;
	}
	policed_drop(ward, cgroup_id, &policed);
	return 0;
}

/* Every link below is detached before its pin goes; what is no link does not mind. */
static int detach_below(const char *path, int depth, size_t *cgroups)
{
	DIR *directory CLEANUP(cleanup_closedir) = opendir(path);
	bool has_links = false;
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
			error = depth ? detach_below(child, depth - 1, cgroups) : -ELOOP;
			if (error)
				return error;
			continue;
		}
		fd = bpf_obj_get(child);
		if (fd >= 0 && bpf_link_detach(fd) == 0)
			has_links = true;
	}
	*cgroups += has_links;
	return 0;
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
		error = detach_below(tree, 3, cgroups);
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

	if (geteuid() != 0) {
		diag_add(diag, SEVERITY_ERROR, "not-root", NULL, "run it as root",
		         "only root can remove what is in force");
		return -EPERM;
	}
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
