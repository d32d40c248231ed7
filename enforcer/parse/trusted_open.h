/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening what is to be put in force: nobody but root may have a say in it.
 */
#pragma once

#include <sys/stat.h>

/*
 * Opens for reading what `path` names, if the directory it stands in, and that of every symbolic
 * link that leads to it, is trusted. What was opened is yet to be judged: trusted_file(). The
 * caller owns *ret_fd. 0 or -errno; -EPERM sets *ret_why to a static text.
 */
int trusted_open(const char *path, int *ret_fd, const char **ret_why);

/* 0 or -EPERM, likewise. */
int trusted_file(const struct stat *status, const char **ret_why);
