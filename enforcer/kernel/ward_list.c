/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what is in force, with its counters. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "compile/unsupported.h"
#include "kernel/lsm.h"
#include "kernel/ward_private.h"

static void cleanup_view(struct lsm_view *view)
{
	lsm_view_close(view);
}

static void cleanup_list(struct ward_list *list)
{
	ward_list_fini(list);
}

void ward_list_fini(struct ward_list *list)
{
	array_foreach (entry, &list->entries) {
		free(entry->cgroup_path);
		free(entry->rule_counts);
	}
	array_foreach (meta, &list->metas)
		policy_meta_free(*meta);
	free(list->metas.items);
	free(list->entries.items);
	*list = (struct ward_list){ 0 };
}

static int by_path(const void *a, const void *b)
{
	const struct ward_entry *left = a, *right = b;

	/* Cgroups that are gone last. */
	if (!left->cgroup_path || !right->cgroup_path)
		return !left->cgroup_path - !right->cgroup_path;
	return strcmp(left->cgroup_path, right->cgroup_path);
}

static int by_cgroup_id(const void *a, const void *b)
{
	const struct ward_entry *left = a, *right = b;

	return left->cgroup_id < right->cgroup_id ? -1 : left->cgroup_id > right->cgroup_id;
}

/* Thousands of cgroups have a few policies: each is read once. `known` is by slot. */
static int share_meta(struct ward *ward, struct ward_list *list, const struct policy_meta **known,
                      struct ward_entry *entry)
{
	struct policy_meta *meta = NULL;
	int error;

	if (!known[entry->slot]) {
		error = ward_meta(ward, entry->generation, &meta);
		if (error || !meta)
			return error;
		if (array_append(&list->metas, meta)) {
			policy_meta_free(meta);
			return -ENOMEM;
		}
		known[entry->slot] = meta;
	}
	entry->meta = known[entry->slot];
	return 0;
}

static int read_entry(struct ward *ward, const struct lsm_view *lsm,
                      const struct policed_cgroup *cgroup, struct ward_entry *entry)
{
	uint32_t slot = cgroup->policed.slot & (SLOTS_MAX - 1);
	struct cgroup_state state;
	int error;

	*entry = (struct ward_entry){
		.cgroup_id = cgroup->id,
		.slot = slot,
		.generation = ward->ledger->slots[slot].generation,
		.is_run = cgroup->policed.flags & POLICED_RUN,
		.runner_pid = (int)cgroup->policed.runner_pid,
	};
	error = links_present(ward, cgroup->id, &entry->linked_hooks);
	if (error)
		return error;
	if (cgroup->policed.flags & POLICED_FILTERED)
		entry->linked_hooks |= 1U << HOOK_SECCOMP;
	entry->lsm_hooks = lsm_view_hooks(lsm, ward, cgroup->id, slot);
	if (bpf_map_lookup_elem(ward->cgroup_states, &cgroup->id, &state) == 0)
		memcpy(entry->counters, state.hooks, sizeof(entry->counters));
	else if (errno != ENOENT)
		return -errno;
	/* Gone, or out of sight from this cgroup namespace. */
	error = cgroup_path_of_id(ward->cgroup_mount_fd, cgroup->id, &entry->cgroup_path);
	return error == -ESTALE || error == -ENOENT || error == -EXDEV ? 0 : error;
}

/* The list is in the order of ids. */
static int add_rule_count(void *context, const struct rule_key *key, uint64_t count)
{
	struct ward_list *list = context;
	struct ward_entry wanted = { .cgroup_id = key->cgroup_id }, *entry;
	void *grown;

	entry = bsearch(&wanted, list->entries.items, list->entries.count, sizeof(wanted),
	                by_cgroup_id);
	if (!entry)
		return 0;
	grown = reallocarray(entry->rule_counts, entry->rule_count_count + 1,
	                     sizeof(*entry->rule_counts));
	if (!grown)
		return -ENOMEM;
	entry->rule_counts = grown;
	entry->rule_counts[entry->rule_count_count].cookie = key->cookie;
	entry->rule_counts[entry->rule_count_count].count = count;
	entry->rule_count_count++;
	return 0;
}

static int read_entries(struct ward *ward, struct ward_list *list)
{
	struct policed_list all CLEANUP(policed_list_fini) = { 0 };
	const struct policy_meta **known CLEANUP_FREE = calloc(SLOTS_MAX, sizeof(*known));
	struct lsm_view lsm CLEANUP(cleanup_view) = lsm_view_open(ward);
	int error = known ? policed_of_slot(ward, 0, &all) : -ENOMEM;

	for (size_t i = 0; i < all.count && !error; i++) {
		struct ward_entry entry;

		error = read_entry(ward, &lsm, &all.items[i], &entry);
		if (!error)
			error = share_meta(ward, list, known, &entry);
		if (!error && entry.meta && entry.lsm_hooks)
			entry.linked_hooks |= entry.meta->hooks & HOOKS_OF_LSM;
		/* The filter stays when the policy has no more use for it. */
		if (!error && entry.meta)
			entry.linked_hooks &= entry.meta->hooks | ~(1U << HOOK_SECCOMP);
		if (array_append(&list->entries, entry)) {
			free(entry.cgroup_path);
			error = -ENOMEM;
		}
	}
	return error;
}

int ward_list(struct ward *ward, struct ward_list *ret_list)
{
	struct ward_list list CLEANUP(cleanup_list) = { 0 };
	int error = read_entries(ward, &list);

	if (!error && list.entries.count) {
		qsort(list.entries.items, list.entries.count, sizeof(*list.entries.items),
		      by_cgroup_id);
		error = rule_counts_each(ward, add_rule_count, &list);
		qsort(list.entries.items, list.entries.count, sizeof(*list.entries.items), by_path);
	}
	if (error)
		return error;
	*ret_list = list;
	list = (struct ward_list){ 0 };
	return 0;
}

static void add(struct record_counters *total, const struct record_counters *more)
{
	total->attempted += more->attempted;
	total->no_reader += more->no_reader;
	total->buffer_full += more->buffer_full;
	total->failed += more->failed;
	total->uncounted += more->uncounted;
	total->broken += more->broken;
	total->suppressed += more->suppressed;
	total->muted += more->muted;
}

int ward_record_counters(struct ward *ward, struct record_counters *ret_total,
                         struct record_counters *per_cpu, size_t *cpus)
{
	int possible = libbpf_num_possible_cpus();
	struct record_counters *values CLEANUP_FREE = NULL;
	struct record_counters total = { 0 };
	uint32_t zero = 0;

	if (possible < 0)
		return possible;
	values = calloc((size_t)possible, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(ward->records, &zero, values) < 0)
		return -errno;
	for (size_t cpu = 0; cpu < (size_t)possible; cpu++) {
		add(&total, &values[cpu]);
		if (per_cpu && cpus && cpu < *cpus)
			per_cpu[cpu] = values[cpu];
	}
	if (cpus)
		*cpus = (size_t)possible;
	*ret_total = total;
	return 0;
}

int ward_settings(struct ward *ward, struct settings *ret_settings)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(ward->settings, &zero, ret_settings) < 0 ? -errno : 0;
}

int ward_set_task_offsets(struct ward *ward, uint32_t real_parent, uint32_t tgid, uint32_t comm)
{
	struct settings settings;
	uint32_t zero = 0;
	int error = ward_settings(ward, &settings);

	if (error)
		return error;
	settings.real_parent_offset = real_parent;
	settings.tgid_offset = tgid;
	settings.comm_offset = comm;
	return bpf_map_update_elem(ward->settings, &zero, &settings, BPF_ANY) < 0 ? -errno : 0;
}
