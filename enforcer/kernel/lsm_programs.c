/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading the LSM programs, with the first policy that needs them, and pinning them.
 *
 * Where `bpf` is not in the kernel's list of security modules, programs load and attach without an
 * error and never run. So a call is tried first that must be denied.
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

#define LSM_LOADING "lsm_loading"

DEFINE_CLEANUP(struct cgward_lsm_bpf, cgward_lsm_bpf__destroy)
DEFINE_CLEANUP(struct btf, btf__free)

/* ---- does the kernel run them? ----------------------------------------------------------- */

/* getpgid(2) of this process, and of no other, is refused. */
static int load_canary(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 32 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .off = 2,
		  .imm = getpid() },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -EPERM },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	int id = libbpf_find_vmlinux_btf_id("task_getpgid", BPF_LSM_MAC), fd;

	if (id < 0)
		return id;
	options.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "canary", "GPL", program,
	                   sizeof(program) / sizeof(program[0]), &options);
	return fd < 0 ? -errno : fd;
}

bool lsm_list(char list[LSM_LIST_MAX])
{
	int fd CLEANUP_CLOSE = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, list, LSM_LIST_MAX - 1);

	list[length > 0 ? length : 0] = '\0';
	list[strcspn(list, "\n")] = '\0';
	return length >= 0;
}

int lsm_try(const char **ret_reason)
{
	int program CLEANUP_CLOSE = load_canary();
	int link CLEANUP_CLOSE = -1;

	if (program < 0) {
		*ret_reason = program == -ENOENT || program == -ESRCH
		                      ? "this kernel has no BPF LSM (CONFIG_BPF_LSM)"
		                      : "this kernel does not load LSM programs";
		return -EOPNOTSUPP;
	}
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0) {
		*ret_reason = "this kernel does not attach LSM programs";
		return -EOPNOTSUPP;
	}
	if (getpgid(getpid()) >= 0 || errno != EPERM) {
		*ret_reason = "this kernel attaches LSM programs and does not run them";
		return -EOPNOTSUPP;
	}
	return 0;
}

/* ---- loading ----------------------------------------------------------------------------- */

static int share_maps(const struct ward *ward, struct cgward_lsm_bpf *skeleton)
{
	const struct {
		struct bpf_map *map;
		int fd;
	} shared[] = {
		{ skeleton->maps.slots, ward->slots },
		{ skeleton->maps.images, ward->images },
		{ skeleton->maps.blocks, ward->blocks },
		{ skeleton->maps.cgroup_states, ward->cgroup_states },
		{ skeleton->maps.rule_counts, ward->rule_counts },
		{ skeleton->maps.records, ward->records },
		{ skeleton->maps.settings, ward->settings },
		{ skeleton->maps.events, ward->events },
		{ skeleton->maps.storage, ward->storage },
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]) && !error; i++)
		error = bpf_map__reuse_fd(shared[i].map, shared[i].fd);
	return error;
}

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
		error = share_maps(ward, skeleton);
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
	int error = note_map(objects, ward->attachments);
	struct bpf_program *program;
	struct bpf_map *map;

	if (!error)
		error = note_map(objects, ward->ledger_map);
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
	for (uint32_t hook = 0; hook < CGROUP_HOOK_COUNT && !error; hook++) {
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

int lsm_prepare(struct ward *ward, const struct policy *policy, const struct image *image,
                struct diag *diag, uint32_t *ret_missing)
{
	uint32_t needed = image_header(image)->hooks & HOOKS_OF_LSM;
	char path[PIN_PATH_MAX], list[LSM_LIST_MAX];
	const char *reason;

	*ret_missing = 0;
	pin_path(path, ward->tree, "lsm");
	if (!needed || access(path, F_OK) == 0)
		return 0;
	if (lsm_try(&reason) == 0)
		return load_and_pin(ward, diag);
	report_missing_hooks(policy, needed, reason, lsm_list(list) ? list : NULL, diag);
	if (!policy->unsupported_warn)
		return -EOPNOTSUPP;
	*ret_missing = needed;
	return 0;
}

int lsm_open_map(const struct ward *ward, const char *name)
{
	char path[PIN_PATH_MAX];
	int fd;

	pin_path(path, ward->tree, "lsm/%s", name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}
