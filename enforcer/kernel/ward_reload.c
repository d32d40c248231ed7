/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reloading a policy wherever it is in force. Hooks the new image needs are linked in every cgroup
 * first; then each slot's word is flipped; then hooks it does not need are unlinked.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"
#include "kernel/slots.h"

struct slot_list {
	uint32_t *items;
	size_t count, capacity;
};

/* What a reload touches, and what it linked so far. */
struct reload {
	struct slot_list slots; /* those that hold another version */
	struct policed_list cgroups;
	uint32_t *linked;         /* by cgroup */
	size_t same;              /* slots that hold this version already */
	struct policed_list done; /* their cgroups */
	uint64_t change_ns;
};

static void reload_fini(struct reload *reload)
{
	free(reload->slots.items);
	free(reload->linked);
	policed_list_fini(&reload->cgroups);
	policed_list_fini(&reload->done);
}

DEFINE_CLEANUP(struct policy_meta, policy_meta_free)

/* A slot that cannot be read is an error: passed over, it would keep the old policy. */
static int slot_is_of(struct ward *ward, uint32_t slot, const struct candidate *candidate,
                      bool *ret_is_of)
{
	struct policy_meta *meta CLEANUP(cleanup_policy_meta_free) = NULL;
	const struct slot_note *note = &ward->ledger->slots[slot];
	int error = 0;

	if (note->generation && note->path_hash == candidate->path_hash)
		error = ward_meta(ward, note->generation, &meta);
	if (error)
		return error;
	*ret_is_of = meta && strcmp(meta->path, candidate->path) == 0;
	return 0;
}

static int collect_slot(struct ward *ward, const struct candidate *candidate, uint32_t slot,
                        const struct policed_list *all, struct reload *reload)
{
	struct policed_list *cgroups = &reload->cgroups;
	bool is_of = false;
	int error = slot_is_of(ward, slot, candidate, &is_of);

	if (error || !is_of)
		return error;
	if (slot_holds(ward, slot, candidate)) {
		reload->same++;
		cgroups = &reload->done;
	} else {
		error = array_append(&reload->slots, slot);
	}
	for (size_t i = 0; i < all->count && !error; i++) {
		if (all->items[i].policed.slot == slot)
			error = array_append(cgroups, all->items[i]);
	}
	return error;
}

static int collect(struct ward *ward, const struct candidate *candidate, struct reload *reload)
{
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };
	int error = policed_of_slot(ward, 0, &all);

	for (uint32_t slot = 1; slot < SLOTS_MAX && !error; slot++)
		error = collect_slot(ward, candidate, slot, &all, reload);
	reload->linked = calloc(reload->cgroups.count + 1, sizeof(*reload->linked));
	return error ? error : reload->linked ? 0 : -ENOMEM;
}

static void unlink_added(struct ward *ward, const struct reload *reload)
{
	for (size_t i = 0; i < reload->cgroups.count; i++)
		links_remove(ward, reload->cgroups.items[i].id, reload->linked[i]);
}

static int link_missing(struct ward *ward, const struct candidate *candidate, struct reload *reload,
                        struct diag *diag)
{
	for (size_t i = 0; i < reload->cgroups.count; i++) {
		struct cgroup cgroup CLEANUP(cgroup_fini) = CGROUP_INIT;
		int error = policed_open(ward, reload->cgroups.items[i].id, &cgroup);

		/* Gone since the sweep: nothing is left to police. */
		if (error == -ESTALE)
			continue;
		if (!error)
			error = links_add(ward, &cgroup, candidate->hooks, diag,
			                  &reload->linked[i]);
		if (!error)
			error = lsm_enforce(ward, candidate->lsm_hooks, &cgroup,
			                    &reload->cgroups.items[i].policed, diag);
		if (error)
			return error;
	}
	return 0;
}

static void unlink_unneeded(struct ward *ward, const struct policed_list *cgroups,
                            const struct candidate *candidate)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		links_remove(ward, cgroups->items[i].id, ALL_HOOKS & ~candidate->hooks);
		if (!candidate->lsm_hooks)
			lsm_release(ward, cgroups->items[i].id);
	}
	lsm_trim(ward);
}

static int reload_slots(struct ward *ward, const struct candidate *candidate, struct reload *reload,
                        struct diag *diag)
{
	int error = programs_need(ward, candidate->hooks, diag);

	if (!error)
		error = link_missing(ward, candidate, reload, diag);
	if (!error)
		error = slot_flip(ward, reload->slots.items, reload->slots.count, candidate, diag,
		                  &reload->change_ns);
	if (error) {
		unlink_added(ward, reload);
		lsm_trim(ward);
		return error;
	}
	unlink_unneeded(ward, &reload->cgroups, candidate);
	return 0;
}

/* Of all cgroups that have a policy of this path, or none. */
static int filter_use(struct ward *ward, const char *path, enum filter_use *ret_filter)
{
	const struct candidate named = { .path = path,
		                         .path_hash = content_hash(path, strlen(path)) };
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };
	enum filter_use filter = FILTER_THERE;
	int error = policed_of_slot(ward, 0, &all);

	for (size_t i = 0; i < all.count && !error; i++) {
		const struct policed *policed = &all.items[i].policed;
		bool is_of = false;

		if (policed->flags & POLICED_FILTERED)
			continue;
		error = slot_is_of(ward, policed->slot & (SLOTS_MAX - 1), &named, &is_of);
		if (is_of)
			filter = FILTER_OUT_OF_REACH;
	}
	*ret_filter = filter;
	return error;
}

static int make_candidate(struct ward *ward, const struct policy *policy, const struct image *image,
                          const char *absolute_path, struct diag *diag,
                          struct candidate *ret_candidate)
{
	struct lsm_means means;
	enum filter_use filter = FILTER_OUT_OF_REACH;
	int error = 0;

	if (image_header(image)->hooks & 1U << HOOK_LSM_SOCKET)
		error = filter_use(ward, absolute_path, &filter);
	if (!error)
		error = lsm_prepare(ward, policy, image, filter, diag, &means);
	if (!error)
		error = candidate_init(policy, image, absolute_path, &means,
		                       lsm_hooks_to_attach(ward, image), diag, ret_candidate);
	return error;
}

int ward_reload(struct ward *ward, const struct policy *policy, const struct image *image,
                const char *absolute_path, struct diag *diag, struct apply_result *ret_result)
{
	struct candidate candidate CLEANUP(candidate_fini) = { 0 };
	struct reload reload CLEANUP(reload_fini) = { 0 };
	int error = make_candidate(ward, policy, image, absolute_path, diag, &candidate);

	/* It looks through all cgroups anyway. */
	if (!error) {
		ward_sweep_everything(ward);
		error = collect(ward, &candidate, &reload);
	}
	if (error) {
		if (!diag_has_errors(diag))
			diag_add(diag, SEVERITY_ERROR, "pins", NULL, NULL,
			         "cannot read what is in force from %s: %s", ward->tree,
			         strerror(-error));
		return error;
	}
	if (!reload.slots.count && !reload.same) {
		diag_add(diag, SEVERITY_ERROR, "not-in-force", NULL,
		         "name the cgroup: cgward apply FILE CGROUP", "%s is in force nowhere",
		         absolute_path);
		return -ENOENT;
	}
	/* What a reload that was killed had no time to take away. */
	unlink_unneeded(ward, &reload.done, &candidate);
	if (reload.slots.count) {
		change_begin(ward);
		error = reload_slots(ward, &candidate, &reload, diag);
		change_end(ward, error);
	}
	if (error)
		return error;
	*ret_result = (struct apply_result){
		.generation = ward->ledger
		                      ->slots[reload.slots.count ? reload.slots.items[0]
		                                                 : slot_find(ward, &candidate)]
		                      .generation,
		.cgroups_changed = reload.cgroups.count,
		.reloaded = true,
		.unchanged = !reload.slots.count,
		.hooks = candidate.hooks,
		.change_ns = reload.change_ns,
	};
	return 0;
}
