/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic behind "kernel count = written + suppressed + lost". Pure: it is fed with what was
 * written, what the kernel's counters say and what an older log says, and tells how many records
 * must be reported as lost, and for which cause.
 *
 * The hard idea: for each CPU the kernel numbers its attempts from 1. Attempts up to `due` should
 * be in the log, as a decision or within a "lost" record; what is neither is missing. A missing
 * record is lost for a cause only as far as that cause is proved (by a kernel counter, by a write
 * that failed): two programs on one CPU may swap places, so a gap alone proves nothing yet. Only
 * counts matter, never positions; so the numbers add up whatever the order was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/array.h"

enum loss_cause {
	LOSS_NO_READER,   /* nobody read */
	LOSS_BUFFER_FULL, /* the reader was too slow */
	LOSS_FAILED,      /* any other error in the kernel */
	LOSS_LOG_ERROR,   /* the log could not be written, and memory for it was used up */
	LOSS_INVALID,     /* the record was not in order; reported with type "invalid" */
	LOSS_TORN_LINE,   /* the last line was cut short by a crash, and has been cut off */
	LOSS_READER_DIED, /* read or buffered, but not written when the reader died */
	LOSS_BEFORE_LOG,  /* before this log began */
	LOSS_CAUSES,
};

const char *loss_cause_name(enum loss_cause cause); /* "no-reader" */
bool loss_cause_find(const char *name, enum loss_cause *ret_cause);

struct cpu_account {
	uint64_t due;               /* attempts that should be in the log */
	uint64_t written;           /* decisions in the log */
	uint64_t told[LOSS_CAUSES]; /* in "lost" records */
	uint64_t proved[LOSS_CAUSES];
};

/* Records over log-rate, by policed cgroup and hook: how many the log tells of. */
struct suppressed_account {
	uint64_t cgroup_id;
	uint32_t hook;
	bool seen; /* in the present walk over the kernel's counts */
	uint64_t told;
};

/* Of one epoch: one life of the programs. */
struct accounting {
	uint64_t epoch;
	ARRAY(struct cpu_account) cpus;              /* by CPU number */
	ARRAY(struct suppressed_account) suppressed; /* by cgroup id, then hook */
	uint64_t suppressed_total;                   /* told, also without a cgroup */
};

#define CPUS_MAX 8192

void accounting_fini(struct accounting *accounting);

/* The CPU's account, made if need be. NULL: out of memory, or no such CPU can be. */
struct cpu_account *accounting_cpu(struct accounting *accounting, uint64_t cpu);

/* A decision with this number is in the log. */
void account_written(struct cpu_account *account, uint64_t sequence);

/* A decision with this number was received and could not be written: one more loss proved. */
void account_dropped(struct cpu_account *account, uint64_t sequence, enum loss_cause cause);

/* What the kernel counted on this CPU. Its attempts become due if everything that had been sent
 * when they were counted has been read since (`drained`). */
void account_kernel(struct cpu_account *account, const struct record_counters *counters,
                    bool drained);

/*
 * The next loss to be told: a cause and a count above zero, or false. With `rest` other than
 * LOSS_CAUSES, what is missing without proof is told under that cause: when nothing more can come.
 * Whoever has told it says so with account_told().
 */
bool account_next_loss(const struct cpu_account *account, enum loss_cause rest,
                       enum loss_cause *ret_cause, uint64_t *ret_count);
void account_told(struct cpu_account *account, enum loss_cause cause, uint64_t count);

/* How many of the due ones are neither written nor told; 0 also if more were told than are due,
 * which a record that arrived late makes up for. */
uint64_t account_missing(const struct cpu_account *account);

/* What the log tells of a cgroup and hook, to be raised by the caller. NULL: out of memory. */
struct suppressed_account *accounting_suppressed(struct accounting *accounting, uint64_t cgroup_id,
                                                 uint32_t hook);

/*
 * Counts of a cgroup go with its policy; the kernel's total stays. How much of it no line tells of:
 * calls of policies that are gone, if the total was read first, then the counts of all cgroups, and
 * these have been told. A total that is too old only makes this smaller, so nothing is told twice.
 */
uint64_t accounting_suppressed_rest(const struct accounting *accounting, uint64_t kernel_total);

/* After a whole walk: drops what was not seen, for its counts are gone and would begin anew; clears
 * `seen`. So what is kept does not grow with the cgroups that ever were. */
void accounting_forget_unseen(struct accounting *accounting);

struct accounting_totals {
	uint64_t attempted, written, suppressed;
	uint64_t lost[LOSS_CAUSES], lost_total;
};

void accounting_total(const struct accounting *accounting, struct accounting_totals *ret_totals);
