/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading the LSM programs, with the first policy that has a use for them, and pinning them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "abi_lsm.h"
#include "base/cleanup.h"
#include "cgward_lsm.skel.h"
#include "compile/unsupported.h"
#include "kernel/lsm.h"
#include "kernel/socket_filter.h"

#define LSM_LOADING "lsm_loading"
#define LSM_ABSENT  "lsm_absent"
#define REASONS_MAX 256

DEFINE_CLEANUP(struct cgward_lsm_bpf, cgward_lsm_bpf__destroy)
DEFINE_CLEANUP(struct btf, btf__free)

/* "file_open" of "lsm/file_open" */
static const char *hook_of(const struct bpf_program *program)
{
	return strchr(bpf_program__section_name(program), '/') + 1;
}

/* Hooks come and go with versions of the kernel; a policy that needs one asks for all that would
 * do. */
static void skip_absent_hooks(const struct cgward_lsm_bpf *skeleton)
{
	struct btf *kernel CLEANUP(cleanup_btf__free) = btf__load_vmlinux_btf();
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj)
	{
		char function[128];

		snprintf(function, sizeof(function), "bpf_lsm_%s", hook_of(program));
		if (kernel && btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) < 0)
			bpf_program__set_autoload(program, false);
	}
}

static int load(const struct ward *ward, struct diag *diag, struct cgward_lsm_bpf **ret_skeleton)
{
	struct cgward_lsm_bpf *skeleton CLEANUP(cleanup_cgward_lsm_bpf__destroy) = NULL;
	int error;

	libbpf_log_begin();
	skeleton = cgward_lsm_bpf__open();
	if (!skeleton)
		error = -errno;
	else
		error = programs_share_maps(ward, skeleton->obj);
	if (!error) {
		skip_absent_hooks(skeleton);
		error = cgward_lsm_bpf__load(skeleton);
	}
	if (error) {
		diag_add(diag, SEVERITY_ERROR, "load-failed", NULL, libbpf_log_tail(),
		         "the kernel did not load the LSM programs: %s", strerror(-error));
		return error == -EPERM ? -EPERM : -EOPNOTSUPP;
	}
	*ret_skeleton = TAKE_PTR(skeleton);
	return 0;
}

static int note_own(int objects, uint64_t key)
{
	uint8_t one = 1;

	return bpf_map_update_elem(objects, &key, &one, BPF_ANY) < 0 ? -errno : 0;
}

static int note_map(int objects, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	return note_own(objects, info.id);
}

static int note_program(int objects, int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	return note_own(objects, OWN_PROGRAM | info.id);
}

/* What no policed task gets a descriptor of. */
static int note_everything(const struct ward *ward, const struct cgward_lsm_bpf *skeleton)
{
	int objects = bpf_map__fd(skeleton->maps.own_objects);
	int error = note_map(objects, ward->ledger_map);
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_map(map, skeleton->obj)
	{
		if (!error)
			error = note_map(objects, bpf_map__fd(map));
	}
	bpf_object__for_each_program(program, skeleton->obj)
	{
		if (!error && bpf_program__autoload(program))
			error = note_program(objects, bpf_program__fd(program));
	}
	for (uint32_t hook = 0; hook < PROGRAM_HOOK_COUNT && !error; hook++) {
		if (ward->programs[hook] >= 0)
			error = note_program(objects, ward->programs[hook]);
	}
	return error;
}

int lsm_guard_program(const struct ward *ward, int fd)
{
	int objects CLEANUP_CLOSE = lsm_open_map(ward, "own_objects");

	if (objects < 0)
		return objects == -ENOENT ? 0 : objects;
	return note_program(objects, fd);
}

static int make_directory(const char *directory, const char *name)
{
	char path[PIN_PATH_MAX];

	pin_path(path, directory, "%s", name);
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

static int pin_own_maps(const struct cgward_lsm_bpf *skeleton, const char *directory)
{
	struct bpf_map *const maps[] = { skeleton->maps.lsm_levels, skeleton->maps.lsm_attachments,
		                         skeleton->maps.armed_tasks, skeleton->maps.scratches,
		                         skeleton->maps.own_objects };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		char path[PIN_PATH_MAX];

		pin_path(path, directory, "%s", bpf_map__name(maps[i]));
		if (bpf_obj_pin(bpf_map__fd(maps[i]), path) < 0)
			return -errno;
	}
	return 0;
}

static int pin_programs(const struct cgward_lsm_bpf *skeleton, const char *directory)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj)
	{
		char path[PIN_PATH_MAX];

		if (!bpf_program__autoload(program))
			continue;
		pin_path(path, directory, "programs/%s", hook_of(program));
		if (bpf_obj_pin(bpf_program__fd(program), path) < 0)
			return -errno;
	}
	return 0;
}

static int pin_everything(const struct cgward_lsm_bpf *skeleton, const char *directory)
{
	int error = mkdir(directory, 0700) < 0 ? -errno : 0;

	if (!error)
		error = make_directory(directory, "programs");
	if (!error)
		error = make_directory(directory, "links");
	if (!error)
		error = pin_own_maps(skeleton, directory);
	if (!error)
		error = pin_programs(skeleton, directory);
	return error;
}

static int load_and_pin(const struct ward *ward, struct diag *diag)
{
	struct cgward_lsm_bpf *skeleton CLEANUP(cleanup_cgward_lsm_bpf__destroy) = NULL;
	char loading[PIN_PATH_MAX], loaded[PIN_PATH_MAX];
	int error = load(ward, diag, &skeleton);

	if (error)
		return error;
	pin_path(loading, ward->tree, LSM_LOADING);
	pin_path(loaded, ward->tree, "lsm");
	error = pins_remove_tree(loading);
	if (!error)
		error = note_everything(ward, skeleton);
	if (!error)
		error = pin_everything(skeleton, loading);
	if (!error && rename(loading, loaded) < 0)
		error = -errno;
	if (error) {
		pins_remove_tree(loading);
		diag_add(diag, SEVERITY_ERROR, "pin-failed", NULL, NULL,
		         "cannot pin the LSM programs below %s: %s", ward->tree, strerror(-error));
	}
	return error;
}

static bool has_pin(const struct ward *ward, const char *name)
{
	char path[PIN_PATH_MAX];

	pin_path(path, ward->tree, "%s", name);
	return access(path, F_OK) == 0;
}

/*
 * [connect] and [bind] are enforced without LSM programs too; then a socket that was made outside
 * is not judged, which `check` has told. Trying takes libbpf some 20 ms, and what comes of it holds
 * until the next boot, as pins do: so it is noted among these.
 */
static int prepare_for_foreign_sockets(const struct ward *ward, struct diag *diag)
{
	struct diag unused CLEANUP(diag_fini) = DIAG_INIT;
	const char *reason;
	int error;

	if (has_pin(ward, LSM_ABSENT))
		return 0;
	if (lsm_try(&reason)) {
		make_directory(ward->tree, LSM_ABSENT);
		return 0;
	}
	error = load_and_pin(ward, &unused);
	if (error)
		diag_add(diag, SEVERITY_WARNING, "unsupported-kernel", NULL, NULL,
		         "sockets that are made outside of the cgroup are not judged: the LSM "
		         "programs cannot be loaded: %s",
		         strerror(-error));
	return 0;
}

static bool is_loaded(const struct ward *ward)
{
	return has_pin(ward, "lsm");
}

uint64_t lsm_hooks_to_attach(const struct ward *ward, const struct image *image)
{
	return is_loaded(ward) ? image_lsm_hooks(image) : 0;
}

/* Whether the filter does for it. If not, and it was asked for, that is told. */
static bool try_filter(const struct policy *policy, enum filter_use filter, const char *reason,
                       struct diag *diag)
{
	char reasons[REASONS_MAX];
	const char *too;

	if (filter == FILTER_THERE || socket_filter_try(&too) == 0)
		return true;
	snprintf(reasons, sizeof(reasons), "%s, and %s", reason, too);
	report_missing_hooks(policy, 1U << HOOK_LSM_SOCKET, reasons, NULL, NULL, diag);
	return false;
}

/* What is to be done where LSM programs do not run, for `reason`. */
static int do_without(const struct policy *policy, uint32_t needed, enum filter_use filter,
                      const char *reason, struct diag *diag, struct lsm_means *ret_means)
{
	const uint32_t socket = needed & 1U << HOOK_LSM_SOCKET;
	uint32_t untold = needed;
	char list[LSM_LIST_MAX];

	if (socket && filter != FILTER_OUT_OF_REACH) {
		ret_means->by_filter = try_filter(policy, filter, reason, diag);
		if (ret_means->by_filter)
			needed &= ~socket;
		untold &= ~socket;
	}
	report_missing_hooks(policy, untold, reason, lsm_list(list) ? list : "...",
	                     untold & socket ? "start with `cgward run` what is to be policed, "
	                                       "which does without"
	                                     : NULL,
	                     diag);
	ret_means->missing = needed;
	return needed && !policy->unsupported_warn ? -EOPNOTSUPP : 0;
}

int lsm_prepare(struct ward *ward, const struct policy *policy, const struct image *image,
                enum filter_use filter, struct diag *diag, struct lsm_means *ret_means)
{
	uint32_t needed = image_header(image)->hooks & HOOKS_OF_LSM;
	const char *reason;

	*ret_means = (struct lsm_means){ 0 };
	if (!image_lsm_hooks(image) || is_loaded(ward))
		return 0;
	if (!needed)
		return prepare_for_foreign_sockets(ward, diag);
	if (lsm_try(&reason) == 0)
		return load_and_pin(ward, diag);
	return do_without(policy, needed, filter, reason, diag, ret_means);
}

int lsm_open_map(const struct ward *ward, const char *name)
{
	char path[PIN_PATH_MAX];
	int fd;

	pin_path(path, ward->tree, "lsm/%s", name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}
