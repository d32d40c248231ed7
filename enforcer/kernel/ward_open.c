/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the ward: directory, lock, version, maps and programs by their pins. A command that
 * changes something makes the maps if there are none and sweeps what others left.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

/* A page of any build's ledger; its beginning stays what it is. */
#define LEDGER_HEAD_BYTES 4096

DEFINE_CLEANUP(struct ward, ward_close)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void ward_close(struct ward *ward)
{
	if (!ward)
		return;
	if (ward->slot_table)
		munmap(ward->slot_table, SLOTS_MAX * sizeof(struct slot));
	if (ward->ledger)
		munmap(ward->ledger, sizeof(struct ledger));
	for (size_t hook = 0; hook < PROGRAM_HOOK_COUNT; hook++)
		close_fd(&ward->programs[hook]);
	close_fd(&ward->anchor);
	close_fd(&ward->anchor_device);
	close_fd(&ward->anchor_socket);
	close_fd(&ward->storage);
	close_fd(&ward->slots);
	close_fd(&ward->images);
	close_fd(&ward->blocks);
	close_fd(&ward->cgroup_states);
	close_fd(&ward->rule_counts);
	close_fd(&ward->records);
	close_fd(&ward->settings);
	close_fd(&ward->events);
	close_fd(&ward->attachments);
	close_fd(&ward->ledger_map);
	close_fd(&ward->reader_lock_fd);
	close_fd(&ward->cgroup_mount_fd);
	close_fd(&ward->lock_fd);
	free(ward->pins);
	free(ward->tree);
	free(ward);
}

static struct ward *ward_new(const char *pins, enum ward_access access)
{
	struct ward *ward = malloc(sizeof(*ward));
	char path[PIN_PATH_MAX];

	if (!ward)
		return NULL;
	/* All ones: every fd is -1. */
	memset(ward, 0xff, sizeof(*ward));
	pin_path(path, pins, "abi%u", ABI_VERSION);
	ward->slot_table = NULL;
	ward->ledger = NULL;
	ward->access = access;
	ward->has_failed = false;
	ward->pins = strdup(pins);
	ward->tree = strdup(path);
	if (ward->pins && ward->tree)
		return ward;
	ward_close(ward);
	return NULL;
}

static void finding_other(struct diag *diag, const char *code, const char *tree, const char *whose)
{
	size_t cgroups = pins_count_cgroups(tree);

	diag_add(diag, SEVERITY_ERROR, code, NULL,
	         "use that one, or `cgward remove --all` (calls are then not policed) and apply "
	         "the policies again",
	         "%s was made by another %s; it goes on policing %zu cgroup%s", tree, whose,
	         cgroups, cgroups == 1 ? "" : "s");
}

/* Pins of another version are never reinterpreted: theirs is the only code that knows them. */
static int refuse_other_versions(const char *pins, struct diag *diag)
{
	DIR *directory = opendir(pins);
	struct dirent *entry;
	int error = 0;

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		unsigned int version = pins_abi_of_name(entry->d_name);
		char tree[PIN_PATH_MAX], whose[96];

		if (!version || version == ABI_VERSION)
			continue;
		pin_path(tree, pins, "%s", entry->d_name);
		snprintf(whose, sizeof(whose), "version of cgward (layout %u, this is %u)", version,
		         ABI_VERSION);
		finding_other(diag, "other-version", tree, whose);
		error = -ESTALE;
	}
	closedir(directory);
	return error;
}

static int failed_to_open(const char *path, struct diag *diag)
{
	int error = -errno;

	diag_add(diag, SEVERITY_ERROR, "pins", NULL,
	         error == -ENOENT ? "somebody removed it: `cgward remove --all`, then apply the "
	                            "policies again"
	                          : NULL,
	         "cannot open the pin %s: %s", path, strerror(-error));
	return error == -ENOENT ? -ESTALE : error;
}

static int open_pin(const struct ward *ward, const char *name, struct diag *diag, int *ret_fd)
{
	char path[PIN_PATH_MAX];

	pin_path(path, ward->tree, "%s", name);
	*ret_fd = bpf_obj_get(path);
	return *ret_fd < 0 ? failed_to_open(path, diag) : 0;
}

static int open_maps(struct ward *ward, struct diag *diag)
{
	const struct {
		const char *name;
		int *fd;
	} maps[] = {
		{ "storage", &ward->storage },
		{ "slots", &ward->slots },
		{ "images", &ward->images },
		{ "blocks", &ward->blocks },
		{ "cgroup_states", &ward->cgroup_states },
		{ "rule_counts", &ward->rule_counts },
		{ "records", &ward->records },
		{ "settings", &ward->settings },
		{ "events", &ward->events },
		{ "attachments", &ward->attachments },
		{ "ledger", &ward->ledger_map },
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && !error; i++)
		error = open_pin(ward, maps[i].name, diag, maps[i].fd);
	return error;
}

static int open_programs(struct ward *ward, struct diag *diag)
{
	int error = open_pin(ward, "programs/anchor", diag, &ward->anchor);

	if (!error)
		error = open_pin(ward, "programs/anchor_device", diag, &ward->anchor_device);
	if (!error)
		error = open_pin(ward, "programs/anchor_socket", diag, &ward->anchor_socket);
	for (uint32_t hook = 0; hook < PROGRAM_HOOK_COUNT && !error; hook++) {
		char path[PIN_PATH_MAX];

		pin_path(path, ward->tree, "programs/%s", hook_name((enum hook)hook));
		ward->programs[hook] = bpf_obj_get(path);
		if (ward->programs[hook] < 0 && errno != ENOENT)
			error = failed_to_open(path, diag);
	}
	return error;
}

static int map_memory(int fd, size_t size, bool writable, void **ret_memory)
{
	int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

static int map_tables(struct ward *ward, struct diag *diag)
{
	bool writable = ward->access == WARD_CHANGE;
	void *slots = NULL, *ledger = NULL;
	int error = map_memory(ward->slots, SLOTS_MAX * sizeof(struct slot), writable, &slots);

	if (!error)
		error = map_memory(ward->ledger_map, sizeof(struct ledger), writable, &ledger);
	ward->slot_table = slots;
	ward->ledger = ledger;
	if (error)
		diag_add(diag, SEVERITY_ERROR, "pins", NULL, NULL,
		         "cannot map the slot table of %s: %s", ward->tree, strerror(-error));
	return error;
}

/* Before anything else of the tree is relied on: maps may have come since, or changed their size.
 */
static int refuse_other_build(const struct ward *ward, struct diag *diag)
{
	const struct ledger *ledger;
	int fd CLEANUP_CLOSE = -1;
	int error = open_pin(ward, "ledger", diag, &fd);
	char whose[96];
	void *page;

	if (error)
		return error;
	page = mmap(NULL, LEDGER_HEAD_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	ledger = page;
	if (ledger->build != programs_build() || ledger->abi_version != ABI_VERSION) {
		snprintf(whose, sizeof(whose), "build of cgward (%.*s, this is %s)",
		         (int)sizeof(ledger->version),
		         ledger->version[0] ? ledger->version : "of unknown version",
		         CGWARD_VERSION);
		finding_other(diag, "other-build", ward->tree, whose);
		error = -ESTALE;
	}
	munmap(page, LEDGER_HEAD_BYTES);
	return error;
}

/* -ENOENT without a finding: nothing was ever loaded. */
static int open_tree(struct ward *ward, struct diag *diag)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, error;

	ward->reader_lock_fd = open(ward->tree, flags);
	if (ward->reader_lock_fd >= 0)
		return 0;
	if (errno != ENOENT || ward->access == WARD_READ)
		return -errno;
	error = programs_make_tree(ward->pins, diag);
	if (error)
		return error;
	ward->reader_lock_fd = open(ward->tree, flags);
	return ward->reader_lock_fd < 0 ? -errno : 0;
}

/* First of all, so that nothing is loaded in vain; not -ENOENT, whatever is missing: policies may
 * well be in force. */
static int open_hierarchy(struct ward *ward, struct diag *diag)
{
	char *point CLEANUP_FREE = NULL;
	int error = cgroup_mount_point(diag, &point);

	if (error)
		return error == -ENOENT ? -ENODEV : error;
	ward->cgroup_mount_fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return ward->cgroup_mount_fd < 0 ? -errno : 0;
}

/* `remove --all` may have removed the directory while this command waited for its lock. */
static int open_locked(struct ward *ward, bool change, struct diag *diag)
{
	struct stat status;
	int error;

	do {
		close_fd(&ward->lock_fd);
		error = pins_open(ward->pins, change, diag, &ward->lock_fd);
		if (!error)
			error = pins_lock(ward->lock_fd, ward->pins, change, diag);
		if (!error && fstat(ward->lock_fd, &status) < 0)
			error = -errno;
	} while (!error && !status.st_nlink);
	return error;
}

static int open_everything(struct ward *ward, struct diag *diag)
{
	bool change = ward->access == WARD_CHANGE;
	int error = open_hierarchy(ward, diag);

	if (!error)
		error = open_locked(ward, change, diag);
	if (!error)
		error = refuse_other_versions(ward->pins, diag);
	if (!error)
		error = open_tree(ward, diag);
	if (!error)
		error = refuse_other_build(ward, diag);
	if (!error)
		error = open_maps(ward, diag);
	if (!error)
		error = map_tables(ward, diag);
	if (!error && change)
		error = open_programs(ward, diag);
	return error;
}

int ward_open(const char *pins, enum ward_access access, struct diag *diag, struct ward **ret_ward)
{
	struct ward *ward CLEANUP(cleanup_ward_close) = NULL;
	int error;

	error = ward_permitted(diag);
	if (error)
		return error;
	libbpf_log_begin();
	ward = ward_new(pins, access);
	if (!ward)
		return -ENOMEM;
	error = open_everything(ward, diag);
	if (error)
		return error;
	if (access == WARD_CHANGE)
		ward_sweep(ward);
	*ret_ward = TAKE_PTR(ward);
	return 0;
}

void ward_unlock(struct ward *ward)
{
	flock(ward->lock_fd, LOCK_UN);
}

int ward_socket_program(const struct ward *ward)
{
	int fd = fcntl(ward->programs[HOOK_SECCOMP], F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int ward_reader_lock_fd(const struct ward *ward)
{
	return ward->reader_lock_fd;
}

int ward_cgroup_states_fd(const struct ward *ward)
{
	return ward->cgroup_states;
}
