/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LSM half in the kernel: programs, maps and links, pinned below DIR/abiN/lsm.
 *
 * The hard idea: LSM programs belong to the machine and not to a cgroup. What a cgroup has is a row
 * of lsm_attachments; what the machine has is one link for each hook that some policy in force
 * needs. Such links cannot be updated, so policies change through maps alone.
 *
 *   lsm/                    renamed from lsm_loading/ when it is complete
 *     lsm_levels lsm_attachments armed_tasks scratches      (bpf/lsm/state.h)
 *     own_objects           (bpf/lsm/own.bpf.c)
 *     programs/<hook>       of the hooks that this kernel has
 *     links/<hook>          of those that are attached
 *   lsm_absent/             instead: this kernel does not run LSM programs
 */
#pragma once

#include <stdint.h>

#include "kernel/cgroup.h"
#include "kernel/ward_private.h"

/* ---- lsm_canary.c ---- */
/* The kernel's list of security modules; false if it cannot be read. */
#define LSM_LIST_MAX 256
bool lsm_list(char list[LSM_LIST_MAX]);
/* Whether LSM programs are run here, tried with a call that is denied: 0, or -EOPNOTSUPP and the
 * reason, static. */
int lsm_try(const char **ret_reason);

/* ---- lsm_programs.c ---- */
/* The seccomp filter (socket_filter.h), which does where LSM programs do not, and which only a
 * process can have that is yet to be started. */
enum filter_use {
	FILTER_OUT_OF_REACH,
	FILTER_TO_COME, /* what is started can have it, if the kernel can */
	FILTER_THERE,   /* what runs in the cgroup has it */
};

/* How the hooks that need LSM programs are enforced. */
struct lsm_means {
	uint32_t missing; /* bit per enum hook: left unenforced, with unsupported = warn */
	bool by_filter;   /* HOOK_SECCOMP instead of HOOK_LSM_SOCKET */
};

/*
 * Loads and pins the programs, if the image has a use for them and they are not there. Where the
 * kernel does not run them, the policy cannot do without and the filter does not do instead:
 * -EOPNOTSUPP with findings that say what to boot with; or, if the policy says `unsupported =
 * warn`, warnings.
 */
int lsm_prepare(struct ward *ward, const struct policy *policy, const struct image *image,
                enum filter_use filter, struct diag *diag, struct lsm_means *ret_means);
/* What of the image's LSM hooks is to be attached after that: none where LSM programs are not run
 * (sockets made outside of the cgroup are not judged then). */
uint64_t lsm_hooks_to_attach(const struct ward *ward, const struct image *image);
/* Before a cgroup's program is pinned that is loaded later than these: no policed task may get hold
 * of it. Nothing if these are not loaded. */
int lsm_guard_program(const struct ward *ward, int fd);
int lsm_open_map(const struct ward *ward, const char *name); /* fd or -errno */

/* ---- lsm_links.c ---- */
/* Attaches those of `hooks` that are not attached, if this kernel has them. Invariant 2: before a
 * slot's word changes. */
int lsm_attach(struct ward *ward, uint64_t hooks, struct diag *diag);
/* Detaches what no policy in force needs any more; after the word has changed. */
void lsm_trim(struct ward *ward);
uint64_t lsm_linked(const struct ward *ward);

/* ---- lsm_attachments.c ---- */
/* Attaches the hooks and has the LSM programs judge tasks of the cgroup by policed->slot. Nothing
 * if `hooks` is 0. Invariant 2: before a slot's word changes. */
int lsm_enforce(struct ward *ward, uint64_t hooks, const struct cgroup *cgroup,
                const struct policed *policed, struct diag *diag);
/* After the word has changed: the cgroup's row goes if `hooks` is 0, hooks go that nobody needs. */
void lsm_relent(struct ward *ward, uint64_t hooks, uint64_t cgroup_id);
/* Ends what a killed command began: the row names the slot of the note. */
int lsm_move(struct ward *ward, const struct cgroup *cgroup, const struct policed *policed);
/* The LSM programs no longer judge tasks of the cgroup. Nothing to do if they did not. */
void lsm_release(struct ward *ward, uint64_t cgroup_id);
/* Rows of cgroups that are not policed are what killed commands left. */
void lsm_sweep(struct ward *ward);

/* What is in force, for many cgroups. */
struct lsm_view {
	int rows; /* of lsm_attachments, or negative: the LSM programs are not loaded */
	uint64_t linked;
};

struct lsm_view lsm_view_open(const struct ward *ward);
void lsm_view_close(const struct lsm_view *view);
/* Those attached that the policy of the cgroup, which is in `slot`, needs. After a crash that is
 * not known of a policy until it is applied again: all that are attached. */
uint64_t lsm_view_hooks(const struct lsm_view *view, const struct ward *ward, uint64_t cgroup_id,
                        uint32_t slot);
