/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/mountinfo.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 +
			               (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /point opts shared:1 - type source super": the optional fields before the dash
 * vary in number. */
static bool parse_line(char *line, struct mount *ret_mount)
{
	char *fields[5], *rest = line, *type;

	for (size_t i = 0; i < 5; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i] || !rest)
			return false;
	}
	type = strstr(rest, " - ");
	if (!type)
		return false;
	type += 3;
	type[strcspn(type, " \n")] = '\0';
	mountinfo_unescape(fields[3]);
	mountinfo_unescape(fields[4]);
	ret_mount->root = fields[3];
	ret_mount->point = fields[4];
	ret_mount->type = type;
	return true;
}

int mountinfo_each(mount_visitor visit, void *context)
{
	FILE *file CLEANUP_FCLOSE = fopen("/proc/self/mountinfo", "re");
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		struct mount mount;
		int error;

		if (!parse_line(line, &mount))
			continue;
		error = visit(context, &mount);
		if (error)
			return error;
	}
	return ferror(file) ? -EIO : 0;
}
