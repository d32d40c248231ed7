/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From text to tokens in one pass, with a small stack of the braces that are open; the number of
 * alternatives is counted on the way: a product along a branch, a sum over the branches.
 *
 * What other tools read differently is refused with the way to say it here: nothing is guessed.
 */
#include "base/glob.h"

#include "base/glob_set.h"

/* Braces that are open; level 0 is the pattern itself. */
struct level {
	unsigned open, branch; /* tokens */
	unsigned ways;         /* of the branch so far */
	unsigned sum;          /* of the branches before it */
};

struct scan {
	struct glob *glob;
	struct complaint *complaint;
	size_t at;
	unsigned depth;
	struct level levels[GLOB_NESTING_MAX + 1];
};

static int fault(struct scan *scan, size_t at, const char *message, const char *hint)
{
	complain(scan->complaint, "bad-glob", scan->glob->text.start + at, "%s", message);
	return hint ? suggest(scan->complaint, "%s", hint) : -EINVAL;
}

static struct glob_token *add(struct scan *scan, enum glob_kind kind, size_t at)
{
	struct glob_token *token = &scan->glob->tokens[scan->glob->count++];

	*token = (struct glob_token){ .kind = (uint8_t)kind, .at = (uint16_t)at };
	return token;
}

/* ---- braces ------------------------------------------------------------------------------ */

static void begin_branch(struct scan *scan)
{
	struct level *level = &scan->levels[scan->depth];

	level->branch = scan->glob->count;
	level->ways = 1;
	add(scan, GLOB_BRANCH, scan->at);
}

static int open_braces(struct scan *scan)
{
	if (scan->depth == GLOB_NESTING_MAX)
		return fault(scan, scan->at, "braces nested too deep",
		             "at most eight, one in another");
	scan->levels[++scan->depth] = (struct level){ .open = scan->glob->count };
	add(scan, GLOB_OPEN, scan->at++);
	begin_branch(scan);
	return 0;
}

static int end_branch(struct scan *scan)
{
	struct level *level = &scan->levels[scan->depth];
	struct glob_token *branch = &scan->glob->tokens[level->branch];

	if (level->branch + 1 == scan->glob->count)
		return fault(scan, scan->at, "an alternative in braces is empty",
		             "write the pattern without it as one more rule, or as "
		             "{/with/it,/without}");
	branch->ways = (uint16_t)level->ways;
	branch->next = (uint16_t)scan->glob->count;
	level->sum += level->ways;
	return 0;
}

static int close_braces(struct scan *scan)
{
	struct level *level = &scan->levels[scan->depth];
	struct glob_token *open = &scan->glob->tokens[level->open];
	struct level *outer = level - 1;
	int error = end_branch(scan);

	if (error)
		return error;
	if (level->branch == level->open + 1)
		return fault(scan, open->at, "only one alternative in braces",
		             "separate alternatives by commas; write \\{ for the brace itself");
	outer->ways *= level->sum;
	if (outer->ways > GLOB_ALTERNATIVES_MAX || level->sum > GLOB_ALTERNATIVES_MAX)
		return fault(scan, open->at, "too many alternatives",
		             "at most 256, multiplied where braces follow one another; use several "
		             "rules");
	open->ways = (uint16_t)level->sum;
	open->next = (uint16_t)scan->glob->count;
	add(scan, GLOB_CLOSE, scan->at++);
	scan->depth--;
	return 0;
}

static int next_branch(struct scan *scan)
{
	int error = end_branch(scan);

	if (error)
		return error;
	if (scan->levels[scan->depth].sum > GLOB_ALTERNATIVES_MAX)
		return fault(scan, scan->at, "too many alternatives",
		             "at most 256; use several rules");
	begin_branch(scan);
	scan->at++;
	return 0;
}

/* ---- one token --------------------------------------------------------------------------- */

static int scan_escape(struct scan *scan)
{
	struct glob_token *token;
	size_t at = scan->at;
	uint8_t byte = 0;
	int error = glob_scan_escape(scan->glob->text, &scan->at, &byte, scan->complaint);

	if (error)
		return error;
	token = add(scan, GLOB_BYTE, at);
	token->byte = byte;
	return 0;
}

static int scan_set(struct scan *scan)
{
	struct byte_set set;
	size_t at = scan->at;
	int error = glob_scan_set(scan->glob->text, &scan->at, &set, scan->complaint);

	if (!error)
		add(scan, GLOB_SET, at);
	return error;
}

static int scan_stars(struct scan *scan)
{
	struct span rest = span_from(scan->glob->text, scan->at);

	if (span_begins(rest, "***"))
		return fault(scan, scan->at, "three stars in a row",
		             "`*` stays within a component, `**` does not");
	if (span_begins(rest, "**")) {
		add(scan, GLOB_DEEP_RUN, scan->at);
		scan->at += 2;
	} else {
		add(scan, GLOB_RUN, scan->at++);
	}
	return 0;
}

static int scan_byte(struct scan *scan, char byte)
{
	if (byte == '\0')
		return fault(scan, scan->at, "a NUL byte in a pattern", NULL);
	if (byte == ']')
		return fault(scan, scan->at, "`]` without `[`", "write \\] for the bracket itself");
	if (byte == '}')
		return fault(scan, scan->at, "`}` without `{`", "write \\} for the brace itself");
	add(scan, GLOB_BYTE, scan->at++)->byte = (uint8_t)byte;
	return 0;
}

static int scan_token(struct scan *scan)
{
	char byte = scan->glob->text.start[scan->at];

	switch (byte) {
	case '\\':
		return scan_escape(scan);
	case '[':
		return scan_set(scan);
	case '*':
		return scan_stars(scan);
	case '?':
		add(scan, GLOB_ANY, scan->at++);
		return 0;
	case '{':
		return open_braces(scan);
	case ',':
		return scan->depth ? next_branch(scan) : scan_byte(scan, byte);
	case '}':
		return scan->depth ? close_braces(scan) : scan_byte(scan, byte);
	default:
		return scan_byte(scan, byte);
	}
}

/* ---- each alternative -------------------------------------------------------------------- */

static bool is_byte(const struct glob_token *element, char byte)
{
	return element->kind == GLOB_BYTE && element->byte == (uint8_t)byte;
}

/* Of a component that begins at elements[first]: how many bytes long if it is empty, `.` or `..`,
 * else -1. */
static int idle_component(const struct glob_token *elements, unsigned first, unsigned count)
{
	for (unsigned length = 0; length <= 2; length++) {
		if (first + length == count || is_byte(&elements[first + length], '/'))
			return (int)length;
		if (!is_byte(&elements[first + length], '.'))
			return -1;
	}
	return -1;
}

static int check_path(struct scan *scan, const struct glob_token *elements, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int length = -1;

		if (is_byte(&elements[i], '/') && count > 1)
			length = idle_component(elements, i + 1, count);
		if (length == 0 && i + 1 == count)
			return fault(scan, elements[i].at, "no path ends with a slash",
			             "write DIRECTORY for the directory itself, DIRECTORY/** for "
			             "what is below it");
		if (length == 0)
			return fault(scan, elements[i + 1].at, "no path has an empty component",
			             "write one slash");
		if (length > 0)
			return fault(scan, elements[i + 1].at, "no path has `.` or `..` in it",
			             "paths are matched as the kernel knows them");
	}
	return 0;
}

static int check_alternative(struct scan *scan, const struct glob_token *elements, unsigned count,
                             const char *starts)
{
	const char *start = starts;

	while (*start && !is_byte(elements, *start))
		start++;
	if (!*start) {
		complain(scan->complaint, "bad-glob", scan->glob->text.start + elements->at,
		         "a pattern must begin with `%c`%s", starts[0],
		         starts[1] == '@' ? " or `@`" : "");
		return suggest(scan->complaint, starts[1] ? "/PATH, or @NAME for an abstract socket"
		                                          : "`/**/NAME` is NAME anywhere");
	}
	return *start == '/' ? check_path(scan, elements, count) : 0;
}

static int check_alternatives(struct scan *scan, const char *starts)
{
	struct glob_token elements[GLOB_LENGTH_MAX];

	for (unsigned i = 0; i < scan->glob->alternatives; i++) {
		unsigned count = glob_alternative(scan->glob, i, elements);
		int error = check_alternative(scan, elements, count, starts);

		if (error)
			return error;
	}
	return 0;
}

int glob_scan(struct span text, const char *starts, struct glob *ret_glob,
              struct complaint *ret_complaint)
{
	struct scan scan = { .glob = ret_glob, .complaint = ret_complaint };
	int error = 0;

	ret_glob->text = text;
	ret_glob->count = 0;
	scan.levels[0].ways = 1;
	if (!text.length)
		return fault(&scan, 0, "pattern missing", NULL);
	if (text.length > GLOB_LENGTH_MAX)
		return fault(&scan, GLOB_LENGTH_MAX, "a pattern too long",
		             "at most 4095 bytes, as a path");
	while (!error && scan.at < text.length)
		error = scan_token(&scan);
	if (error)
		return error;
	if (scan.depth)
		return fault(&scan, ret_glob->tokens[scan.levels[scan.depth].open].at,
		             "`{` without `}`", "write \\{ for the brace itself");
	ret_glob->alternatives = scan.levels[0].ways;
	return check_alternatives(&scan, starts);
}

int glob_check(struct span text, const char *starts, struct complaint *ret_complaint)
{
	struct glob glob;

	return glob_scan(text, starts, &glob, ret_complaint);
}

/* ---- alternatives ------------------------------------------------------------------------ */

/* The branch of the braces at `open` that holds alternative *number of them, which becomes the
 * number within the branch. */
static unsigned choose_branch(const struct glob *glob, unsigned open, unsigned *number)
{
	unsigned branch = open + 1;

	while (*number >= glob->tokens[branch].ways) {
		*number -= glob->tokens[branch].ways;
		branch = glob->tokens[branch].next;
	}
	return branch;
}

/*
 * A stack of what is left of the number outside the braces. Braces further left vary fastest, inner
 * ones before what follows them.
 */
unsigned glob_alternative(const struct glob *glob, unsigned number, struct glob_token *elements)
{
	unsigned outside[GLOB_NESTING_MAX + 1] = { 0 }, closes[GLOB_NESTING_MAX + 1] = { 0 };
	unsigned depth = 0, count = 0, i = 0;

	while (i < glob->count) {
		const struct glob_token *token = &glob->tokens[i];

		switch ((enum glob_kind)token->kind) {
		case GLOB_OPEN:
			outside[depth] = number / token->ways;
			closes[depth++] = token->next;
			number %= token->ways;
			i = choose_branch(glob, i, &number) + 1;
			break;
		case GLOB_BRANCH: /* the end of the one before it */
		case GLOB_CLOSE:
			number = outside[--depth];
			i = closes[depth] + 1;
			break;
		case GLOB_BYTE:
		case GLOB_ANY:
		case GLOB_SET:
		case GLOB_RUN:
		case GLOB_DEEP_RUN:
			elements[count++] = *token;
			i++;
			break;
		}
	}
	return count;
}

struct byte_set glob_set(const struct glob *glob, const struct glob_token *token)
{
	struct byte_set set = { { 0 } };
	struct complaint ignored;
	size_t at = token->at;

	glob_scan_set(glob->text, &at, &set, &ignored);
	return set;
}

uint32_t glob_narrowness(const struct glob_token *elements, unsigned count)
{
	uint32_t before = count, literals = 0, shallow = 1;

	for (unsigned i = count; i-- > 0;) {
		if (elements[i].kind == GLOB_BYTE)
			literals++;
		else
			before = i;
		if (elements[i].kind == GLOB_DEEP_RUN)
			shallow = 0;
	}
	return before << 13 | literals << 1 | shallow;
}
