/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy_load(): the order of things. The policy's own file first, then its includes, depth first,
 * then the lists; then what can only be checked when all is known. Every step goes on after the
 * user's errors, so that one run finds them all.
 */
#include "parse/load.h"

#include "base/cleanup.h"
#include "parse/loader.h"

DEFINE_CLEANUP(struct policy, policy_free)

static void loader_fini(struct loader *loader)
{
	array_foreach (source, &loader->sources) {
		free(source->text);
		free(source->identity);
		array_foreach (include, &source->includes)
			free(include->path);
		free(source->includes.items);
	}
	free(loader->sources.items);
	free(loader->groups.items);
	free(loader->uses.items);
	array_foreach (list, &loader->lists)
		free(list->path);
	free(loader->lists.items);
	free(loader->device_classes);
}

/* The file's name without directory and without .ini. */
static char *policy_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span name = span_of(slash ? slash + 1 : path);

	if (name.length > 4 && span_is(span_from(name, name.length - 4), ".ini"))
		name.length -= 4;
	return strndup(name.start, name.length);
}

static int name_policy(struct policy *policy, const char *path)
{
	policy->path = strdup(path);
	policy->name = policy_name(path);
	return policy->path && policy->name ? 0 : -ENOMEM;
}

static int load(struct loader *loader, const char *path)
{
	uint32_t file = 0;
	int error = source_open(loader, path, NULL, POLICY_FILE_BYTES_MAX, &file);

	if (!error)
		error = file_read(loader, file);
	if (!error)
		error = includes_load(loader, file);
	if (!error)
		error = groups_load_lists(loader);
	if (error)
		return error;
	settings_apply(loader);
	groups_check(loader);
	return 0;
}

static void report_disagreement(struct diag *diag, const char *path)
{
	struct place place = { .path = path };

	diag_add(
	        diag, SEVERITY_ERROR, "reader", &place, NULL,
	        "the INI library read a line differently than it stands there; nothing is applied");
}

int policy_load(const char *path, const struct surroundings *surroundings, struct diag *diag,
                struct policy **ret_policy)
{
	CLEANUP(cleanup_policy_free) struct policy *policy = policy_new();
	CLEANUP(loader_fini)
	struct loader loader = { .surroundings = surroundings, .diag = diag, .policy = policy };
	size_t errors = diag->errors;
	int error = policy ? name_policy(policy, path) : -ENOMEM;

	if (!error)
		error = load(&loader, path);
	if (error == -EPROTO)
		report_disagreement(diag, path);
	if (diag->lost)
		return -ENOMEM;
	if (error && error != -EPROTO)
		return error;
	diag_sort(diag);
	if (diag->errors > errors)
		return -EINVAL;
	*ret_policy = TAKE_PTR(policy);
	return 0;
}
