/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Surroundings for tests of the parse layer: files in memory, and devices, classes and services
 * that are the same on every machine. See fake_world.c for which.
 */
#pragma once

#include "parse/load.h"

struct fake_file {
	const char *path;
	const char *text;
	size_t length; /* 0: up to the NUL */
	int error;     /* what reading it fails with, or 0 */
};

struct fake_world {
	const struct fake_file *files;
	size_t count;
	size_t reads; /* of files, so far */
};

/* With `world` NULL, files are the real ones. */
struct surroundings fake_surroundings(struct fake_world *world);

/* All findings as finding_write() gives them; malloc'ed. */
char *findings_text(const struct diag *diag);

/* True if some finding has this code, and is at this line and column. */
bool has_finding(const struct diag *diag, const char *code, uint32_t line, uint32_t column);
