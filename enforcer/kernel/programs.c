/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the maps, and loading each program when the first policy needs it. Pinning all of it.
 *
 * The hard idea: the pins of the maps and anchors are made in DIR/loading, which becomes DIR/abi3
 * by one rename. A loader that is killed leaves only `loading`, which the next one removes. A
 * program that is pinned below DIR/abi3 later stands for itself: one that is missing is loaded by
 * whoever needs it, whatever became of the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "cgward.skel.h"
#include "kernel/lsm.h"
#include "kernel/ward_private.h"

DEFINE_CLEANUP(struct cgward_bpf, cgward_bpf__destroy)

#define PINS_LAYOUT 3 /* raised with each change of what is pinned where, and of the ledger */

/* Which object is loaded, not whether somebody forged it: root alone writes the pins. */
uint64_t programs_build(void)
{
	size_t size = 0;
	const void *bytes = cgward_bpf__elf_bytes(&size);

	return content_hash(bytes, size) ^ PINS_LAYOUT;
}

static int pin(int fd, const char *directory, const char *name)
{
	char path[PIN_PATH_MAX];

	pin_path(path, directory, "%s", name);
	return bpf_obj_pin(fd, path) < 0 ? -errno : 0;
}

static int write_settings(int fd)
{
	struct settings settings = { .abi_version = ABI_VERSION };
	uint32_t zero = 0;

	if (getrandom(&settings.epoch, sizeof(settings.epoch), 0) != sizeof(settings.epoch))
		return -EIO;
	return bpf_map_update_elem(fd, &zero, &settings, BPF_ANY) < 0 ? -errno : 0;
}

static int make_ledger(const char *directory)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int fd CLEANUP_CLOSE = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ledger", sizeof(uint32_t),
	                                      sizeof(struct ledger), 1, &options);
	struct ledger *ledger CLEANUP_FREE = calloc(1, sizeof(*ledger));
	uint32_t zero = 0;

	if (fd < 0)
		return -errno;
	if (!ledger)
		return -ENOMEM;
	ledger->build = programs_build();
	ledger->abi_version = ABI_VERSION;
	snprintf(ledger->version, sizeof(ledger->version), "%s", CGWARD_VERSION);
	if (bpf_map_update_elem(fd, &zero, ledger, BPF_ANY) < 0)
		return -errno;
	return pin(fd, directory, "ledger");
}

static int make_directory(const char *directory, const char *name)
{
	char path[PIN_PATH_MAX];

	pin_path(path, directory, "%s", name);
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

/* Bit of the hook whose program it is; 0: an anchor. */
static uint32_t hook_of(const struct bpf_program *program)
{
	for (uint32_t hook = 0; hook < PROGRAM_HOOK_COUNT; hook++) {
		if (strcmp(bpf_program__name(program), hook_name((enum hook)hook)) == 0)
			return 1U << hook;
	}
	return 0;
}

static int pin_anchors(const struct cgward_bpf *skeleton, const char *directory)
{
	char path[PIN_PATH_MAX];
	struct bpf_program *program;
	int error = make_directory(directory, "programs");

	pin_path(path, directory, "programs");
	bpf_object__for_each_program(program, skeleton->obj)
	{
		if (!error && !hook_of(program))
			error = pin(bpf_program__fd(program), path, bpf_program__name(program));
	}
	return error;
}

static int pin_everything(const struct cgward_bpf *skeleton, const char *directory)
{
	struct bpf_map *map;
	int error = mkdir(directory, 0700) < 0 ? -errno : 0;

	bpf_object__for_each_map(map, skeleton->obj)
	{
		/* What the compiler made (constants) has a name with a dot and belongs to the
		 * programs. */
		if (!error && !bpf_map__is_internal(map))
			error = pin(bpf_map__fd(map), directory, bpf_map__name(map));
	}
	if (!error)
		error = write_settings(bpf_map__fd(skeleton->maps.settings));
	if (!error)
		error = make_ledger(directory);
	if (!error)
		error = pin_anchors(skeleton, directory);
	if (!error)
		error = make_directory(directory, "metas");
	if (!error)
		error = make_directory(directory, "cgroups");
	return error;
}

int programs_share_maps(const struct ward *ward, const struct bpf_object *object)
{
	const struct {
		const char *name;
		int fd;
	} maps[] = {
		{ "storage", ward->storage },
		{ "slots", ward->slots },
		{ "images", ward->images },
		{ "blocks", ward->blocks },
		{ "cgroup_states", ward->cgroup_states },
		{ "rule_counts", ward->rule_counts },
		{ "records", ward->records },
		{ "settings", ward->settings },
		{ "events", ward->events },
		{ "attachments", ward->attachments },
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && !error; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, maps[i].name);

		error = map ? bpf_map__reuse_fd(map, maps[i].fd) : -ENOENT;
	}
	return error;
}

/* Of `ward`, whose maps are there, the programs of some hooks; else maps and anchors. */
static int load(const struct ward *ward, uint32_t hooks, struct diag *diag,
                struct cgward_bpf **ret_skeleton)
{
	struct cgward_bpf *skeleton CLEANUP(cleanup_cgward_bpf__destroy) = NULL;
	struct bpf_program *program;
	int error;

	libbpf_log_begin();
	skeleton = cgward_bpf__open();
	error = !skeleton ? -errno : ward ? programs_share_maps(ward, skeleton->obj) : 0;
	if (!error) {
		bpf_object__for_each_program(program, skeleton->obj)
		{
			uint32_t hook = hook_of(program);

			bpf_program__set_autoload(program, ward ? hook & hooks : !hook);
		}
		error = cgward_bpf__load(skeleton);
	}
	if (error) {
		diag_add(diag, SEVERITY_ERROR, "load-failed", NULL, libbpf_log_tail(),
		         "the kernel did not load the programs: %s; `cgward doctor` tells what it "
		         "lacks",
		         strerror(-error));
		return error == -EPERM ? -EPERM : -EOPNOTSUPP;
	}
	*ret_skeleton = TAKE_PTR(skeleton);
	return 0;
}

int programs_make_tree(const char *pins, struct diag *diag)
{
	struct cgward_bpf *skeleton CLEANUP(cleanup_cgward_bpf__destroy) = NULL;
	char loading[PIN_PATH_MAX], tree[PIN_PATH_MAX];
	int error = load(NULL, 0, diag, &skeleton);

	if (error)
		return error;
	pin_path(loading, pins, PINS_LOADING);
	pin_path(tree, pins, "abi%u", ABI_VERSION);
	error = pins_remove_tree(loading);
	if (!error)
		error = pin_everything(skeleton, loading);
	if (!error && rename(loading, tree) < 0)
		error = -errno;
	if (error) {
		pins_remove_tree(loading);
		diag_add(diag, SEVERITY_ERROR, "pin-failed", NULL, NULL,
		         "cannot pin the maps below %s: %s", pins, strerror(-error));
	}
	return error;
}

/* Guarded by the LSM programs before anybody can open it. */
static int keep(struct ward *ward, const struct bpf_program *program, enum hook hook)
{
	char path[PIN_PATH_MAX];
	int fd CLEANUP_CLOSE = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	error = lsm_guard_program(ward, fd);
	pin_path(path, ward->tree, "programs");
	if (!error)
		error = pin(fd, path, hook_name(hook));
	if (!error)
		ward->programs[hook] = TAKE_FD(fd);
	return error;
}

int programs_need(struct ward *ward, uint32_t hooks, struct diag *diag)
{
	struct cgward_bpf *skeleton CLEANUP(cleanup_cgward_bpf__destroy) = NULL;
	struct bpf_program *program;
	int error;

	hooks &= (1U << PROGRAM_HOOK_COUNT) - 1;
	for (uint32_t hook = 0; hook < PROGRAM_HOOK_COUNT; hook++) {
		if (ward->programs[hook] >= 0)
			hooks &= ~(1U << hook);
	}
	if (!hooks)
		return 0;
	error = load(ward, hooks, diag, &skeleton);
	if (error)
		return error;
	bpf_object__for_each_program(program, skeleton->obj)
	{
		uint32_t hook = hook_of(program) & hooks;

		if (hook && !error)
			error = keep(ward, program, (enum hook)__builtin_ctz(hook));
	}
	if (error)
		diag_add(diag, SEVERITY_ERROR, "pin-failed", NULL, NULL,
		         "cannot pin the programs below %s: %s", ward->tree, strerror(-error));
	return error;
}
