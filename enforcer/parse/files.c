/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a policy: opened once each, included files after the one that includes them.
 *
 * The hard idea: which files are the same? A path may be written with detours (base/../web.ini),
 * and taking `..` out of it as text is wrong where a directory is a symbolic link. So two paths
 * name one file only if they are equal without detours and hold the same bytes; otherwise both are
 * read. A loop that this does not see ends at INCLUDE_DEPTH_MAX.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "parse/loader.h"

char *path_beside(const char *file, struct span value)
{
	const char *slash = strrchr(file, '/');
	size_t directory = slash ? (size_t)(slash - file) + 1 : 0;
	char *path;

	if (value.length && value.start[0] == '/')
		directory = 0;
	while (span_begins(value, "./"))
		value = span_from(value, 2);
	path = malloc(directory + value.length + 1);
	if (!path)
		return NULL;
	memcpy(path, file, directory);
	memcpy(path + directory, value.start, value.length);
	path[directory + value.length] = '\0';
	return path;
}

/* Drops the last component of what stands in `path` so far; false if there is none to drop. */
static bool drop_component(const char *path, size_t *length)
{
	size_t start = *length;

	while (start && path[start - 1] != '/')
		start--;
	if (start == *length || (*length - start == 2 && !memcmp(path + start, "..", 2)))
		return false;
	*length = start ? start - 1 : 0;
	return true;
}

/* The path without `.`, empty components and `..` after a name. */
static char *path_identity(const char *path)
{
	char *identity = malloc(strlen(path) + 2);
	struct span rest = span_of(path);
	size_t length = 0;
	bool absolute = path[0] == '/';

	if (!identity)
		return NULL;
	while (rest.length) {
		size_t slash = span_find(rest, '/');
		struct span part = span_up_to(rest, slash);

		rest = span_from(rest, slash < rest.length ? slash + 1 : slash);
		if (!part.length || span_is(part, "."))
			continue;
		if (span_is(part, "..") && drop_component(identity, &length))
			continue;
		if (length || absolute)
			identity[length++] = '/';
		memcpy(identity + length, part.start, part.length);
		length += part.length;
	}
	identity[length] = '\0';
	return identity;
}

static const char *read_failure(int error, const char *why)
{
	switch (error) {
	case -EPERM:
		return why ? why : "not trusted";
	case -EFBIG:
		return "the file is too large";
	case -EINVAL:
		return "not a regular file";
	case -EAGAIN:
		return "it changed while it was read; try again";
	default:
		return strerror(-error);
	}
}

/* What the user can mend in the files or in how he names them; the rest is the system's refusal. */
static bool is_users_fault(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
	case -EACCES:
	case -EPERM:
	case -EINVAL:
	case -ENXIO: /* a socket, or a device that nobody drives */
	case -ENODEV:
	case -EFBIG:
	case -EOVERFLOW:
	case -EAGAIN:
		return true;
	default:
		return false;
	}
}

static const char *read_hint(int error)
{
	switch (error) {
	case -EPERM:
		return "what is put in force, and the directory it stands in, must belong to root and\n"
		       "be writable by nobody else: chown root FILE && chmod go-w FILE";
	case -EISDIR:
		return "name the files in it, one by one";
	default:
		return NULL;
	}
}

/* Always -EINVAL. */
static int refuse(struct loader *loader, const char *path, const struct location *where,
                  const char *code, const char *reason, const char *hint)
{
	struct place place = { .path = path };

	if (where)
		report_at(loader, where, code, hint, "cannot read `%s`: %s", path, reason);
	else
		diag_add(loader->diag, SEVERITY_ERROR, code, &place, hint, "cannot read it: %s",
		         reason);
	return -EINVAL;
}

static int source_add(struct loader *loader, const char *path, struct source *source)
{
	CLEANUP_FREE char *copy = strdup(path);
	int error;

	source->identity = path_identity(path);
	if (!copy || !source->identity)
		return -ENOMEM;
	error = array_append(&loader->policy->files, copy);
	if (error)
		return error;
	copy = NULL;
	error = array_append(&loader->sources, *source);
	if (error)
		return error;
	*source = (struct source){ 0 };
	return 0;
}

int source_open(struct loader *loader, const char *path, const struct location *where, size_t limit,
                uint32_t *ret_file)
{
	const struct surroundings *surroundings = loader->surroundings;
	struct source source = { 0 };
	const char *why = NULL;
	uint32_t file = (uint32_t)loader->sources.count;
	int error;

	if (loader->sources.count >= FILES_MAX)
		return refuse(loader, path, where, "too-many-files",
		              "a policy has at most 256 files", NULL);
	error = surroundings->read_file(surroundings->context, path, limit, &source.text,
	                                &source.length, &why);
	if (error == -ENOMEM)
		return error;
	if (error) {
		refuse(loader, path, where, "cannot-read", read_failure(error, why),
		       read_hint(error));
		return is_users_fault(error) ? -EINVAL : error;
	}
	error = source_add(loader, path, &source);
	free(source.text);
	free(source.identity);
	if (!error)
		*ret_file = file;
	return error;
}

/* The earlier source that is the same file as the one opened last, or that one itself. */
static uint32_t find_same(const struct loader *loader, uint32_t file)
{
	const struct source *new = &loader->sources.items[file];

	for (uint32_t i = 0; i < file; i++) {
		const struct source *old = &loader->sources.items[i];

		if (old->text && old->length == new->length &&
		    !strcmp(old->identity, new->identity) &&
		    !memcmp(old->text, new->text, new->length))
			return i;
	}
	return file;
}

static void source_drop_last(struct loader *loader)
{
	struct source *source = &loader->sources.items[--loader->sources.count];

	free(source->text);
	free(source->identity);
	free(loader->policy->files.items[--loader->policy->files.count]);
}

/* Writes "a.ini -> b.ini -> a.ini" for an include of `file` found in `includer`. */
static int report_loop(struct loader *loader, uint32_t file, const struct location *where)
{
	char **files = loader->policy->files.items;
	CLEANUP_FREE char *chain = strdup(files[file]);
	uint32_t at = where->file;

	while (chain) {
		char *longer = NULL;

		if (asprintf(&longer, "%s -> %s", files[at], chain) < 0)
			longer = NULL;
		free(chain);
		chain = longer;
		if (at == file)
			break;
		at = loader->sources.items[at].includer;
	}
	if (!chain)
		return -ENOMEM;
	report_at(loader, where, "include-loop", NULL, "include loop: %s", chain);
	return -EINVAL;
}

static uint32_t depth(const struct loader *loader, const struct location *where)
{
	uint32_t steps = 1;

	for (uint32_t at = where->file; at; at = loader->sources.items[at].includer)
		steps++;
	return steps;
}

/* Opens what an include line names. *ret_new: it has not been read yet. */
static int open_included(struct loader *loader, const char *path, const struct location *where,
                         uint32_t *ret_file, bool *ret_new)
{
	uint32_t file = 0, same;
	int error;

	if (depth(loader, where) > INCLUDE_DEPTH_MAX) {
		report_at(loader, where, "include-depth", NULL, "includes nested more than %d deep",
		          INCLUDE_DEPTH_MAX);
		return -EINVAL;
	}
	error = source_open(loader, path, where, POLICY_FILE_BYTES_MAX, &file);
	if (error)
		return error;
	loader->sources.items[file].includer = where->file;
	same = find_same(loader, file);
	if (same != file)
		source_drop_last(loader);
	if (same != file && loader->sources.items[same].open)
		return report_loop(loader, same, where);
	*ret_file = same;
	*ret_new = same == file;
	return 0;
}

/* -EINVAL has been reported and ends nothing but this file. */
static int include_load(struct loader *loader, uint32_t file, size_t number)
{
	const struct include include = loader->sources.items[file].includes.items[number];
	uint32_t included = 0;
	bool new = false;
	int error = open_included(loader, include.path, &include.where, &included, &new);

	if (!error && new)
		error = file_read(loader, included);
	if (!error && new)
		error = includes_load(loader, included);
	if (!error)
		settings_merge(loader, file, included, &include.where);
	return error == -EINVAL ? 0 : error;
}

int includes_load(struct loader *loader, uint32_t file)
{
	int error = 0;

	loader->sources.items[file].open = true;
	for (size_t i = 0; !error && i < loader->sources.items[file].includes.count; i++)
		error = include_load(loader, file, i);
	loader->sources.items[file].open = false;
	return error;
}
