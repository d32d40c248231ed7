/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may see or change what is in force. Asked before anything else, since what root of a user
 * namespace meets otherwise is a file that seems to belong to nobody, or a bpffs that is closed.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/ward.h"

/* The first user namespace has had this number since namespaces have any (linux/proc_ns.h). */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDU

int ward_permitted(struct diag *diag)
{
	struct stat status;

	if (geteuid() != 0) {
		diag_add(diag, SEVERITY_ERROR, "not-root", NULL, "run it as root",
		         "only root can see or change what is in force");
		return -EPERM;
	}
	if (stat("/proc/self/ns/user", &status) == 0 && status.st_ino != FIRST_USER_NAMESPACE) {
		diag_add(diag, SEVERITY_ERROR, "not-root", NULL,
		         "run it as root of the machine, outside containers that have their own",
		         "root of a user namespace cannot see or change what is in force");
		return -EPERM;
	}
	return 0;
}
