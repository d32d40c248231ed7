/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which cgroups the LSM programs judge: a row of lsm_attachments for each, and the table of levels
 * that tells a program with a few loads that a task is under none.
 *
 * Programs read the table while it changes, so it changes by aligned words: a level is written
 * before the count takes it in, a filter bit before anybody relies on it. An item whose filter
 * is empty, so that no program looks at it, may become another level's, and goes if it is the last.
 * A bit that is set too long costs a look-up, no more.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "abi_lsm.h"
#include "base/cleanup.h"
#include "kernel/lsm.h"

static int map_levels(const struct ward *ward, struct lsm_levels **ret_levels)
{
	int fd CLEANUP_CLOSE = lsm_open_map(ward, "lsm_levels");
	void *memory;

	if (fd < 0)
		return fd;
	memory = mmap(NULL, sizeof(**ret_levels), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_levels = memory;
	return 0;
}

static void cleanup_levels(struct lsm_levels **levels)
{
	if (*levels)
		munmap(*levels, sizeof(**levels));
}

/* Components of the path below the root of the hierarchy. */
static uint64_t level_of(const struct cgroup *cgroup)
{
	uint64_t level = 0;

	for (const char *c = cgroup->path; *c; c++)
		level += *c == '/' && c[1] && c[1] != '/';
	return level;
}

static int note_level(struct lsm_levels *levels, uint64_t level, uint64_t id)
{
	uint64_t count = levels->count, at = 0;

	while (at < count && levels->items[at].level != level)
		at++;
	if (at == LSM_LEVELS_MAX) {
		for (at = 0; at < LSM_LEVELS_MAX && levels->items[at].filter;)
			at++;
	}
	if (at == LSM_LEVELS_MAX)
		return -E2BIG;
	levels->items[at].level = level;
	__atomic_or_fetch(&levels->items[at].filter, 1ULL << (id & 63), __ATOMIC_SEQ_CST);
	if (at == count)
		__atomic_store_n(&levels->count, count + 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* The execve that enters a container is the runtime's; what it does before is not policed. */
static uint32_t flags_of(const struct policed *policed)
{
	return policed->flags & POLICED_RUN ? ATTACHMENT_ARM_ON_EXEC : 0;
}

static int police(struct ward *ward, const struct cgroup *cgroup, const struct policed *policed)
{
	uint64_t level = level_of(cgroup);
	struct attachment attachment = {
		.slot = policed->slot,
		.flags = flags_of(policed) | (uint32_t)level << ATTACHMENT_LEVEL_SHIFT,
		.cgroup_id = cgroup->id,
	};
	struct lsm_levels *levels CLEANUP(cleanup_levels) = NULL;
	int rows CLEANUP_CLOSE = lsm_open_map(ward, "lsm_attachments");
	int error = rows < 0 ? rows : map_levels(ward, &levels);

	/* The row first: a filter says that there may be one. */
	if (!error && bpf_map_update_elem(rows, &cgroup->id, &attachment, BPF_ANY) < 0)
		error = -errno;
	if (!error)
		error = note_level(levels, level, cgroup->id);
	if (error == -E2BIG)
		bpf_map_delete_elem(rows, &cgroup->id);
	return error;
}

int lsm_enforce(struct ward *ward, uint64_t hooks, const struct cgroup *cgroup,
                const struct policed *policed, struct diag *diag)
{
	int error = hooks ? lsm_attach(ward, hooks, diag) : 0;

	if (error || !hooks)
		return error;
	error = police(ward, cgroup, policed);
	if (error)
		diag_add(diag, SEVERITY_ERROR, "apply-failed", NULL,
		         error == -E2BIG ? "what LSM programs judge can stand at 32 different "
		                           "depths of the hierarchy"
		                         : NULL,
		         "the LSM programs cannot police cgroup %s: %s", cgroup->path,
		         strerror(-error));
	return error;
}

int lsm_move(struct ward *ward, const struct cgroup *cgroup, const struct policed *policed)
{
	if (ward->ledger->slots[policed->slot & (SLOTS_MAX - 1)].lsm_hooks)
		return police(ward, cgroup, policed);
	lsm_release(ward, cgroup->id);
	return 0;
}

void lsm_relent(struct ward *ward, uint64_t hooks, uint64_t cgroup_id)
{
	if (!hooks)
		lsm_release(ward, cgroup_id);
	lsm_trim(ward);
}

/* The fewer levels, the less programs look at, and of more than three nothing is remembered
 * (bpf/lsm/police_lsm.h). */
static void drop_empty_levels(struct lsm_levels *levels)
{
	uint64_t count = levels->count;

	while (count && count <= LSM_LEVELS_MAX && !levels->items[count - 1].filter)
		count--;
	__atomic_store_n(&levels->count, count, __ATOMIC_SEQ_CST);
}

/* The filters once more, from the rows that are left. */
static void rebuild_filters(int rows, struct lsm_levels *levels)
{
	uint64_t filters[LSM_LEVELS_MAX] = { 0 }, id, last, *previous = NULL;
	struct attachment attachment;

	while (bpf_map_get_next_key(rows, previous, &id) == 0) {
		last = id;
		previous = &last;
		if (bpf_map_lookup_elem(rows, &id, &attachment) < 0)
			return;
		for (uint64_t at = 0; at < levels->count && at < LSM_LEVELS_MAX; at++) {
			if (levels->items[at].level == attachment.flags >> ATTACHMENT_LEVEL_SHIFT)
				filters[at] |= 1ULL << (id & 63);
		}
	}
	if (errno != ENOENT)
		return;
	for (uint64_t at = 0; at < levels->count && at < LSM_LEVELS_MAX; at++)
		__atomic_store_n(&levels->items[at].filter, filters[at], __ATOMIC_SEQ_CST);
	drop_empty_levels(levels);
}

void lsm_release(struct ward *ward, uint64_t cgroup_id)
{
	struct lsm_levels *levels CLEANUP(cleanup_levels) = NULL;
	int rows CLEANUP_CLOSE = lsm_open_map(ward, "lsm_attachments");

	if (rows < 0 || bpf_map_delete_elem(rows, &cgroup_id) < 0)
		return;
	if (map_levels(ward, &levels) == 0)
		rebuild_filters(rows, levels);
}

void lsm_sweep(struct ward *ward)
{
	int rows CLEANUP_CLOSE = lsm_open_map(ward, "lsm_attachments");
	uint64_t id, last, *previous = NULL;
	struct policed policed;

	if (rows < 0)
		return;
	while (bpf_map_get_next_key(rows, previous, &id) == 0) {
		last = id;
		previous = &last;
		if (policed_get(ward, id, &policed) == -ENOENT)
			bpf_map_delete_elem(rows, &id);
	}
	lsm_trim(ward);
}

struct lsm_view lsm_view_open(const struct ward *ward)
{
	struct lsm_view view = { .rows = lsm_open_map(ward, "lsm_attachments") };

	if (view.rows >= 0)
		view.linked = lsm_linked(ward);
	return view;
}

void lsm_view_close(const struct lsm_view *view)
{
	if (view->rows >= 0)
		close(view->rows);
}

uint64_t lsm_view_hooks(const struct lsm_view *view, const struct ward *ward, uint64_t cgroup_id,
                        uint32_t slot)
{
	struct attachment attachment;

	if (view->rows < 0 || bpf_map_lookup_elem(view->rows, &cgroup_id, &attachment) < 0)
		return 0;
	return view->linked & ward->ledger->slots[slot & (SLOTS_MAX - 1)].lsm_hooks;
}
