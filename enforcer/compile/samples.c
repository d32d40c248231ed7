/* SPDX-License-Identifier: BSD-2-Clause */
/* One string that a glob matches, to ask the image about. */
#include "compile/findings.h"

static char byte_for(const struct glob *glob, const struct glob_token *element)
{
	struct byte_set set;
	unsigned byte = 1;

	if (element->kind == GLOB_BYTE)
		return (char)element->byte;
	if (element->kind != GLOB_SET)
		return 'x';
	set = glob_set(glob, element);
	while (byte < 255 && !byte_set_has(&set, byte))
		byte++;
	return (char)byte;
}

struct span glob_sample(const char *text, unsigned number, char sample[GLOB_LENGTH_MAX])
{
	struct glob_token elements[GLOB_LENGTH_MAX];
	struct complaint ignored;
	unsigned count;
	struct glob glob;

	if (glob_scan(span_of(text), "/@", &glob, &ignored) || number >= glob.alternatives)
		return (struct span){ sample, 0 };
	count = glob_alternative(&glob, number, elements);
	for (unsigned i = 0; i < count; i++)
		sample[i] = byte_for(&glob, &elements[i]);
	return (struct span){ sample, count };
}
