/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways round [file] and [exec]. All are asked of the image, none is guessed from the rules.
 */
#include "compile/closures.h"
#include "compile/findings.h"

static bool is_denied(const struct image *image, const struct question *question)
{
	return image_decide(image, question).verdict == VERDICT_DENY;
}

struct escape {
	uint32_t key; /* of [operation] */
	const char *name, *consequence;
};

/* What OPERATIONS_CLOSABLE has, and what comes of leaving it open. */
static const struct escape escapes[] = {
	{ OPERATION_MOUNT, "mount", "whoever may mount gives a file another path" },
	{ OPERATION_USERNS, "userns", "in a user namespace of its own a task may mount" },
	{ OPERATION_CGROUP_ESCAPE, "cgroup-escape",
	  "a task that moves itself to another cgroup is judged by that one's policies" },
	{ OPERATION_PTRACE_OUTSIDE, "ptrace",
	  "a task outside the cgroup can be made to act, and it is not judged here" },
	{ OPERATION_BPF_OWN, "bpf", "the maps and programs of cgward can be changed" },
};

static void note_open_escapes(const struct policy *policy, const struct image *image,
                              enum section section, struct diag *diag)
{
	struct place place = section_place(policy, section);

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		struct question question = { .section = SECTION_OPERATION,
			                     .number = escapes[i].key };

		if (!is_denied(image, &question))
			diag_add(diag, SEVERITY_NOTE, "hole-escape", &place, NULL,
			         "`%s` is open beside [%s]: %s", escapes[i].name,
			         section_name(section), escapes[i].consequence);
	}
}

/* Programs that run whatever they are given, by the usual paths. */
static const char *const interpreters[] = {
	"/bin/sh",        "/usr/bin/sh",   "/bin/bash",        "/usr/bin/bash", "/bin/dash",
	"/usr/bin/dash",  "/bin/busybox",  "/usr/bin/busybox", "/usr/bin/perl", "/usr/bin/awk",
	"/usr/bin/mawk",  "/usr/bin/gawk", "/usr/bin/ruby",    "/usr/bin/lua",  "/usr/bin/php",
	"/usr/bin/node",  "/usr/bin/env",  "/usr/bin/tclsh",   "/usr/bin/gdb",  "/usr/bin/python3",
	"/usr/bin/python"
};

#define INTERPRETERS_NAMED 4

static void note_interpreters(const struct policy *policy, const struct image *image,
                              struct diag *diag)
{
	struct place place = section_place(policy, SECTION_EXEC);
	struct phrase names = { .length = 0 };
	unsigned allowed = 0;

	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		struct question question = { .section = SECTION_EXEC };

		question.path.name = span_of(interpreters[i]);
		question.path.permissions = EXEC_RUN;
		if (is_denied(image, &question))
			continue;
		if (allowed++ < INTERPRETERS_NAMED)
			phrase_add(&names, "%s%s", allowed > 1 ? ", " : "", interpreters[i]);
	}
	if (allowed)
		diag_add(diag, SEVERITY_NOTE, "hole-interpreter", &place, NULL,
		         "interpreters may be run (%s%s): what they do with a script that they "
		         "read is not judged here",
		         names.text, allowed > INTERPRETERS_NAMED ? ", ..." : "");
}

static void note_anonymous_programs(const struct policy *policy, const struct image *image,
                                    struct diag *diag)
{
	struct place place = section_place(policy, SECTION_EXEC);
	struct question question = { .section = SECTION_EXEC };

	question.path.permissions = EXEC_RUN;
	if (!is_denied(image, &question))
		diag_add(diag, SEVERITY_NOTE, "hole-anonymous", &place, "deny = anonymous",
		         "programs that have no path, such as of a memfd, may be run");
}

/* A file that may not be written, but be taken away and made anew. */
static void note_replaceable(const struct policy *policy, const struct image *image,
                             struct diag *diag)
{
	const struct rule *first = NULL;
	struct phrase phrase = { .length = 0 };
	struct place place;
	size_t count = 0;

	array_foreach (rule, &policy->rules) {
		char sample[GLOB_LENGTH_MAX];
		struct question question = { .section = SECTION_FILE };

		if (rule->section != SECTION_FILE || rule->verb != VERDICT_DENY ||
		    !rule->path.glob || !(rule->path.permissions & PERMISSION_WRITE))
			continue;
		question.path.name = glob_sample(rule->path.glob, 0, sample);
		question.path.permissions = PERMISSION_CREATE;
		if (is_denied(image, &question))
			continue;
		question.path.permissions = PERMISSION_DELETE;
		if (is_denied(image, &question))
			continue;
		if (!count++)
			first = rule;
	}
	if (!count)
		return;
	place = rule_place(policy, first);
	phrase_add(&phrase, "what may not be written may be deleted and made anew");
	if (count > 1)
		phrase_add(&phrase, "; so it is with %zu more rule%s", count - 1,
		           count == 2 ? "" : "s");
	diag_add(diag, SEVERITY_NOTE, "hole-replace", &place,
	         "deny `c` and `d` as well, as in: deny = wcd /etc/**", "%s", phrase.text);
}

/* How much of a glob, up to a slash, is plain text: where the directory ends that all it matches is
 * in. */
static size_t plain_directory(const char *glob)
{
	size_t length = strcspn(glob, "*?[{\\");

	while (length && glob[length] != '/')
		length--;
	return length;
}

/* Adds a line for each directory on the way down to `length` that may be renamed. */
static unsigned movable_directories(const struct image *image, const char *glob, size_t length,
                                    struct phrase *lines)
{
	struct question question = { .section = SECTION_FILE };
	unsigned count = 0;

	question.path.permissions =
	        PERMISSION_READ | PERMISSION_WRITE | PERMISSION_DELETE | PERMISSION_ATTRIBUTES;
	for (size_t i = 1; i <= length; i++) {
		if (glob[i] != '/')
			continue;
		question.path.name = (struct span){ glob, i };
		if (!is_denied(image, &question))
			phrase_add(lines, "%sdeny = d %.*s", count++ ? "\n" : "", (int)i, glob);
	}
	return count;
}

/* Of a directory that is renamed its own name is judged, and what is below it then has others. */
static void note_movable(const struct policy *policy, const struct image *image, struct diag *diag)
{
	const struct rule *first = NULL;
	struct phrase phrase = { .length = 0 }, lines = { .length = 0 };
	struct place place;
	size_t count = 0;

	array_foreach (rule, &policy->rules) {
		struct phrase unused = { .length = 0 };

		if (rule->section != SECTION_FILE || rule->verb != VERDICT_DENY ||
		    !rule->path.glob ||
		    !movable_directories(image, rule->path.glob, plain_directory(rule->path.glob),
		                         first ? &unused : &lines))
			continue;
		if (!count++)
			first = rule;
	}
	if (!count)
		return;
	place = rule_place(policy, first);
	phrase_add(&phrase,
	           "the directory of what is denied may be renamed: then it has another name");
	if (count > 1)
		phrase_add(&phrase, "; so it is with %zu more rule%s", count - 1,
		           count == 2 ? "" : "s");
	diag_add(diag, SEVERITY_NOTE, "hole-rename", &place, lines.text, "%s", phrase.text);
}

void find_path_holes(const struct policy *policy, const struct image *image, struct diag *diag)
{
	bool file = policy->sections[SECTION_FILE].present;

	if (file || policy->sections[SECTION_EXEC].present)
		note_open_escapes(policy, image, file ? SECTION_FILE : SECTION_EXEC, diag);
	if (restricts(policy, SECTION_EXEC)) {
		note_interpreters(policy, image, diag);
		note_anonymous_programs(policy, image, diag);
	}
	if (file) {
		note_replaceable(policy, image, diag);
		note_movable(policy, image, diag);
	}
}
