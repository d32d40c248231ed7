/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader's life. While it runs, the kernel wakes it every few dozen records; it comes by on its
 * own twenty times a second, writes what waits five times a second, and does the accounts once.
 */
#include "app/reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "app/reader_private.h"
#include "base/cleanup.h"
#include "kernel/host_clock.h"
#include "kernel/task_offsets.h"
#include "kernel/ward_watch.h"

#define FLUSH_NS UINT64_C(200000000)

static void reader_free(struct reader *reader)
{
	stream_close(reader->stream);
	audit_file_close(reader->file);
	reader_names_fini(&reader->names);
	accounting_fini(&reader->accounting);
	free(reader->counters);
	free(reader->line.bytes);
	free(reader);
}

DEFINE_CLEANUP(struct reader, reader_free)

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t reader_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void take_clock_offset(struct reader *reader)
{
	reader->realtime_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

struct line_head reader_line_head(struct reader *reader, uint64_t monotonic_ns)
{
	return (struct line_head){
		.seq = audit_file_seq(reader->file),
		.time_ns = monotonic_ns + reader->realtime_offset_ns,
		.cache = &reader->time_cache,
	};
}

struct line_head reader_line_head_now(struct reader *reader)
{
	return reader_line_head(reader, reader_now_ns());
}

int reader_append(struct reader *reader, enum line_kind kind)
{
	size_t length = reader->line.length;
	bool full = reader->line.full;
	int error;

	reader->line.length = 0;
	reader->line.full = false;
	if (full)
		return -ENOBUFS;
	error = audit_file_append(reader->file, kind, reader->line.bytes, length);
	if (!error)
		reader->account_due_bytes += length;
	return error;
}

static void write_decision(struct reader *reader, struct event *event, const char *path, int cpu,
                           struct cpu_account *account)
{
	struct line_head head = reader_line_head(reader, event->time_ns);
	struct event_names names;

	if (!event->parent_pid)
		reader_find_parent(event);
	reader_names_of(&reader->names, event, &names);
	event_line(&reader->line, &head, event, path, cpu, &names);
	reader->changed = true;
	if (reader_append(reader, LINE_DECISION)) {
		account_dropped(account, event->sequence, LOSS_LOG_ERROR);
		return;
	}
	account_written(account, event->sequence);
	if (reader->account_due_bytes >= ACCOUNT_EVERY_BYTES / 2)
		reader_tell_account(reader);
}

static void on_record(void *context, const void *bytes, size_t size, int cpu)
{
	struct reader *reader = context;
	struct cpu_account *account = accounting_cpu(&reader->accounting, (uint64_t)cpu);
	struct event event;
	const char *path;

	/* Out of memory for a CPU that was not there at the start: it shows as missing. */
	if (!account)
		return;
	if (event_decode(bytes, size, &event, &path))
		account_dropped(account, 0, LOSS_INVALID);
	else
		write_decision(reader, &event, path, cpu, account);
}

static void flush(struct reader *reader)
{
	int error = audit_file_flush(reader->file);

	if (!error != !reader->log_error && reader->options.log_state)
		reader->options.log_state(reader->options.context, error);
	reader->log_error = error;
	reader->next_flush_ns = reader_now_ns() + FLUSH_NS;
}

/* The offsets stay with the loaded programs; without BTF the parent comes from /proc. */
static void tell_task_offsets(struct ward *ward, const struct settings *settings)
{
	struct task_offsets offsets;

	if (settings->real_parent_offset || task_offsets_find(&offsets))
		return;
	ward_set_task_offsets(ward, offsets.real_parent, offsets.tgid, offsets.comm);
}

static int allocate(struct reader *reader)
{
	struct record_counters total;
	size_t cpus = 0;
	int error = ward_record_counters(reader->ward, &total, NULL, &cpus);

	if (error)
		return error;
	reader->cpu_count = cpus;
	reader->counters = calloc(cpus, sizeof(*reader->counters));
	reader->line.bytes = malloc(CONTROL_LINE_BYTES_MAX);
	reader->line.capacity = CONTROL_LINE_BYTES_MAX;
	return reader->counters && reader->line.bytes ? 0 : -ENOMEM;
}

static int start(struct reader *reader, struct diag *diag)
{
	const char *path = reader->options.log_path;
	const struct stream_handler handler = { .context = reader, .record = on_record };
	struct settings settings;
	struct torn_line torn;
	int error = ward_settings(reader->ward, &settings);

	if (error)
		return error;
	reader->accounting.epoch = settings.epoch;
	error = audit_file_open(path ? path : READER_DEFAULT_LOG, diag, &reader->file, &torn);
	if (error)
		return error;
	tell_task_offsets(reader->ward, &settings);
	take_clock_offset(reader);
	error = reader_settle_past(reader, &torn);
	if (error)
		return error;
	flush(reader);
	reader->next_tick_ns = reader_now_ns();
	return stream_open(reader->ward, reader->options.pages, &handler, diag, &reader->stream);
}

int reader_open(struct ward *ward, const struct reader_options *options, struct diag *diag,
                struct reader **ret_reader)
{
	CLEANUP(cleanup_reader_free) struct reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (!reader)
		return -ENOMEM;
	reader->ward = ward;
	reader->options = *options;
	error = host_clock_check(diag);
	if (!error)
		error = reader_names_init(&reader->names, ward, diag);
	if (!error)
		error = allocate(reader);
	if (!error)
		error = start(reader, diag);
	if (error)
		return error;
	*ret_reader = TAKE_PTR(reader);
	return 0;
}

int reader_run(struct reader *reader, int wake_fd)
{
	struct pollfd fds[2] = {
		{ .fd = wake_fd, .events = POLLIN },
		{ .fd = stream_epoll_fd(reader->stream), .events = POLLIN },
	};

	for (;;) {
		uint64_t now;
		int error;

		if (poll(fds, 2, READER_LATENCY_MS) < 0 && errno != EINTR)
			return -errno;
		take_clock_offset(reader);
		error = stream_poll(reader->stream, 0);
		if (error < 0)
			return error;
		if (fds[0].revents)
			return 0;
		now = reader_now_ns();
		if (now >= reader->next_tick_ns) {
			reader_tick(reader);
			if (ward_is_replaced(reader->ward))
				return -ESTALE;
		}
		if (now >= reader->next_flush_ns)
			flush(reader);
	}
}

int reader_reopen_log(struct reader *reader, struct diag *diag)
{
	bool changed;
	int error = audit_file_reopen(reader->file, diag, &changed);

	/* The next reader must find the totals in the file it opens. */
	if (!error && changed) {
		reader_tell_start(reader, "start");
		reader_tell_account(reader);
	}
	return error;
}

/* After stream_close() nothing is on its way: what has been attempted by then and is neither
 * written nor counted as lost cannot come any more. */
static void finish(struct reader *reader)
{
	int error;

	stream_close(TAKE_PTR(reader->stream));
	if (!reader_read_counters(reader)) {
		for (size_t cpu = 0; cpu < reader->cpu_count; cpu++) {
			struct cpu_account *account = accounting_cpu(&reader->accounting, cpu);

			if (account)
				account_kernel(account, &reader->counters[cpu], true);
		}
		stream_settle();
		reader_read_counters(reader);
		reader_tell_losses(reader, false, LOSS_READER_DIED);
	}
	reader_tell_suppressed(reader);
	reader_tell_account(reader);
	reader_tell_start(reader, "stop");
	flush(reader);
	error = audit_file_sync(reader->file);
	if (error)
		reader->log_error = error;
}

void reader_close(struct reader *reader, struct reader_summary *ret_summary)
{
	CLEANUP(cleanup_reader_free) struct reader *owned = reader;
	struct accounting_totals totals;

	if (!reader)
		return;
	take_clock_offset(reader);
	finish(reader);
	accounting_total(&reader->accounting, &totals);
	if (ret_summary)
		*ret_summary = (struct reader_summary){
			.written = totals.written - reader->before.written,
			.suppressed = totals.suppressed - reader->before.suppressed,
			.lost = totals.lost_total - reader->before.lost_total,
			.log_error = reader->log_error,
		};
	(void)owned;
}
