/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules and questions of [capability] and [operation]: names, several in a rule, one in a question.
 */
#include "parse/loader.h"
#include "parse/names.h"

static struct name_table names_of(enum section section)
{
	return section == SECTION_CAPABILITY ? capability_names : operation_names;
}

/* CAP_SYS_ADMIN is what most other tools write. */
static int unknown_name(enum section section, struct span word, struct complaint *ret_complaint)
{
	const char *near;

	if (word.start[0] == '@')
		return group_not_here(section, word, ret_complaint);
	complain(ret_complaint, "unknown-name", word.start, "unknown %s `%.*s`",
	         section_name(section), WORD(word));
	if (span_has(word, ','))
		return suggest(ret_complaint, "blanks stand between names, no commas");
	if (section == SECTION_CAPABILITY &&
	    (span_begins(word, "CAP_") || span_begins(word, "cap_")))
		word = span_from(word, 4);
	near = name_nearest(names_of(section), word);
	return near ? suggest(ret_complaint, "did you mean `%s`?", near) : -EINVAL;
}

static int name_parse(enum section section, struct span word, uint32_t *ret_number,
                      struct complaint *ret_complaint)
{
	const struct name *name = name_find(names_of(section), word);

	if (!word.length)
		return complain(ret_complaint, "missing-value", word.start, "%s missing",
		                section_name(section));
	if (!name)
		return unknown_name(section, word, ret_complaint);
	*ret_number = name->number;
	return 0;
}

int names_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint)
{
	struct span rest = value, word = span_word(&rest);

	if (span_is(word, "all") || span_is(word, "any") || span_is(word, "*")) {
		rule->names.all = true;
		return expect_end(rest, ret_complaint);
	}
	for (; word.length; word = span_word(&rest)) {
		uint32_t number = 0;
		int error = name_parse(rule->section, word, &number, ret_complaint);

		if (error)
			return error;
		if (rule->names.numbers & UINT64_C(1) << number)
			return complain(ret_complaint, "repeated-name", word.start,
			                "`%.*s` stands here twice", WORD(word));
		rule->names.numbers |= UINT64_C(1) << number;
	}
	return 0;
}

int names_question(struct span rest, struct question *question, struct complaint *ret_complaint)
{
	struct span word = span_word(&rest);
	const struct name *key = NULL;
	int error = 0;

	if (question->section == SECTION_OPERATION)
		key = name_find(operation_keys, word);
	if (key)
		question->number = key->number;
	else
		error = name_parse(question->section, word, &question->number, ret_complaint);
	return error ? error : expect_end(rest, ret_complaint);
}

int escapes_parse(struct span value, uint32_t *ret_escapes, struct complaint *ret_complaint)
{
	struct span rest = value, word;
	uint32_t escapes = 0;

	for (word = span_word(&rest); word.length; word = span_word(&rest)) {
		const struct name *name = name_find(escape_names, word);
		const char *near = name_nearest(escape_names, word);

		if (!name) {
			complain(ret_complaint, "unknown-name", word.start,
			         "`%.*s` is nothing that [file] and [exec] close", WORD(word));
			if (near)
				return suggest(ret_complaint, "did you mean `%s`?", near);
			return suggest(ret_complaint, "they close mount, userns, cgroup-escape, "
			                              "ptrace and bpf");
		}
		if (escapes & 1U << name->number)
			return complain(ret_complaint, "repeated-name", word.start,
			                "`%.*s` stands here twice", WORD(word));
		escapes |= 1U << name->number;
	}
	*ret_escapes = escapes;
	return 0;
}
