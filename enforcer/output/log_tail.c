/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log is searched backwards for the last account of the epoch, by the fixed beginning of such
 * lines, and read forwards from there. Lines of other epochs in between (another instance with the
 * same log) are told apart by the "start" line before them.
 */
#include "output/log_tail.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/audit_file.h"
#include "output/control_line.h"
#include "output/json_read.h"

#define SEARCH_BYTES_FIRST (1U << 20)
#define SEARCH_BYTES_MAX   (4U * ACCOUNT_EVERY_BYTES)

struct tail {
	struct accounting *accounting;
	char epoch[EPOCH_TEXT_MAX];
	bool ours; /* the lines now read belong to the epoch */
};

static bool is_our_epoch(const struct tail *tail, json_object *record)
{
	const char *epoch = json_read_string(record, "epoch");

	return epoch && !strcmp(epoch, tail->epoch);
}

static bool find_hook(const char *name, uint32_t *ret_hook)
{
	for (unsigned int i = 0; name && i < HOOK_COUNT; i++) {
		if (!strcmp(name, hook_name(i))) {
			*ret_hook = i;
			return true;
		}
	}
	return false;
}

/* What does not parse is passed over: it can only make the number of lost records larger. Nor has
 * a record of policies that are gone more than its count. */
static int read_suppressed(struct tail *tail, json_object *record)
{
	struct suppressed_account *account;
	uint64_t cgroup_id, total;
	uint32_t hook;

	if (!json_read_u64(record, "cgroup_id", &cgroup_id) ||
	    !json_read_u64(record, "total", &total) ||
	    !find_hook(json_read_string(record, "hook"), &hook))
		return 0;
	account = accounting_suppressed(tail->accounting, cgroup_id, hook);
	if (!account)
		return -ENOMEM;
	account->told = total;
	return 0;
}

static int read_cpu(struct tail *tail, json_object *item)
{
	struct cpu_account *account;
	json_object *lost;
	uint64_t cpu, due, written;

	if (!json_read_u64(item, "cpu", &cpu) || cpu >= CPUS_MAX ||
	    !json_read_u64(item, "attempted", &due) || !json_read_u64(item, "written", &written) ||
	    !json_object_object_get_ex(item, "lost", &lost))
		return 0;
	account = accounting_cpu(tail->accounting, cpu);
	if (!account)
		return -ENOMEM;
	account->due = due;
	account->written = written;
	for (unsigned int i = 0; i < LOSS_CAUSES; i++) {
		if (json_read_u64(lost, loss_cause_name(i), &account->told[i]))
			account->proved[i] = account->told[i];
	}
	return 0;
}

static int read_account(struct tail *tail, json_object *record)
{
	json_object *cpus = json_read_array(record, "cpus");
	json_object *suppressed = json_read_array(record, "suppressed_by");
	uint64_t epoch = tail->accounting->epoch;
	int error = 0;

	accounting_fini(tail->accounting);
	tail->accounting->epoch = epoch;
	json_read_u64(record, "suppressed", &tail->accounting->suppressed_total);
	for (size_t i = 0; !error && cpus && i < json_object_array_length(cpus); i++)
		error = read_cpu(tail, json_object_array_get_idx(cpus, i));
	for (size_t i = 0; !error && suppressed && i < json_object_array_length(suppressed); i++)
		error = read_suppressed(tail, json_object_array_get_idx(suppressed, i));
	return error;
}

static int read_decision(struct tail *tail, json_object *record)
{
	struct cpu_account *account;
	uint64_t cpu, sequence;

	if (!json_read_u64(record, "cpu", &cpu) || cpu >= CPUS_MAX ||
	    !json_read_u64(record, "kernel_seq", &sequence))
		return 0;
	account = accounting_cpu(tail->accounting, cpu);
	if (!account)
		return -ENOMEM;
	account_written(account, sequence);
	return 0;
}

static int read_lost(struct tail *tail, json_object *record, const char *cause_name)
{
	struct cpu_account *account;
	enum loss_cause cause;
	uint64_t cpu, count;

	if (!json_read_u64(record, "cpu", &cpu) || cpu >= CPUS_MAX ||
	    !json_read_u64(record, "count", &count) || !cause_name ||
	    !loss_cause_find(cause_name, &cause))
		return 0;
	account = accounting_cpu(tail->accounting, cpu);
	if (!account)
		return -ENOMEM;
	account_told(account, cause, count);
	account->proved[cause] = account->told[cause];
	return 0;
}

static int read_record(struct tail *tail, json_object *record)
{
	const char *type = json_read_string(record, "type");
	uint64_t count;
	int error;

	if (!type)
		return 0;
	if (!strcmp(type, "start") || !strcmp(type, "account") || !strcmp(type, "stop"))
		tail->ours = is_our_epoch(tail, record);
	if (!tail->ours)
		return 0;
	if (!strcmp(type, "account"))
		return read_account(tail, record);
	if (!strcmp(type, "decision"))
		return read_decision(tail, record);
	if (!strcmp(type, "lost"))
		return read_lost(tail, record, json_read_string(record, "cause"));
	if (!strcmp(type, "invalid"))
		return read_lost(tail, record, loss_cause_name(LOSS_INVALID));
	if (strcmp(type, "suppressed") != 0)
		return 0;
	error = read_suppressed(tail, record);
	if (!error && json_read_u64(record, "count", &count))
		tail->accounting->suppressed_total += count;
	return error;
}

static int read_lines(struct tail *tail, const char *text, size_t length)
{
	while (length) {
		const char *newline = memchr(text, '\n', length);
		size_t line = newline ? (size_t)(newline - text) : length;
		CLEANUP_JSON json_object *record = NULL;
		int error = json_read_object(text, line, &record);

		if (error == -ENOMEM)
			return error;
		if (!error)
			error = read_record(tail, record);
		if (error && error != -EBADMSG)
			return error;
		length -= newline ? line + 1 : line;
		text = newline ? newline + 1 : text + line;
	}
	return 0;
}

/* Where the last account line of the epoch begins; `length` if there is none. */
static size_t find_account(const struct tail *tail, const char *text, size_t length)
{
	const size_t prefix = sizeof(ACCOUNT_LINE_PREFIX) - 1;
	size_t end = length;

	while (end) {
		const char *newline = memrchr(text, '\n', end - 1);
		size_t start = newline ? (size_t)(newline + 1 - text) : 0;
		CLEANUP_JSON json_object *record = NULL;

		if (end - start > prefix && !memcmp(text + start, ACCOUNT_LINE_PREFIX, prefix) &&
		    !json_read_object(text + start, end - start, &record) &&
		    is_our_epoch(tail, record))
			return start;
		end = start;
	}
	return length;
}

int log_read_end(int fd, off_t size, size_t limit, char **ret_text, size_t *ret_length)
{
	size_t length = (uint64_t)size < limit ? (size_t)size : limit;
	CLEANUP_FREE char *text = malloc(length + 1);
	size_t done = 0;

	if (!text)
		return -ENOMEM;
	while (done < length) {
		ssize_t count =
		        pread(fd, text + done, length - done, size - (off_t)length + (off_t)done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count ? -errno : -EIO;
		done += (size_t)count;
	}
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

int log_tail_read(int fd, struct accounting *accounting, bool *ret_found)
{
	struct tail tail = { .accounting = accounting };
	struct stat status;

	epoch_text(accounting->epoch, tail.epoch);
	if (fstat(fd, &status))
		return -errno;
	for (size_t wanted = SEARCH_BYTES_FIRST; wanted <= SEARCH_BYTES_MAX; wanted *= 4) {
		CLEANUP_FREE char *text = NULL;
		size_t length, start;
		int error = log_read_end(fd, status.st_size, wanted, &text, &length);

		if (error)
			return error;
		start = find_account(&tail, text, length);
		*ret_found = start < length;
		if (*ret_found)
			return read_lines(&tail, text + start, length - start);
		if ((uint64_t)status.st_size <= wanted)
			break;
	}
	*ret_found = false;
	return 0;
}
