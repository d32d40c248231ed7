/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting a policy in force, and replacing one. The order of steps is that of the invariants in
 * ward.h; every function here undoes what it did when it fails.
 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"
#include "kernel/run_cgroup.h"
#include "kernel/slots.h"
#include "kernel/ward_private.h"

static int root_cgroup_refused(const struct cgroup *cgroup, const struct apply_options *options,
                               struct diag *diag)
{
	if (!cgroup->is_root || options->force_root_cgroup)
		return 0;
	diag_add(diag, SEVERITY_ERROR, "root-cgroup", NULL,
	         "choose a cgroup below it; --force if every process of the machine is meant",
	         "%s is the root cgroup: the policy would hold for the whole system, also for who "
	         "would have to mend it",
	         cgroup->path);
	return -EPERM;
}

static int make_state(struct ward *ward, uint64_t cgroup_id)
{
	struct cgroup_state state = { 0 };

	return bpf_map_update_elem(ward->cgroup_states, &cgroup_id, &state, BPF_ANY) < 0 ? -errno
	                                                                                 : 0;
}

static int failed_on(struct diag *diag, const struct cgroup *cgroup, int error)
{
	const char *hint = NULL;

	if (error == -E2BIG || error == -ENOSPC)
		hint = "too many cgroups are policed";
	else if (error == -EPERM)
		hint = "a program that tolerates no other may be attached above; "
		       "`cgward doctor` names it";
	else if (error == -ENOENT || error == -ESTALE)
		hint = "the cgroup was removed meanwhile";
	diag_add(diag, SEVERITY_ERROR, "apply-failed", NULL, hint,
	         "cannot put the policy in force at cgroup %s: %s", cgroup->path, strerror(-error));
	return error;
}

/* Invariant 1: slot, note, counters, storage, links, LSM. The first two are there. */
static int put_in_force(struct ward *ward, const struct candidate *candidate,
                        const struct cgroup *cgroup, struct policed *policed, struct diag *diag)
{
	uint32_t linked;
	int error = make_state(ward, cgroup->id);

	if (!error)
		error = storage_write(ward, cgroup, policed->slot, candidate->hooks);
	if (error)
		return failed_on(diag, cgroup, error);
	error = links_make(ward, cgroup, candidate->hooks, diag, &linked);
	if (!error)
		error = lsm_enforce(ward, candidate->lsm_hooks, cgroup, policed, diag);
	if (error)
		return error;
	policed->flags &= ~POLICED_NEW;
	error = policed_set(ward, cgroup->id, policed);
	return error ? failed_on(diag, cgroup, error) : 0;
}

static int apply_first(struct ward *ward, const struct candidate *candidate,
                       const struct cgroup *cgroup, const struct apply_options *options,
                       struct diag *diag, struct apply_result *ret_result)
{
	struct policed policed = { .flags = POLICED_NEW };
	int error = slot_for(ward, candidate, diag, &policed.slot);

	if (error)
		return error;
	if (candidate->hooks & 1U << HOOK_SECCOMP)
		policed.flags |= POLICED_FILTERED;
	if (options->is_run) {
		policed.flags |= POLICED_RUN;
		policed.runner_pid = (uint32_t)options->runner_pid;
		policed.runner_start = process_start(options->runner_pid);
	}
	error = policed_add(ward, cgroup->id, &policed);
	if (error) {
		/* Not counted among the slot's users, so not to be taken from them. */
		slot_release_unused(ward, policed.slot);
		return failed_on(diag, cgroup, error);
	}
	error = put_in_force(ward, candidate, cgroup, &policed, diag);
	if (error) {
		policed_drop(ward, cgroup->id, &policed);
		return error;
	}
	*ret_result = (struct apply_result){
		.generation = ward->ledger->slots[policed.slot].generation,
		.cgroups_changed = 1,
	};
	return 0;
}

/* One value swap: the cgroup's attachments name another slot from one call to the next. A command
 * that dies between the note and the swap leaves POLICED_MOVING, and the sweep swaps. */
static int move_to_slot(struct ward *ward, const struct candidate *candidate,
                        const struct cgroup *cgroup, struct policed *policed, uint32_t slot,
                        struct diag *diag)
{
	struct policed moved = *policed;
	int error;

	moved.slot = slot;
	moved.flags |= POLICED_MOVING;
	error = policed_move(ward, cgroup->id, &moved, policed->slot);
	if (error)
		return error;
	error = storage_write(ward, cgroup, slot, candidate->hooks);
	if (error) {
		policed_move(ward, cgroup->id, policed, slot);
		return failed_on(diag, cgroup, error);
	}
	/* What fails now is not undone: the note says where the cgroup goes, and the sweep takes it
	 * there. */
	error = lsm_enforce(ward, candidate->lsm_hooks, cgroup, &moved, diag);
	if (error)
		return error;
	moved.flags &= ~POLICED_MOVING;
	policed_set(ward, cgroup->id, &moved);
	*policed = moved;
	return 0;
}

/* Invariant 2 for one cgroup of its own slot, or of one that others share and go on using. */
static int replace(struct ward *ward, const struct candidate *candidate,
                   const struct cgroup *cgroup, struct policed *policed, struct diag *diag)
{
	uint32_t old = policed->slot, slot = slot_find(ward, candidate), linked = 0;
	uint64_t change_ns;
	bool alone = ward->ledger->slots[old].users == 1;
	int error = links_add(ward, cgroup, candidate->hooks, diag, &linked);

	if (!error)
		error = lsm_enforce(ward, candidate->lsm_hooks, cgroup, policed, diag);
	if (error)
		goto undo;
	if (!slot && alone) {
		error = slot_flip(ward, &old, 1, candidate, diag, &change_ns);
		if (error)
			goto undo;
	} else {
		error = slot ? 0 : slot_make(ward, candidate, diag, &slot);
		if (error)
			goto undo;
		error = move_to_slot(ward, candidate, cgroup, policed, slot, diag);
		if (error) {
			slot_release_unused(ward, slot);
			goto undo;
		}
		programs_wait(ward);
		slot_release_unused(ward, old);
	}
	links_remove(ward, cgroup->id, ALL_HOOKS & ~candidate->hooks);
	lsm_relent(ward, candidate->lsm_hooks, cgroup->id);
	return 0;
undo:
	links_remove(ward, cgroup->id, linked);
	lsm_trim(ward);
	return error;
}

static int apply_again(struct ward *ward, const struct candidate *candidate,
                       const struct cgroup *cgroup, struct policed *policed, struct diag *diag,
                       struct apply_result *ret_result)
{
	bool same = slot_holds(ward, policed->slot, candidate);
	uint32_t linked = 0;
	int error;

	/* The same policy: links that somebody detached are put back, and those are taken away
	 * that a command had no time to. */
	if (same) {
		error = links_add(ward, cgroup, candidate->hooks, diag, &linked);
		links_remove(ward, cgroup->id, ALL_HOOKS & ~candidate->hooks);
	} else {
		error = replace(ward, candidate, cgroup, policed, diag);
	}
	if (!error && same)
		error = lsm_enforce(ward, candidate->lsm_hooks, cgroup, policed, diag);
	if (error)
		return error;
	*ret_result = (struct apply_result){
		.generation = ward->ledger->slots[policed->slot].generation,
		.cgroups_changed = same && !linked ? 0 : 1,
		.reloaded = true,
		.unchanged = same && !linked,
	};
	return 0;
}

static enum filter_use filter_use(const struct policed *policed,
                                  const struct apply_options *options)
{
	if (policed)
		return policed->flags & POLICED_FILTERED ? FILTER_THERE : FILTER_OUT_OF_REACH;
	return options->is_run ? FILTER_TO_COME : FILTER_OUT_OF_REACH;
}

/* What the policy comes to at this cgroup, with the programs for it loaded. */
static int make_candidate(struct ward *ward, const struct policy *policy, const struct image *image,
                          enum filter_use filter, const struct apply_options *options,
                          struct diag *diag, struct candidate *ret_candidate)
{
	struct lsm_means means;
	int error = lsm_prepare(ward, policy, image, filter, diag, &means);

	if (!error)
		error = candidate_init(policy, image, options->meta_path, &means,
		                       lsm_hooks_to_attach(ward, image), diag, ret_candidate);
	return error ? error : programs_need(ward, ret_candidate->hooks, diag);
}

int ward_apply(struct ward *ward, const struct policy *policy, const struct image *image,
               const struct cgroup *cgroup, const struct apply_options *options, struct diag *diag,
               struct apply_result *ret_result)
{
	struct candidate candidate CLEANUP(candidate_fini) = { 0 };
	struct policed policed;
	int known = policed_get(ward, cgroup->id, &policed);
	int error = root_cgroup_refused(cgroup, options, diag);

	if (!error && known && known != -ENOENT)
		error = failed_on(diag, cgroup, known);
	if (!error)
		error = make_candidate(ward, policy, image,
		                       filter_use(known ? NULL : &policed, options), options, diag,
		                       &candidate);
	if (error)
		return error;
	change_begin(ward);
	if (!known)
		error = apply_again(ward, &candidate, cgroup, &policed, diag, ret_result);
	else
		error = apply_first(ward, &candidate, cgroup, options, diag, ret_result);
	change_end(ward, error);
	if (!error)
		ret_result->hooks = candidate.hooks;
	return error;
}
