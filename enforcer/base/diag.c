/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collecting and showing findings. The hard idea: an error must never be lost quietly. What does
 * not fit is counted, and when memory runs out the list says that it is not whole; either way
 * diag_has_errors() stays true.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

static void finding_fini(struct finding *finding)
{
	free(finding->path);
	free(finding->message);
	free(finding->source);
	free(finding->hint);
}

void diag_fini(struct diag *diag)
{
	array_foreach (finding, &diag->findings)
		finding_fini(finding);
	free(diag->findings.items);
	*diag = (struct diag)DIAG_INIT;
}

static void count(struct diag *diag, enum severity severity)
{
	if (severity == SEVERITY_ERROR)
		diag->errors++;
	else if (severity == SEVERITY_WARNING)
		diag->warnings++;
	else
		diag->notes++;
}

/* NULL stays NULL, and that is no failure. */
static bool copy(const char *text, char **ret_copy)
{
	*ret_copy = text ? strdup(text) : NULL;
	return !text || *ret_copy;
}

void diag_add(struct diag *diag, enum severity severity, const char *code,
              const struct place *place, const char *hint, const char *format, ...)
{
	static const struct place nowhere;
	struct finding finding = { .severity = severity, .code = code };
	va_list arguments;
	bool whole;

	count(diag, severity);
	if (diag->findings.count >= FINDINGS_MAX) {
		diag->dropped++;
		return;
	}
	if (!place)
		place = &nowhere;
	finding.line = place->line;
	finding.column = place->column;
	finding.caret = place->caret ? place->caret : place->column;
	va_start(arguments, format);
	whole = vasprintf(&finding.message, format, arguments) >= 0;
	va_end(arguments);
	if (!whole)
		finding.message = NULL; /* vasprintf leaves it undefined */
	whole &= copy(place->path, &finding.path);
	whole &= copy(place->source, &finding.source);
	whole &= copy(hint, &finding.hint);
	if (!whole || array_append(&diag->findings, finding)) {
		diag->lost = true;
		finding_fini(&finding);
	}
}

bool diag_has_errors(const struct diag *diag)
{
	return diag->errors > 0 || diag->lost;
}

struct ranked {
	size_t file, number;
	struct finding finding;
};

static bool same_path(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static int compare(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->finding.line != b->finding.line)
		return a->finding.line < b->finding.line ? -1 : 1;
	if (a->finding.column != b->finding.column)
		return a->finding.column < b->finding.column ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Out of memory leaves the order of discovery, which is still every finding. */
void diag_sort(struct diag *diag)
{
	size_t number = diag->findings.count;
	CLEANUP_FREE struct ranked *ranked = calloc(number + 1, sizeof(*ranked));

	if (!ranked || !number)
		return;
	for (size_t i = 0; i < number; i++) {
		size_t first = 0;

		while (!same_path(diag->findings.items[first].path, diag->findings.items[i].path))
			first++;
		ranked[i] = (struct ranked){ first, i, diag->findings.items[i] };
	}
	qsort(ranked, number, sizeof(*ranked), compare);
	for (size_t i = 0; i < number; i++)
		diag->findings.items[i] = ranked[i].finding;
}

/* Bytes of the character at `text` if it may be shown as it is, else 0. */
static size_t showable(const char *text, size_t length)
{
	size_t sequence = utf8_sequence(text, length);

	if (sequence == 1)
		return text[0] >= ' ' && text[0] <= '~';
	return is_deceptive(text, sequence) ? 0 : sequence;
}

/* Writes `text`, escaped. Newlines, if `lines`, begin an indented line each. */
static void write_span(FILE *out, const char *text, size_t length, const char *indent)
{
	for (size_t i = 0, shown; i < length; i += shown ? shown : 1) {
		shown = showable(text + i, length - i);
		if (shown)
			fwrite(text + i, 1, shown, out);
		else if (indent && text[i] == '\n')
			fprintf(out, "\n%s", indent);
		else
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
	}
}

static void write_text(FILE *out, const char *text)
{
	write_span(out, text, strlen(text), NULL);
}

/* Tabs stay tabs in both lines, so whatever the terminal makes of them, it makes of both. */
static void write_source(FILE *out, const char *source)
{
	for (const char *tab; (tab = strchr(source, '\t')); source = tab + 1) {
		write_span(out, source, (size_t)(tab - source), NULL);
		fputc('\t', out);
	}
	write_text(out, source);
}

/* Whether a caret has something to point at: of a long line only the beginning is shown. */
static bool has_caret(const struct finding *finding)
{
	return finding->source && finding->caret && finding->caret - 1 <= strlen(finding->source);
}

static void write_caret(FILE *out, const char *source, uint32_t column)
{
	size_t length = strlen(source), before = column - 1;

	for (size_t i = 0, shown; i < length && i < before; i += shown ? shown : 1) {
		shown = showable(source + i, length - i);
		if (source[i] == '\t')
			fputc('\t', out);
		else
			fputs(shown ? " " : "    ", out);
	}
	fputc('^', out);
}

static void write_place(FILE *out, const struct finding *finding)
{
	if (!finding->path)
		return;
	write_text(out, finding->path);
	if (finding->line)
		fprintf(out, ":%u", finding->line);
	if (finding->line && finding->column)
		fprintf(out, ":%u", finding->column);
	fputs(": ", out);
}

struct look {
	const char *word, *colour;
};

void finding_write(FILE *out, const struct finding *finding, bool colour)
{
	static const struct look looks[] = {
		[SEVERITY_NOTE] = { "note", "\033[1;36m" },
		[SEVERITY_WARNING] = { "warning", "\033[1;35m" },
		[SEVERITY_ERROR] = { "error", "\033[1;31m" },
	};
	const struct look *look = &looks[finding->severity];
	const char *bold = colour ? "\033[1m" : "", *plain = colour ? "\033[0m" : "";

	fputs(bold, out);
	write_place(out, finding);
	fprintf(out, "%s%s: %s", colour ? look->colour : "", look->word, plain);
	write_text(out, finding->message);
	fputc('\n', out);
	if (finding->source) {
		fputs("    ", out);
		write_source(out, finding->source);
		fputc('\n', out);
	}
	if (has_caret(finding)) {
		fputs("    ", out);
		fputs(colour ? "\033[1;32m" : "", out);
		write_caret(out, finding->source, finding->caret);
		fprintf(out, "%s\n", plain);
	}
	if (finding->hint) {
		fprintf(out, "%shint:%s ", bold, plain);
		write_span(out, finding->hint, strlen(finding->hint), "      ");
		fputc('\n', out);
	}
}
