/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for records, looked up once and kept escaped: a flood of records has few policies, rules
 * and cgroups in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/reader_private.h"
#include "base/cleanup.h"
#include "base/scan.h"

int reader_names_init(struct reader_names *names, struct ward *ward, struct diag *diag)
{
	CLEANUP_FREE char *mount = NULL;
	int error = cgroup_mount_point(diag, &mount);

	names->mount_fd = -1;
	if (error)
		return error;
	names->ward = ward;
	names->cgroups = calloc(KNOWN_CGROUPS, sizeof(*names->cgroups));
	if (!names->cgroups)
		return -ENOMEM;
	names->mount_fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (names->mount_fd < 0) {
		error = -errno;
		diag_add(diag, SEVERITY_ERROR, "cgroup2", &(struct place){ .path = mount }, NULL,
		         "cannot open: %s", strerror(-error));
		return error;
	}
	return 0;
}

static void forget_meta(struct known_meta *known)
{
	size_t count = known->meta ? known->meta->rule_count : 0;

	for (size_t i = 0; known->rules && i < count; i++) {
		free(known->rules[i].rule);
		free(known->rules[i].text);
	}
	free(known->rules);
	free(known->policy);
	free(known->file);
	policy_meta_free(known->meta);
	memset(known, 0, sizeof(*known));
}

void reader_names_fini(struct reader_names *names)
{
	for (size_t i = 0; i < KNOWN_METAS; i++)
		forget_meta(&names->metas[i]);
	for (size_t i = 0; names->cgroups && i < KNOWN_CGROUPS; i++)
		free(names->cgroups[i].path);
	free(names->cgroups);
	cleanup_close(&names->mount_fd);
}

/* A generation that the ward does not know (any more) stays unknown: it is not asked for again. */
static void learn_meta(struct reader_names *names, struct known_meta *known, uint32_t generation)
{
	forget_meta(known);
	known->generation = generation;
	if (ward_meta(names->ward, generation, &known->meta) || !known->meta)
		return;
	known->rules = calloc(known->meta->rule_count + 1, sizeof(*known->rules));
	if (!known->rules ||
	    json_text_duplicate(known->meta->name, &known->policy, &known->policy_length) ||
	    json_text_duplicate(known->meta->path, &known->file, &known->file_length))
		forget_meta(known);
}

static struct known_meta *find_meta(struct reader_names *names, uint32_t generation)
{
	struct known_meta *oldest = &names->metas[0];

	for (size_t i = 0; i < KNOWN_METAS; i++) {
		struct known_meta *known = &names->metas[i];

		if (known->generation == generation) {
			known->used = ++names->uses;
			return known;
		}
		if (known->used < oldest->used)
			oldest = known;
	}
	learn_meta(names, oldest, generation);
	oldest->used = ++names->uses;
	return oldest;
}

static struct json_piece piece_or_null(const char *bytes, size_t length)
{
	return bytes ? (struct json_piece){ bytes, length } : JSON_NULL;
}

static void learn_rule(const struct meta_rule *rule, struct known_rule *known)
{
	CLEANUP_FREE char *place = NULL;

	if (asprintf(&place, "%s:%" PRIu32, rule->file, rule->line) < 0) {
		place = NULL;
		return;
	}
	if (json_text_duplicate(place, &known->rule, &known->rule_length))
		return;
	/* Without memory for it the text is null in the record; the place is what matters. */
	if (json_text_duplicate(rule->text, &known->text, &known->text_length))
		known->text = NULL;
}

static struct rule_pieces rule_name(const struct known_meta *known, uint32_t rule)
{
	static const char fallback[] = "\"default\"", class[] = "\"class\"";
	struct rule_pieces pieces = { JSON_NULL, JSON_NULL };

	if (!known->meta)
		return pieces;
	if (rule == RULE_DEFAULT) {
		pieces.rule = (struct json_piece){ fallback, sizeof(fallback) - 1 };
		return pieces;
	}
	if (rule == RULE_CLASS) {
		pieces.rule = (struct json_piece){ class, sizeof(class) - 1 };
		return pieces;
	}
	if (rule > known->meta->rule_count)
		return pieces;
	if (!known->rules[rule - 1].rule)
		learn_rule(&known->meta->rules[rule - 1], &known->rules[rule - 1]);
	pieces.rule =
	        piece_or_null(known->rules[rule - 1].rule, known->rules[rule - 1].rule_length);
	pieces.text =
	        piece_or_null(known->rules[rule - 1].text, known->rules[rule - 1].text_length);
	return pieces;
}

/* Its place, or that of the one of two that was used less recently: so that two names asked for one
 * after the other are there at the same time. */
static struct known_cgroup *find_cgroup(struct reader_names *names, uint64_t id)
{
	size_t hash = id * UINT64_C(0x9e3779b97f4a7c15) >> 52 & (KNOWN_CGROUPS - 2);
	struct known_cgroup *first = &names->cgroups[hash], *second = first + 1;

	if (first->id == id || second->id == id)
		return first->id == id ? first : second;
	return first->used <= second->used ? first : second;
}

struct json_piece reader_cgroup_name(struct reader_names *names, uint64_t id)
{
	struct known_cgroup *known = find_cgroup(names, id);
	CLEANUP_FREE char *path = NULL;

	if (!id)
		return JSON_NULL;
	known->used = ++names->uses;
	if (known->id == id)
		return piece_or_null(known->path, known->path_length);
	free(known->path);
	*known = (struct known_cgroup){ .id = id, .used = names->uses };
	if (!cgroup_path_of_id(names->mount_fd, id, &path) &&
	    json_text_duplicate(path, &known->path, &known->path_length))
		known->path = NULL;
	return piece_or_null(known->path, known->path_length);
}

/* Generation 0: denied because something was out of order; no policy said so. */
void reader_names_of(struct reader_names *names, const struct event *event,
                     struct event_names *ret_names)
{
	static const struct known_meta nothing;
	const struct known_meta *known =
	        event->generation ? find_meta(names, event->generation) : &nothing;

	ret_names->meta = known->meta;
	ret_names->policy = piece_or_null(known->policy, known->policy_length);
	ret_names->policy_file = piece_or_null(known->file, known->file_length);
	ret_names->rule = rule_name(known, event->rule);
	ret_names->policy_cgroup = reader_cgroup_name(names, event->policy_cgroup_id);
	ret_names->cgroup = reader_cgroup_name(names, event->cgroup_id);
}

static int read_small_file(const char *path, char *text, size_t size)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return 0;
}

void reader_find_parent(struct event *event)
{
	char path[64], text[1024];
	const char *line;
	struct complaint complaint;
	struct span number;
	uint32_t parent;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", event->pid);
	if (read_small_file(path, text, sizeof(text)))
		return;
	line = strstr(text, "\nPPid:\t");
	if (!line)
		return;
	number = span_of(line + strlen("\nPPid:\t"));
	number = span_up_to(number, span_find(number, '\n'));
	if (scan_number(number, "pid", INT32_MAX, &parent, &complaint) || !parent)
		return;
	event->parent_pid = parent;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", parent);
	memset(event->parent_comm, 0, sizeof(event->parent_comm));
	if (read_small_file(path, text, sizeof(text)))
		return;
	text[strcspn(text, "\n")] = '\0';
	memcpy(event->parent_comm, text, strnlen(text, sizeof(event->parent_comm) - 1));
}
