/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbpf writes to stderr; a user must see findings instead. What it says is kept here, the end of
 * it at least: of a verifier log the last lines tell the reason.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kernel/ward_private.h"

#define LOG_BYTES  8192
#define LINE_BYTES 4096
#define TAIL_LINES 16

static char said[LOG_BYTES];

__attribute__((format(printf, 2, 0))) static int keep(enum libbpf_print_level level,
                                                      const char *format, va_list arguments)
{
	size_t length = strlen(said), added;
	char line[LINE_BYTES];
	int written;

	if (level == LIBBPF_DEBUG)
		return 0;
	written = vsnprintf(line, sizeof(line), format, arguments);
	if (written <= 0)
		return 0;
	added = strlen(line);
	if (length + added >= sizeof(said)) {
		size_t dropped = length + added - sizeof(said) + 1;

		dropped = dropped > length ? length : dropped;
		memmove(said, said + dropped, length - dropped + 1);
		length -= dropped;
	}
	memcpy(said + length, line, added + 1);
	return written;
}

void libbpf_log_begin(void)
{
	said[0] = '\0';
	libbpf_set_print(keep);
}

const char *libbpf_log_tail(void)
{
	size_t lines = 0;
	char *at = said + strlen(said);

	while (at > said && lines <= TAIL_LINES) {
		at--;
		lines += *at == '\n';
	}
	return *at == '\n' ? at + 1 : at;
}
