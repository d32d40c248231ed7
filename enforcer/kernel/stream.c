/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The perf buffer, by libbpf's raw interface: woken every WAKEUP_RECORDS records (a wakeup for each
 * costs sixteen times a silent denial), so whoever waits must also come by on a timer.
 *
 * Two kernel quirks (kernel/bpf/arraymap.c, perf_event_fd_array_release): the entries of the map
 * die with the open file through which they were set, so the stream opens the pinned map anew for
 * itself; were that file shared with another process, dead entries would stay and every record
 * would fail. And a record that is lost is counted by the program and told again in the buffer
 * (PERF_RECORD_LOST): it is one loss.
 */
#include "kernel/stream.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

#define WAKEUP_RECORDS 256
#define PAGES_DEFAULT  256
#define PAGES_LEAST    8
#define PAGE_BYTES     4096U /* or more, and then somebody is woken earlier */

/* What is sorted at once; a longer batch is handed over in several. */
#define BATCH_RECORDS    16384
#define BATCH_BYTES      (BATCH_RECORDS * (sizeof(struct event) + 8))
#define RECORD_BYTES_MAX 65536

struct batch_record {
	uint64_t time_ns;
	uint32_t offset, size; /* in batch_bytes */
	int cpu;
};

struct stream {
	struct stream_handler handler;
	struct perf_buffer *buffer;
	int events_fd;              /* ours alone */
	struct batch_record *batch; /* and as much room again, to order them */
	unsigned char *batch_bytes;
	size_t batch_count, batch_used;
	int handed_over; /* by the poll that is under way */
};

static void stream_free(struct stream *stream)
{
	perf_buffer__free(stream->buffer);
	cleanup_close(&stream->events_fd);
	free(stream->batch);
	free(stream->batch_bytes);
	free(stream);
}

DEFINE_CLEANUP(struct stream, stream_free)

static bool is_before(const struct batch_record *a, const struct batch_record *b)
{
	return a->time_ns < b->time_ns;
}

static size_t run_end(const struct batch_record *records, size_t start, size_t count)
{
	size_t end = start + 1;

	while (end < count && !is_before(&records[end], &records[end - 1]))
		end++;
	return end;
}

/* [start, middle) and [middle, end) into `to`; of equal ones the first first. */
static void merge(const struct batch_record *from, size_t start, size_t middle, size_t end,
                  struct batch_record *to)
{
	size_t left = start, right = middle;

	for (size_t at = start; at < end; at++) {
		if (left < middle && (right == end || !is_before(&from[right], &from[left])))
			to[at] = from[left++];
		else
			to[at] = from[right++];
	}
}

static size_t merge_neighbours(const struct batch_record *from, size_t count,
                               struct batch_record *to)
{
	size_t start = 0, made = 0;

	while (start < count) {
		size_t middle = run_end(from, start, count);
		size_t end = middle < count ? run_end(from, middle, count) : middle;

		merge(from, start, middle, end, to);
		start = end;
		made++;
	}
	return made;
}

/* By time. What comes from one CPU is in order but for programs that were preempted, so that a
 * batch is a few long runs: they are merged, which costs a fraction of sorting. */
static const struct batch_record *in_order(struct stream *stream)
{
	struct batch_record *from = stream->batch, *to = stream->batch + BATCH_RECORDS;

	while (merge_neighbours(from, stream->batch_count, to) > 1) {
		struct batch_record *sorted = to;

		to = from;
		from = sorted;
	}
	return to;
}

static void hand_over(struct stream *stream)
{
	const struct batch_record *records = in_order(stream);

	for (size_t i = 0; i < stream->batch_count; i++)
		stream->handler.record(stream->handler.context,
		                       stream->batch_bytes + records[i].offset, records[i].size,
		                       records[i].cpu);
	stream->handed_over += (int)stream->batch_count;
	stream->batch_count = 0;
	stream->batch_used = 0;
}

static void take_record(struct stream *stream, int cpu, const void *bytes, size_t size)
{
	struct batch_record *record;
	size_t room = (size + 7) & ~(size_t)7;

	if (size > RECORD_BYTES_MAX)
		return;
	if (stream->batch_count == BATCH_RECORDS || stream->batch_used + room > BATCH_BYTES)
		hand_over(stream);
	record = &stream->batch[stream->batch_count++];
	*record = (struct batch_record){
		.offset = (uint32_t)stream->batch_used,
		.size = (uint32_t)size,
		.cpu = cpu,
	};
	memcpy(stream->batch_bytes + stream->batch_used, bytes, size);
	if (size >= offsetof(struct event, time_ns) + sizeof(record->time_ns))
		memcpy(&record->time_ns,
		       stream->batch_bytes + stream->batch_used + offsetof(struct event, time_ns),
		       sizeof(record->time_ns));
	stream->batch_used += room;
}

/* Layouts of include/uapi/linux/perf_event.h, PERF_SAMPLE_RAW alone. */
struct sample_record {
	struct perf_event_header header;
	uint32_t size;
	unsigned char bytes[];
};
struct lost_record {
	struct perf_event_header header;
	uint64_t id, count;
};

static enum bpf_perf_event_ret on_perf_record(void *context, int cpu,
                                              struct perf_event_header *header)
{
	struct stream *stream = context;
	struct sample_record sample;
	struct lost_record lost;

	if (header->type == PERF_RECORD_SAMPLE && header->size >= sizeof(sample)) {
		memcpy(&sample, header, sizeof(sample));
		if (sample.size <= header->size - sizeof(sample))
			take_record(stream, cpu, (const unsigned char *)header + sizeof(sample),
			            sample.size);
	} else if (header->type == PERF_RECORD_LOST && header->size >= sizeof(lost)) {
		memcpy(&lost, header, sizeof(lost));
		if (stream->handler.lost)
			stream->handler.lost(stream->handler.context, cpu, lost.count);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static int open_buffers(struct stream *stream, unsigned int pages)
{
	/* A small buffer must not be full before somebody is woken. */
	uint32_t quarter = pages * PAGE_BYTES / 4 / sizeof(struct event);
	uint32_t wakeup = quarter < WAKEUP_RECORDS ? quarter : WAKEUP_RECORDS;
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = wakeup,
		.wakeup_events = wakeup,
	};

	stream->buffer = perf_buffer__new_raw(stream->events_fd, pages, &attributes, on_perf_record,
	                                      stream, NULL);
	return stream->buffer ? 0 : -errno;
}

/* The memory counts against perf_event_mlock_kb and RLIMIT_MEMLOCK: fewer pages are better than
 * no reader. */
static int open_as_large_as_allowed(struct stream *stream, unsigned int pages, struct diag *diag)
{
	int error;

	for (;;) {
		error = open_buffers(stream, pages);
		if (!error || pages / 2 < PAGES_LEAST)
			break;
		if (error != -EPERM && error != -ENOMEM)
			break;
		pages /= 2;
	}
	if (error)
		diag_add(diag, SEVERITY_ERROR, "perf-buffer", &(struct place){ 0 },
		         "CAP_PERFMON or CAP_SYS_ADMIN, and room in kernel.perf_event_mlock_kb",
		         "cannot open the perf buffer of %u pages: %s", pages, strerror(-error));
	return error;
}

int stream_open(struct ward *ward, unsigned int pages, const struct stream_handler *handler,
                struct diag *diag, struct stream **ret_stream)
{
	CLEANUP(cleanup_stream_free) struct stream *stream = calloc(1, sizeof(*stream));
	char path[PIN_PATH_MAX];
	int error;

	if (!stream)
		return -ENOMEM;
	stream->events_fd = -1;
	stream->handler = *handler;
	stream->batch = calloc((size_t)2 * BATCH_RECORDS, sizeof(*stream->batch));
	stream->batch_bytes = malloc(BATCH_BYTES + RECORD_BYTES_MAX);
	if (!stream->batch || !stream->batch_bytes)
		return -ENOMEM;
	pin_path(path, ward->tree, "events");
	stream->events_fd = bpf_obj_get(path);
	if (stream->events_fd < 0) {
		error = -errno;
		diag_add(diag, SEVERITY_ERROR, "pins", &(struct place){ .path = path }, NULL,
		         "cannot open the pinned map: %s", strerror(-error));
		return error;
	}
	error = open_as_large_as_allowed(stream, pages ? pages : PAGES_DEFAULT, diag);
	if (error)
		return error;
	*ret_stream = TAKE_PTR(stream);
	return 0;
}

int stream_epoll_fd(const struct stream *stream)
{
	return perf_buffer__epoll_fd(stream->buffer);
}

int stream_poll(struct stream *stream, int timeout_ms)
{
	struct pollfd ready = { .fd = stream_epoll_fd(stream), .events = POLLIN };
	int error;

	if (timeout_ms && poll(&ready, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	stream->handed_over = 0;
	error = perf_buffer__consume(stream->buffer);
	hand_over(stream);
	return error < 0 ? error : stream->handed_over;
}

void stream_settle(void)
{
	/* Programs run within an RCU read section, and this waits for one to pass. Refused with
	 * nohz_full; a record on its way at this instant may then be told as lost. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

void stream_close(struct stream *stream)
{
	int cpus = libbpf_num_possible_cpus();

	if (!stream)
		return;
	for (int cpu = 0; cpu < cpus; cpu++)
		bpf_map_delete_elem(stream->events_fd, &cpu);
	stream_settle();
	stream_poll(stream, 0);
	stream_free(stream);
}
