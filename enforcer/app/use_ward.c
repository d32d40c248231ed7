/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening what is in force: a refusal is told once, with all that the kernel layer found out.
 */
#include "app/use_ward.h"

#include <errno.h>
#include <string.h>

#include "app/command.h"

int refused(struct diag *diag, int error, const char *what)
{
	command_findings(diag, NULL);
	if (!diag_has_errors(diag))
		command_error("%s: %s", what, strerror(-error));
	return EXIT_SYSTEM;
}

int refused_cgroup(struct diag *diag, int error, const char *name)
{
	int status = refused(diag, error, name);

	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -EINVAL:
	case -ENAMETOOLONG:
	case -ELOOP:
	case -EXDEV:
		return EXIT_USAGE;
	default:
		return status;
	}
}

int use_ward(enum ward_access access, struct ward **ret_ward)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	int error = ward_open(command_pins(), access, &diag, ret_ward);

	if (!error)
		command_findings(&diag, NULL);
	else if (error != -ENOENT || access != WARD_READ || diag.findings.count)
		refused(&diag, error, command_pins());
	return error;
}
