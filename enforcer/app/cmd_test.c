/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cgward test: what a policy answers, offline. The answer is the kernel's own: the same image,
 * walked by the same lines of C.
 *
 * From standard input it is a filter for millions of questions: one buffer for lines, one image,
 * nothing allocated per question. A bad question is named and the rest are still answered, so that
 * line N of the output is about the Nth good question; --json has them side by side.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/load_policy.h"
#include "app/progress.h"
#include "base/cleanup.h"
#include "output/answer.h"

#define BUFFER_BYTES (1U << 18)

struct examination {
	const struct loaded_policy *loaded;
	bool json;
	bool one_by_one;    /* somebody waits for each answer */
	const char *source; /* of the questions, which are numbered from 1 */
	int worst;
	struct progress progress;
};

static void note_status(struct examination *examination, int status)
{
	if (status > examination->worst)
		examination->worst = status;
}

static void bad_question(struct examination *examination, const char *text, size_t number,
                         const struct question_error *error)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	struct json_writer json = { .out = stdout };
	const char *hint = *error->hint ? error->hint : NULL;
	const struct place place = {
		.path = examination->source,
		.line = (uint32_t)number,
		.column = (uint32_t)error->column + 1,
		.source = text,
	};

	note_status(examination, EXIT_USAGE);
	if (!examination->json) {
		progress_clear(&examination->progress);
		diag_add(&diag, SEVERITY_ERROR, "bad-question", &place, hint, "%s", error->message);
		command_findings(&diag, NULL);
		return;
	}
	json_write_begin(&json, NULL, '{');
	json_write_text(&json, "question", text);
	json_write_text(&json, "error", error->message);
	json_write_number(&json, "column", place.column);
	json_write_text(&json, "hint", hint);
	json_write_end(&json);
}

static void ask(struct examination *examination, const char *text, size_t number)
{
	const struct loaded_policy *loaded = examination->loaded;
	struct json_writer json = { .out = stdout };
	struct question question;
	struct question_error error;
	struct decision decision;

	if (question_parse(text, &surroundings_any_owner, &question, &error)) {
		bad_question(examination, text, number, &error);
		return;
	}
	decision = image_decide(loaded->image, &question);
	note_status(examination, decision.verdict == VERDICT_DENY ? EXIT_WANTING : EXIT_DONE);
	if (examination->json) {
		json_write_begin(&json, NULL, '{');
		json_write_text(&json, "question", text);
		answer_write_json(&json, loaded->policy, question.section, &decision);
		json_write_end(&json);
	} else {
		answer_write(stdout, loaded->policy, question.section, &decision);
	}
	if (examination->one_by_one)
		fflush(stdout);
}

/* getline() would hide what follows a NUL byte; a question never holds one. */
static void ask_line(struct examination *examination, char *text, size_t length, size_t line)
{
	struct question_error error = { .message = "a NUL byte in a question" };

	if (length && text[length - 1] == '\n')
		text[--length] = '\0';
	if (length && text[length - 1] == '\r')
		text[--length] = '\0';
	error.column = strlen(text);
	if (error.column != length)
		bad_question(examination, text, line, &error);
	else
		ask(examination, text, line);
}

static int ask_stdin(struct examination *examination)
{
	CLEANUP_FREE char *text = NULL;
	size_t capacity = 0, line = 0;
	ssize_t length;

	examination->source = "-";
	setvbuf(stdin, NULL, _IOFBF, BUFFER_BYTES);
	progress_begin(&examination->progress, "questions");
	while ((length = getline(&text, &capacity, stdin)) >= 0) {
		ask_line(examination, text, (size_t)length, ++line);
		progress_step(&examination->progress, line);
	}
	progress_clear(&examination->progress);
	if (!feof(stdin)) {
		command_error("standard input: %s", strerror(errno));
		note_status(examination, EXIT_SYSTEM);
	}
	return examination->worst;
}

static int examine(const char *path, char **questions, int count, bool json)
{
	CLEANUP(diag_fini) struct diag diag = DIAG_INIT;
	CLEANUP(loaded_policy_fini) struct loaded_policy loaded = LOADED_POLICY_INIT;
	struct examination examination = { .loaded = &loaded, .json = json };
	int error = load_policy(path, &surroundings_any_owner, &diag, &loaded);

	if (error) {
		command_findings(&diag, NULL);
		return error == -EINVAL ? EXIT_USAGE : load_refused(&diag, error, path);
	}
	examination.one_by_one = isatty(STDOUT_FILENO) == 1;
	if (!examination.one_by_one)
		setvbuf(stdout, NULL, _IOFBF, BUFFER_BYTES);
	if (count == 1 && strcmp(questions[0], "-") == 0)
		return ask_stdin(&examination);
	examination.source = "question";
	for (int i = 0; i < count; i++)
		ask(&examination, questions[i], (size_t)i + 1);
	return examination.worst;
}

static int run_test(const struct command *command, int argc, char **argv)
{
	bool json;
	int status;

	if (!command_json_option(command, argc, argv, &json, &status))
		return status;
	if (argc - optind < 2)
		return command_usage_error(command, argc == optind ? "a policy FILE is missing"
		                                                   : "a QUESTION is missing");
	return examine(argv[optind], argv + optind + 1, argc - optind - 1, json);
}

const struct command command_test = {
	.name = "test",
	.summary = "Ask a policy what it would decide",
	.synopsis = "[--json] FILE QUESTION...\n[--json] FILE -",
	.help = "A question is one argument, in the language of rules with one object in place of\n"
	        "a pattern; `-` reads questions from standard input, one a line:\n\n"
	        "  cgward test web.ini \"connect tcp 10.0.0.1:443\" \"bind tcp [::1]:8080\" \\\n"
	        "                      \"device c 1:3 rw\" \"socket inet stream tcp\"\n\n"
	        "Each answer is a line: allow, deny or audit, a tab, what decided (FILE:LINE,\n"
	        "`default of [connect]`, `[connect] absent`), a tab, the rule's text. It is the\n"
	        "decision; mode = audit does not change it. Needs no root. A bad question is named\n"
	        "on stderr and has no answer; the others are answered.\n\n"
	        "  --json  one object a line: question, verdict, section, reason, file, line, text;\n"
	        "          for a bad question: question, error, column, hint\n"
	        "  --help  this text\n\n"
	        "Exit status: 0 every answer is allow or audit; 1 one is deny; 2 a question or the\n"
	        "file is bad; 3 the system refused.\n",
	.failed = EXIT_SYSTEM,
	.run = run_test,
};
