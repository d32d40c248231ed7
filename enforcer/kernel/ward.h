/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in force: the loaded programs, the slots with their images, the links of each cgroup, all
 * pinned under one directory of bpffs and read back from there, never from a file beside it.
 *
 * Invariants, cited where they are relied on:
 *  1. An image is built, filled and frozen before a slot points to it; a slot is filled before an
 *     attachment names it; an attachment's storage is written before its first enforcing link.
 *     Undone in the opposite order.
 *  2. A reload changes one aligned word of the slot table. Hooks that the new image needs are
 *     linked before, those it no longer needs are unlinked after.
 *  3. Whoever changes anything holds the exclusive lock (flock of the pin directory).
 *     So with the LSM programs of the machine: those that any policy in force needs are attached,
 *     and a cgroup's row in lsm_attachments is made, before the word changes; undone after.
 *  4. Whatever goes wrong half way is undone, or leaves calls denied and is swept by the next
 *     command; it never leaves a call allowed that the policy in force denies.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "compile/image.h"
#include "kernel/cgroup.h"
#include "output/policy_meta.h"

#define WARD_DEFAULT_PINS "/sys/fs/bpf/cgward"

/* `cgward run` names its cgroups so, followed by its pid and perhaps a dash and more: what a killed
 * one left below the caller's own cgroup is found by the name. */
#define RUN_CGROUP_PREFIX "cgward-run-"

struct ward;

enum ward_access {
	WARD_READ,   /* shared lock; -ENOENT without findings if nothing was ever loaded */
	WARD_CHANGE, /* exclusive lock; mounts bpffs and makes and pins the maps if need be;
	                sweeps */
};

/* 0, or -EPERM with a finding: this is not root, or that of a user namespace alone. */
int ward_permitted(struct diag *diag);

/*
 * Opens the pins. Refusals are findings: not root, no bpffs, pins of another ABI_VERSION or of
 * another build (with what to do), a kernel that lacks something (named). -EPERM, -ENOENT, -EBUSY,
 * -ESTALE (another version), -EOPNOTSUPP, -ENOMEM.
 */
int ward_open(const char *pins, enum ward_access access, struct diag *diag, struct ward **ret_ward);
void ward_close(struct ward *ward); /* releases the lock; what is pinned stays */

struct apply_options {
	bool force_root_cgroup;
	bool is_run;           /* made by `cgward run`: swept when empty and its runner is dead */
	int runner_pid;        /* with is_run */
	const char *meta_path; /* absolute path of the policy file */
};

struct apply_result {
	uint32_t generation;
	size_t cgroups_changed; /* where the policy was changed or newly put in force */
	bool reloaded;          /* the cgroup had a policy before */
	bool unchanged;         /* same policy, same bytes: nothing was done */
	uint32_t hooks;         /* bit per enum hook: by which the policy is enforced here */
	uint64_t change_ns;     /* of a reload: from the first word written to the last */
};

/*
 * Puts the policy in force at `cgroup`; replaces what is in force there without a gap. Cgroups with
 * the same policy path and the same image share a slot; applying a changed file to one of several
 * such cgroups changes that one alone.
 */
int ward_apply(struct ward *ward, const struct policy *policy, const struct image *image,
               const struct cgroup *cgroup, const struct apply_options *options, struct diag *diag,
               struct apply_result *ret_result);

/* Before what a killed command would leave without a note: the next ward_apply() or ward_remove()
 * ends it, else the next command looks through everything. */
void ward_begin(struct ward *ward);

/* Reloads every cgroup where a policy of this path is in force: one word written for each slot.
 * -ENOENT with a finding if there is none. */
int ward_reload(struct ward *ward, const struct policy *policy, const struct image *image,
                const char *absolute_path, struct diag *diag, struct apply_result *ret_result);

/* Takes the policy away. -ENOENT with a finding if there is none. */
int ward_remove(struct ward *ward, uint64_t cgroup_id, struct diag *diag);

/* Takes everything away, programs and pins of whatever version included. Opens nothing. */
int ward_remove_all(const char *pins, struct diag *diag, size_t *ret_cgroups);

struct ward_entry {
	uint64_t cgroup_id;
	char *cgroup_path; /* owned; NULL: the cgroup is gone */
	uint32_t slot, generation;
	uint32_t linked_hooks; /* bit per enum hook; those of LSM: some programs are attached;
	                          HOOK_SECCOMP: what runs there was started with the filter */
	uint64_t lsm_hooks;    /* bit per enum lsm_hook: those attached that the policy needs */
	bool is_run;
	int runner_pid;
	struct hook_counters counters[HOOK_COUNT];
	const struct policy_meta *meta; /* owned by the list; NULL: it is gone */
	struct {
		uint64_t cookie, count;
	} * rule_counts; /* owned */
	size_t rule_count_count;
};

struct ward_list {
	ARRAY(struct ward_entry) entries;  /* by cgroup path */
	ARRAY(struct policy_meta *) metas; /* of the entries */
};

int ward_list(struct ward *ward, struct ward_list *ret_list);
void ward_list_fini(struct ward_list *list);

/* Totals over all CPUs, and for each CPU if `per_cpu` has room (`cpus` is its length and becomes
 * the number of CPUs). */
int ward_record_counters(struct ward *ward, struct record_counters *ret_total,
                         struct record_counters *per_cpu, size_t *cpus);
int ward_settings(struct ward *ward, struct settings *ret_settings);

/* Meta of a generation, also of one retired a short while ago; NULL if it is gone. Decoded anew
 * each time; the caller owns it. */
int ward_meta(struct ward *ward, uint32_t generation, struct policy_meta **ret_meta);

/* The program that decides what the seccomp filter stops (socket_judge.h): a descriptor of the
 * caller's, or -errno. After an apply whose result has that hook. */
int ward_socket_program(const struct ward *ward);

/* Fds owned by the ward, for whoever reads the records. */
int ward_reader_lock_fd(const struct ward *ward);   /* flock(2) this to be the one reader */
int ward_cgroup_states_fd(const struct ward *ward); /* key: cgroup id, value: cgroup_state */
int ward_set_task_offsets(struct ward *ward, uint32_t real_parent, uint32_t tgid, uint32_t comm);

/* Releases the ward's lock early, keeping what is open: for readers that live long. */
void ward_unlock(struct ward *ward);
