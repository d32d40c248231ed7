/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For each CPU: due = written + told + missing. A record that arrives after its gap was told under
 * a proved cause makes `written + told` run ahead of `due`; the loss whose proof was used for it
 * shows up as a gap later, and is then taken for told. The sum is right in the end either way.
 */
#include "output/accounting.h"

#include <string.h>

static const char *const cause_names[LOSS_CAUSES] = {
	[LOSS_NO_READER] = "no-reader",     [LOSS_BUFFER_FULL] = "buffer-full",
	[LOSS_FAILED] = "failed",           [LOSS_LOG_ERROR] = "log-error",
	[LOSS_INVALID] = "invalid",         [LOSS_TORN_LINE] = "torn-line",
	[LOSS_READER_DIED] = "reader-died", [LOSS_BEFORE_LOG] = "before-log",
};

const char *loss_cause_name(enum loss_cause cause)
{
	return cause < LOSS_CAUSES ? cause_names[cause] : "unknown";
}

bool loss_cause_find(const char *name, enum loss_cause *ret_cause)
{
	for (unsigned int i = 0; i < LOSS_CAUSES; i++) {
		if (!strcmp(name, cause_names[i])) {
			*ret_cause = i;
			return true;
		}
	}
	return false;
}

void accounting_fini(struct accounting *accounting)
{
	free(accounting->cpus.items);
	free(accounting->suppressed.items);
	memset(accounting, 0, sizeof(*accounting));
}

struct cpu_account *accounting_cpu(struct accounting *accounting, uint64_t cpu)
{
	if (cpu >= CPUS_MAX)
		return NULL;
	while (accounting->cpus.count <= cpu) {
		if (array_append(&accounting->cpus, (struct cpu_account){ 0 }))
			return NULL;
	}
	return &accounting->cpus.items[cpu];
}

static void make_due(struct cpu_account *account, uint64_t sequence)
{
	if (sequence > account->due)
		account->due = sequence;
}

void account_written(struct cpu_account *account, uint64_t sequence)
{
	make_due(account, sequence);
	account->written++;
}

void account_dropped(struct cpu_account *account, uint64_t sequence, enum loss_cause cause)
{
	make_due(account, sequence);
	account->proved[cause]++;
}

void account_kernel(struct cpu_account *account, const struct record_counters *counters,
                    bool drained)
{
	account->proved[LOSS_NO_READER] = counters->no_reader;
	account->proved[LOSS_BUFFER_FULL] = counters->buffer_full;
	account->proved[LOSS_FAILED] = counters->failed;
	if (drained)
		make_due(account, counters->attempted);
}

static uint64_t told_total(const struct cpu_account *account)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < LOSS_CAUSES; i++)
		total += account->told[i];
	return total;
}

uint64_t account_missing(const struct cpu_account *account)
{
	uint64_t accounted = account->written + told_total(account);

	return accounted < account->due ? account->due - accounted : 0;
}

bool account_next_loss(const struct cpu_account *account, enum loss_cause rest,
                       enum loss_cause *ret_cause, uint64_t *ret_count)
{
	uint64_t missing = account_missing(account);

	for (unsigned int i = 0; missing && i < LOSS_CAUSES; i++) {
		uint64_t proved = account->proved[i], told = account->told[i];

		if (proved <= told)
			continue;
		*ret_cause = i;
		*ret_count = proved - told < missing ? proved - told : missing;
		return true;
	}
	if (!missing || rest == LOSS_CAUSES)
		return false;
	*ret_cause = rest;
	*ret_count = missing;
	return true;
}

void account_told(struct cpu_account *account, enum loss_cause cause, uint64_t count)
{
	account->told[cause] += count;
}

static bool is_before(const struct suppressed_account *account, uint64_t cgroup_id, uint32_t hook)
{
	return account->cgroup_id != cgroup_id ? account->cgroup_id < cgroup_id
	                                       : account->hook < hook;
}

struct suppressed_account *accounting_suppressed(struct accounting *accounting, uint64_t cgroup_id,
                                                 uint32_t hook)
{
	struct suppressed_account fresh = { .cgroup_id = cgroup_id, .hook = hook }, *at;
	size_t low = 0, high = accounting->suppressed.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&accounting->suppressed.items[middle], cgroup_id, hook))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < accounting->suppressed.count) {
		at = &accounting->suppressed.items[low];
		if (at->cgroup_id == cgroup_id && at->hook == hook)
			return at;
	}
	if (array_append(&accounting->suppressed, fresh))
		return NULL;
	at = &accounting->suppressed.items[low];
	memmove(at + 1, at, (accounting->suppressed.count - 1 - low) * sizeof(*at));
	*at = fresh;
	return at;
}

void accounting_forget_unseen(struct accounting *accounting)
{
	size_t kept = 0;

	array_foreach (account, &accounting->suppressed) {
		if (account->seen)
			accounting->suppressed.items[kept++] = *account;
	}
	accounting->suppressed.count = kept;
	array_foreach (account, &accounting->suppressed)
		account->seen = false;
}

uint64_t accounting_suppressed_rest(const struct accounting *accounting, uint64_t kernel_total)
{
	uint64_t told = accounting->suppressed_total;

	return told < kernel_total ? kernel_total - told : 0;
}

void accounting_total(const struct accounting *accounting, struct accounting_totals *ret_totals)
{
	struct accounting_totals totals = { .suppressed = accounting->suppressed_total };

	array_foreach (account, &accounting->cpus) {
		totals.attempted += account->due;
		totals.written += account->written;
		for (unsigned int i = 0; i < LOSS_CAUSES; i++) {
			totals.lost[i] += account->told[i];
			totals.lost_total += account->told[i];
		}
	}
	*ret_totals = totals;
}
