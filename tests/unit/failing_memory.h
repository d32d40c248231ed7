/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out at the Nth allocation of ours. For tests that are linked with --wrap (in
 * tests.mk), so that every allocation of the pure layers comes through here; those that libc and
 * json-c make for themselves do not: tests/faults/memory.bats lets those fail.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Allocations until one fails; 0: none does. */
static long left;
static bool hurt; /* one did */

static inline bool fails(void)
{
	if (left <= 0 || --left)
		return false;
	hurt = true;
	return true;
}

#define WRAP(type, name, parameters, arguments)                  \
	type __real_##name parameters;                           \
	type __wrap_##name parameters;                           \
	type __wrap_##name parameters                            \
	{                                                        \
		return fails() ? NULL : __real_##name arguments; \
	}

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t length), (text, length))

int __real_vasprintf(char **ret_text, const char *format, va_list arguments);
int __wrap_vasprintf(char **ret_text, const char *format, va_list arguments);
int __wrap_vasprintf(char **ret_text, const char *format, va_list arguments)
{
	return fails() ? -1 : __real_vasprintf(ret_text, format, arguments);
}

WRAP(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size))
