/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "fake_world.h"

static const char separator[] = "\n----\n";

enum part {
	PART_POLICY,
	PART_INCLUDED,
	PART_LIST,
	PART_COUNT
};

void fuzz_fault(const char *condition, const char *file, int line, const char *function)
{
	fprintf(stderr, "%s:%d: %s: does not hold: %s\n", file, line, function, condition);
	abort();
}

static int read_part(void *context, const char *path, size_t limit, char **ret_text,
                     size_t *ret_length, const char **ret_why)
{
	const struct span *parts = context;
	size_t length = strlen(path);
	bool is_ini = length > 4 && !strcmp(path + length - 4, ".ini");
	const struct span *part = &parts[!strcmp(path, "etc/fuzz.ini") ? PART_POLICY
	                                 : is_ini                      ? PART_INCLUDED
	                                                               : PART_LIST];
	char *copy;

	(void)ret_why;
	if (part->length > limit)
		return -EFBIG;
	copy = malloc(part->length + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, part->start, part->length);
	copy[part->length] = '\0';
	*ret_text = copy;
	*ret_length = part->length;
	return 0;
}

static void cut_into_parts(struct span rest, struct span parts[PART_COUNT])
{
	const size_t length = sizeof(separator) - 1;

	for (unsigned i = 0; i < PART_COUNT; i++) {
		const char *cut = i + 1 < PART_COUNT
		                          ? memmem(rest.start, rest.length, separator, length)
		                          : NULL;

		parts[i] = rest;
		if (cut)
			parts[i].length = (size_t)(cut + 1 - rest.start);
		rest = span_from(rest, cut ? parts[i].length + length - 1 : rest.length);
	}
}

static void check_findings(const struct diag *diag)
{
	CLEANUP_FREE char *text = findings_text(diag);

	must(text && fuzz_is_plain(text, strlen(text)));
	array_foreach (finding, &diag->findings) {
		must(finding->code && finding->message && finding->message[0]);
		must(!finding->column || finding->line);
	}
}

int fuzz_policy_load(const uint8_t *bytes, size_t size, struct diag *diag,
                     struct policy **ret_policy)
{
	struct span parts[PART_COUNT];
	struct surroundings surroundings = fake_surroundings(NULL);
	int error;

	cut_into_parts((struct span){ (const char *)bytes, size }, parts);
	surroundings.context = parts;
	surroundings.read_file = read_part;
	error = policy_load("etc/fuzz.ini", &surroundings, diag, ret_policy);
	must(error == 0 || error == -EINVAL);
	must((error != 0) == diag_has_errors(diag));
	must((error == 0) == (*ret_policy != NULL));
	check_findings(diag);
	return error;
}

char *fuzz_string(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);

	must(text != NULL);
	return text;
}

/* FNV-1a */
uint64_t fuzz_hash(const uint8_t *bytes, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

bool fuzz_is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}
