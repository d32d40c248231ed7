/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which cgroups the LSM programs judge: a row of lsm_attachments for each, and the table of levels
 * that tells a program with a few loads that a task is under none.
 *
 * Programs read the table while it changes, so it changes by aligned words: a level is written
 * before the count takes it in, a filter bit before anybody relies on it. An item whose filter
 * is empty, so that no program looks at it, may become another level's, and goes if it is the last.
 * A bit that is set too long costs a look-up, no more. So with `arming`: it is set before the first
 * row that arms, and cleared after the last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "abi_lsm.h"
#include "base/cleanup.h"
#include "kernel/lsm.h"

/* No bucket of a table of CGROUPS_MAX holds nearly as many. */
#define BATCH 1024

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

	if (!error && attachment.flags & ATTACHMENT_ARM_ON_EXEC)
		__atomic_store_n(&levels->arming, 1, __ATOMIC_SEQ_CST);
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

/*
 * Read in batches: when thousands of cgroups end, each end reads all rows that are left. The
 * kernel's place in the walk is a number of a bucket, so rows may be deleted meanwhile.
 */
static int each_row(int rows, void (*each)(void *, uint64_t id, const struct attachment *),
                    void *context)
{
	CLEANUP_FREE uint64_t *ids = calloc(BATCH, sizeof(*ids));
	CLEANUP_FREE struct attachment *values = calloc(BATCH, sizeof(*values));
	uint32_t bucket = 0;
	int error = 0;

	if (!ids || !values)
		return -ENOMEM;
	while (!error) {
		uint32_t count = BATCH, from = bucket;

		error = bpf_map_lookup_batch(rows, &from, &bucket, ids, values, &count, NULL);
		if (error && error != -ENOENT)
			return error;
		for (uint32_t i = 0; i < count; i++)
			each(context, ids[i], &values[i]);
	}
	return 0;
}

struct rebuild {
	const struct lsm_levels *levels;
	uint64_t filters[LSM_LEVELS_MAX];
	bool arms;
};

static void add_to_filter(void *context, uint64_t id, const struct attachment *attachment)
{
	struct rebuild *rebuild = context;
	uint64_t level = attachment->flags >> ATTACHMENT_LEVEL_SHIFT;

	rebuild->arms = rebuild->arms || attachment->flags & ATTACHMENT_ARM_ON_EXEC;
	for (uint64_t at = 0; at < rebuild->levels->count && at < LSM_LEVELS_MAX; at++) {
		if (rebuild->levels->items[at].level == level)
			rebuild->filters[at] |= 1ULL << (id & 63);
	}
}

/* The filters once more, from the rows that are left; as they are if those cannot be read. */
static void rebuild_filters(int rows, struct lsm_levels *levels)
{
	struct rebuild rebuild = { .levels = levels };

	if (each_row(rows, add_to_filter, &rebuild))
		return;
	for (uint64_t at = 0; at < levels->count && at < LSM_LEVELS_MAX; at++)
		__atomic_store_n(&levels->items[at].filter, rebuild.filters[at], __ATOMIC_SEQ_CST);
	__atomic_store_n(&levels->arming, rebuild.arms, __ATOMIC_SEQ_CST);
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

struct sweep {
	struct ward *ward;
	int rows;
};

static void delete_if_not_policed(void *context, uint64_t id, const struct attachment *attachment)
{
	const struct sweep *sweep = context;
	struct policed policed;

	(void)attachment;
	if (policed_get(sweep->ward, id, &policed) == -ENOENT)
		bpf_map_delete_elem(sweep->rows, &id);
}

void lsm_sweep(struct ward *ward)
{
	int rows CLEANUP_CLOSE = lsm_open_map(ward, "lsm_attachments");

	if (rows < 0)
		return;
	each_row(rows, delete_if_not_policed, &(struct sweep){ ward, rows });
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
