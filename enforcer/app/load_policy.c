/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading a policy, and what is asked of one before it polices anybody. Its own [tests] count: a
 * policy that does not do what its author wrote down is not the policy the author meant.
 */
#include "app/load_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/use_ward.h"
#include "base/cleanup.h"
#include "compile/lint.h"

DEFINE_CLEANUP(struct policy, policy_free)
DEFINE_CLEANUP(struct image, image_free)

void loaded_policy_fini(struct loaded_policy *loaded)
{
	image_free(loaded->image);
	policy_free(loaded->policy);
	*loaded = (struct loaded_policy)LOADED_POLICY_INIT;
}

int load_policy(const char *path, const struct surroundings *surroundings, struct diag *diag,
                struct loaded_policy *ret_loaded)
{
	CLEANUP(cleanup_policy_free) struct policy *policy = NULL;
	CLEANUP(cleanup_image_free) struct image *image = NULL;
	int error;

	error = policy_load(path, surroundings, diag, &policy);
	if (error)
		return error;
	error = image_compile(policy, diag, &image);
	if (error)
		return error;
	ret_loaded->policy = TAKE_PTR(policy);
	ret_loaded->image = TAKE_PTR(image);
	return 0;
}

int load_refused(const struct diag *diag, int error, const char *path)
{
	if (error == -ENOMEM || !diag_has_errors(diag))
		command_error("%s: %s", path, strerror(-error));
	return EXIT_SYSTEM;
}

static int judge(const char *path, struct diag *diag, struct loaded_policy *loaded, int *ret_status)
{
	size_t failed = 0;
	int error = load_policy(path, &surroundings_trusted_only, diag, loaded);

	if (!error)
		error = policy_lint(loaded->policy, loaded->image, diag);
	*ret_status = EXIT_USAGE;
	if (error || diag_has_errors(diag))
		return error;
	error = policy_run_tests(loaded->policy, loaded->image, diag, &failed);
	*ret_status = failed ? EXIT_WANTING : EXIT_DONE;
	return error;
}

/* Whoever only starts a program is not told each time what might be better about the policy; that
 * a part of it is not enforced, always. */
static bool must_be_told(const struct finding *finding)
{
	static const char unsupported[] = "unsupported";

	return finding->severity == SEVERITY_ERROR ||
	       (finding->severity == SEVERITY_WARNING &&
	        strncmp(finding->code, unsupported, sizeof(unsupported) - 1) == 0);
}

/* A file that a failed copy left empty must not lift the policy that is in force. */
static bool polices_something(const struct policy *policy)
{
	for (unsigned int section = 0; section < SECTION_COUNT; section++) {
		if (policy->sections[section].present)
			return true;
	}
	command_error("%s polices nothing, so it is not put in force; `cgward remove` takes a "
	              "policy away",
	              policy->path);
	return false;
}

static bool is_no_note(const struct finding *finding)
{
	return finding->severity != SEVERITY_NOTE;
}

int load_policy_to_enforce(const char *path, bool warnings, struct loaded_policy *ret_loaded,
                           char **ret_absolute_path)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	CLEANUP_FREE char *absolute_path = NULL;
	int status = EXIT_USAGE;
	int error = ward_permitted(&diag);

	if (error)
		return refused(&diag, error, path);
	error = judge(path, &diag, &loaded, &status);
	command_findings(&diag, warnings ? is_no_note : must_be_told);
	if (error && error != -EINVAL)
		return load_refused(&diag, error, path);
	if (status != EXIT_DONE)
		return status;
	if (!polices_something(loaded.policy))
		return EXIT_USAGE;
	absolute_path = realpath(path, NULL);
	if (!absolute_path) {
		command_error("%s: %s", path, strerror(errno));
		return EXIT_SYSTEM;
	}
	*ret_loaded = loaded;
	loaded = (struct loaded_policy)LOADED_POLICY_INIT;
	*ret_absolute_path = TAKE_PTR(absolute_path);
	return EXIT_DONE;
}
