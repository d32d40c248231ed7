/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling what is not in the log as a decision. A count is taken as told only when its line has
 * found room; so whatever goes wrong, it is told again, or left to the next reader.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/reader_private.h"
#include "kernel/ward_watch.h"

#define TICK_NS    UINT64_C(1000000000)
#define ACCOUNT_NS (10 * TICK_NS)

static void tell_loss(struct reader *reader, struct cpu_account *account, size_t cpu,
                      enum loss_cause rest)
{
	enum loss_cause cause;
	uint64_t count;

	while (account_next_loss(account, rest, &cause, &count)) {
		struct line_head head = reader_line_head_now(reader);

		lost_line(&reader->line, &head, cause, count, (uint32_t)cpu);
		if (reader_append(reader, LINE_CONTROL))
			return;
		account_told(account, cause, count);
		reader->changed = true;
	}
}

int reader_read_counters(struct reader *reader)
{
	size_t cpus = reader->cpu_count;

	return ward_record_counters(reader->ward, &reader->counted, reader->counters, &cpus);
}

void reader_tell_losses(struct reader *reader, bool drained, enum loss_cause rest)
{
	for (size_t cpu = 0; cpu < reader->cpu_count; cpu++) {
		struct cpu_account *account = accounting_cpu(&reader->accounting, cpu);

		if (!account)
			return;
		account_kernel(account, &reader->counters[cpu], drained);
		tell_loss(reader, account, cpu, rest);
	}
}

static int tell_suppressed(void *context, uint64_t cgroup_id, enum hook hook, uint64_t total)
{
	struct reader *reader = context;
	struct line_head head = reader_line_head_now(reader);
	struct suppressed_account *account =
	        accounting_suppressed(&reader->accounting, cgroup_id, hook);
	uint64_t count;

	if (!account)
		return -ENOMEM;
	account->seen = true;
	/* Smaller than before: the policy was taken away and put in force again. */
	if (total < account->told)
		account->told = 0;
	count = total - account->told;
	if (!count)
		return 0;
	suppressed_line(&reader->line, &head, account, count,
	                reader_cgroup_name(&reader->names, cgroup_id));
	if (reader_append(reader, LINE_CONTROL))
		return -ENOBUFS;
	account->told = total;
	reader->accounting.suppressed_total += count;
	reader->changed = true;
	return 0;
}

static void tell_suppressed_rest(struct reader *reader)
{
	uint64_t count =
	        accounting_suppressed_rest(&reader->accounting, reader->counted.suppressed);
	struct line_head head = reader_line_head_now(reader);

	if (!count)
		return;
	suppressed_rest_line(&reader->line, &head, count);
	if (reader_append(reader, LINE_CONTROL))
		return;
	reader->accounting.suppressed_total += count;
	reader->changed = true;
}

void reader_tell_suppressed(struct reader *reader)
{
	/* A cgroup that was not seen may still tell what is its own. */
	if (ward_each_suppressed(reader->ward, tell_suppressed, reader))
		return;
	accounting_forget_unseen(&reader->accounting);
	tell_suppressed_rest(reader);
}

int reader_tell_start(struct reader *reader, const char *type)
{
	struct line_head head = reader_line_head_now(reader);

	reader_line(&reader->line, &head, type, reader->accounting.epoch, getpid());
	return reader_append(reader, LINE_CONTROL);
}

void reader_tell_account(struct reader *reader)
{
	struct line_head head = reader_line_head_now(reader);

	account_line(&reader->line, &head, &reader->accounting);
	if (reader_append(reader, LINE_CONTROL))
		return;
	reader->changed = false;
	reader->account_due_bytes = 0;
	reader->next_account_ns = reader_now_ns() + ACCOUNT_NS;
}

/* The line that was cut off was one of the missing decisions, if any is missing. */
static void blame_torn_line(struct reader *reader)
{
	array_foreach (account, &reader->accounting.cpus) {
		if (!account_missing(account))
			continue;
		account->proved[LOSS_TORN_LINE]++;
		return;
	}
}

static void tell_torn_line(struct reader *reader)
{
	struct line_head head = reader_line_head_now(reader);

	lost_line(&reader->line, &head, LOSS_TORN_LINE, 1, CPU_UNKNOWN);
	reader_append(reader, LINE_CONTROL);
}

/*
 * Attempts up to the first reading of the counters have been sent, or counted as lost, by the
 * second: nobody has opened the buffers in between, and no program runs that long. So what is
 * missing then was in the hands of a reader that is no more.
 */
int reader_settle_past(struct reader *reader, const struct torn_line *torn)
{
	bool found;
	int error = log_tail_read(audit_file_fd(reader->file), &reader->accounting, &found);

	if (!error)
		error = reader_read_counters(reader);
	if (error)
		return error;
	for (size_t cpu = 0; cpu < reader->cpu_count; cpu++) {
		struct cpu_account *account = accounting_cpu(&reader->accounting, cpu);

		if (!account)
			return -ENOMEM;
		account_kernel(account, &reader->counters[cpu], true);
	}
	stream_settle();
	error = reader_read_counters(reader);
	if (error)
		return error;
	if (torn->bytes && torn->is_decision && !found)
		tell_torn_line(reader);
	reader_tell_start(reader, "start");
	reader_tell_losses(reader, false, LOSS_CAUSES);
	if (torn->is_decision && found) {
		blame_torn_line(reader);
		reader_tell_losses(reader, false, LOSS_CAUSES);
	}
	reader_tell_losses(reader, false, found ? LOSS_READER_DIED : LOSS_BEFORE_LOG);
	reader_tell_suppressed(reader);
	reader_tell_account(reader);
	accounting_total(&reader->accounting, &reader->before);
	return 0;
}

/* While the log cannot be written, one line at the end of that is better than one each second. */
static void tell_what_happened(struct reader *reader)
{
	if (reader->log_error)
		return;
	reader_tell_losses(reader, true, LOSS_CAUSES);
	reader_tell_suppressed(reader);
	if (reader->changed && reader_now_ns() >= reader->next_account_ns)
		reader_tell_account(reader);
}

void reader_tick(struct reader *reader)
{
	uint64_t now = reader_now_ns();

	if (reader_read_counters(reader))
		return;
	/* All that was sent before the counters were read has been read after this. */
	stream_poll(reader->stream, 0);
	tell_what_happened(reader);
	if (audit_file_is_moved(reader->file)) {
		struct diag diag = DIAG_INIT;

		/* Where it cannot be made anew, the old file goes on; the next tick tries again. */
		reader_reopen_log(reader, &diag);
		diag_fini(&diag);
	}
	reader->next_tick_ns = now + TICK_NS;
}
