/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules and questions of [file], [exec] and [unix]: a glob, or one path, or `anonymous` for objects
 * that have none. What is a good glob is base/glob.h's business.
 *
 * In a rule a blank ends the glob, unless a `\` stands before it: a second path in a line must not
 * become part of the first, which would then match nothing. In a question the path is the rest.
 */
#include "base/glob.h"
#include "parse/loader.h"

#define ANONYMOUS "anonymous"

/* With what a name begins here. */
static const char *starts_of(enum section section)
{
	return section == SECTION_UNIX ? "/@" : "/";
}

static struct span glob_word(struct span *rest)
{
	struct span text = span_trim(*rest), word;
	size_t length = 0;

	while (length < text.length && !is_blank(text.start[length])) {
		if (text.start[length] == '\\' && length + 1 < text.length)
			length++;
		length++;
	}
	word = span_up_to(text, length);
	*rest = span_from(text, length);
	return word;
}

/* `rwcda` to PERMISSION_*. */
static int permissions_parse(struct span word, uint32_t *ret_permissions,
                             struct complaint *ret_complaint)
{
	static const char letters[] = "rwcda";
	uint32_t permissions = 0;

	for (size_t i = 0; i < word.length; i++) {
		const char *letter = memchr(letters, word.start[i], sizeof(letters) - 1);

		if (!letter) {
			complain(ret_complaint, "bad-permissions", word.start + i,
			         "bad permissions `%.*s`", WORD(word));
			return suggest(ret_complaint,
			               "the letters are r (read), w (write), c (create), d "
			               "(delete) and a (attributes): w /etc/**");
		}
		if (permissions & 1U << (letter - letters))
			return complain(ret_complaint, "repeated-letter", word.start + i,
			                "`%c` stands twice in `%.*s`", *letter, WORD(word));
		permissions |= 1U << (letter - letters);
	}
	*ret_permissions = permissions;
	return 0;
}

_Static_assert(PERMISSION_READ == 1 && PERMISSION_WRITE == 2 && PERMISSION_CREATE == 4 &&
                       PERMISSION_DELETE == 8 && PERMISSION_ATTRIBUTES == 16,
               "the order of the letters");

/* PERMS of [file], off the front of *rest. */
static int take_permissions(struct span *rest, uint32_t *ret_permissions,
                            struct complaint *ret_complaint)
{
	struct span word = span_word(rest);

	if (!word.length || word.start[0] == '/' || span_is(word, ANONYMOUS)) {
		complain(ret_complaint, "missing-value", word.start, "permissions missing");
		return suggest(ret_complaint, "write such as: rw %.*s",
		               WORD(word.length ? word : span_of("/srv/**")));
	}
	return permissions_parse(word, ret_permissions, ret_complaint);
}

int path_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint)
{
	struct span rest = value, word;
	int error = 0;

	if (rule->section == SECTION_FILE)
		error = take_permissions(&rest, &rule->path.permissions, ret_complaint);
	else if (!rule->path.permissions)
		rule->path.permissions = rule->section == SECTION_EXEC ? EXEC_RUN | EXEC_MAP : 1;
	if (error)
		return error;
	word = glob_word(&rest);
	if (!word.length)
		return complain(ret_complaint, "missing-value", word.start, "path missing");
	if (word.start[0] == '@' && rule->section != SECTION_UNIX)
		return group_not_here(rule->section, word, ret_complaint);
	if (!span_is(word, ANONYMOUS))
		error = glob_check(word, starts_of(rule->section), ret_complaint);
	if (!error)
		error = expect_end(rest, ret_complaint);
	if (error) {
		if (rest.length && !ret_complaint->hint[0])
			suggest(ret_complaint,
			        "one path a line; a blank in a name is written `\\ `");
		return error;
	}
	if (span_is(word, ANONYMOUS))
		return 0;
	rule->path.glob = strndup(word.start, word.length);
	return rule->path.glob ? 0 : -ENOMEM;
}

/* ---- questions ---------------------------------------------------------------------------- */

/* The kernel gives paths without these. */
static int check_components(struct span path, struct complaint *ret_complaint)
{
	struct span rest = span_from(path, 1);

	while (rest.length || path.length > 1) {
		size_t slash = span_find(rest, '/');
		struct span component = span_up_to(rest, slash);

		if (!slash || span_is(component, ".") || span_is(component, "..")) {
			complain(ret_complaint, "bad-path", rest.start,
			         slash ? "`.` and `..` are no names in a path"
			               : "an empty name in a path");
			return suggest(ret_complaint, "write the path as the kernel knows it: "
			                              "/etc/passwd");
		}
		if (slash == rest.length)
			return 0;
		rest = span_from(rest, slash + 1);
	}
	return 0;
}

int path_question(struct span rest, struct question *question, struct complaint *ret_complaint)
{
	struct span path, after;
	int error = 0;

	question->path.permissions = 1; /* EXEC_RUN of [exec] */
	after = rest;
	if (question->section == SECTION_FILE)
		error = take_permissions(&rest, &question->path.permissions, ret_complaint);
	else if (question->section == SECTION_EXEC && span_is(span_word(&after), "library")) {
		question->path.permissions = EXEC_MAP;
		rest = after;
	}
	if (error)
		return error;
	path = span_trim(rest);
	if (!path.length)
		return complain(ret_complaint, "missing-value", path.start, "path missing");
	if (span_is(path, ANONYMOUS))
		return 0;
	if (!strchr(starts_of(question->section), path.start[0])) {
		complain(ret_complaint, "bad-path", path.start, "`%.*s` is no path", WORD(path));
		return suggest(ret_complaint,
		               question->section == SECTION_UNIX
		                       ? "write /PATH, or @NAME of an abstract socket"
		                       : "a path begins with `/`");
	}
	if (path.start[0] == '/')
		error = check_components(path, ret_complaint);
	if (!error)
		question->path.name = path;
	return error;
}
