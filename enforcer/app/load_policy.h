/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from a file name to a policy that may be asked or put in force, the same for every
 * command. What is wrong with the file goes to the diag; printing is the command's business.
 */
#pragma once

#include "base/diag.h"
#include "compile/image.h"
#include "model/policy.h"
#include "parse/load.h"

struct loaded_policy {
	struct policy *policy; /* owned */
	struct image *image;   /* owned */
};

#define LOADED_POLICY_INIT \
	{                  \
		0          \
	}

void loaded_policy_fini(struct loaded_policy *loaded);

/* Parses and compiles. 0; -EINVAL with errors in `diag`; what else policy_load() returns. */
int load_policy(const char *path, const struct surroundings *surroundings, struct diag *diag,
                struct loaded_policy *ret_loaded);

/* Says why the system did not let this policy be loaded, unless what is in `diag`, which the caller
 * shows, does. EXIT_SYSTEM. */
int load_refused(const struct diag *diag, int error, const char *path);

/*
 * For what is to be put in force: only files that root alone can write, nothing that this version
 * cannot enforce, no line of [tests] that does not hold. Prints the errors, and the warnings if
 * `warnings`; *ret_absolute_path, owned by the caller, names the file for good. Returns
 * EXIT_DONE, or the status to end with.
 */
int load_policy_to_enforce(const char *path, bool warnings, struct loaded_policy *ret_loaded,
                           char **ret_absolute_path);
