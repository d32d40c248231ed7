/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SARIF 2.1.0. The hard part is what others do with the text: a path becomes a URI reference, a
 * column in bytes one in UTF-16 code units (what editors count in), and a message must not grow
 * links out of what stands in a policy. The table of rules describes every code of a finding; a
 * code that it lacks still gets its result, without a description.
 */
#include "output/sarif.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

struct rule_text {
	const char *code;
	enum severity level;
	const char *summary;
};

#define ERROR   SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
#define NOTE    SEVERITY_NOTE

static const struct rule_text rules[] = {
	{ "ambiguous-service", ERROR, "A service name is not the same port for TCP and UDP." },
	{ "any-address", ERROR, "An address that means any cannot be connected to." },
	{ "bad-access", ERROR, "Device access is made of the letters r, w and m." },
	{ "bad-address", ERROR, "An address or prefix is malformed." },
	{ "bad-device", ERROR, "A device is malformed." },
	{ "bad-duration", ERROR, "A duration is malformed." },
	{ "bad-glob", ERROR, "A glob is malformed." },
	{ "bad-name", ERROR, "A name has characters that names do not have." },
	{ "bad-number", ERROR, "A number is malformed." },
	{ "bad-path", ERROR, "A path is malformed." },
	{ "bad-permissions", ERROR, "Permissions are made of the letters r, w, c, d and a." },
	{ "bad-rate", ERROR, "A rate is malformed." },
	{ "bad-value", ERROR, "A key does not take this value." },
	{ "cannot-read", ERROR, "A file cannot be read." },
	{ "control-character", ERROR, "A line holds a control or invisible character." },
	{ "duplicate-rule", WARNING, "A rule says what an earlier one says." },
	{ "empty-group", ERROR, "A group holds nothing." },
	{ "group-not-here", ERROR, "A group stands where none can." },
	{ "hole-anonymous", NOTE, "Programs without a path may be run." },
	{ "hole-any-address-device", NOTE, "Datagrams that name a device escape judgement." },
	{ "hole-escape", NOTE, "What makes paths worthless is left open." },
	{ "hole-foreign-socket", NOTE, "Sockets from other cgroups are not policed." },
	{ "hole-interpreter", NOTE, "Interpreters may be run." },
	{ "hole-listen-unbound", NOTE, "Ports that the kernel chooses are not policed." },
	{ "hole-other-families", NOTE, "Sockets of some families are not policed." },
	{ "hole-rename", NOTE, "The directory of a denied file may be renamed." },
	{ "hole-replace", NOTE, "A file that may not be written may be replaced." },
	{ "hole-socket", WARNING, "Sockets that may be made lead round the policy." },
	{ "host-bits", ERROR, "A prefix has bits set behind its length." },
	{ "image-too-large", ERROR, "The policy is too large to be compiled." },
	{ "include-depth", ERROR, "Files include each other too deeply." },
	{ "include-loop", ERROR, "A file includes itself." },
	{ "includes-disagree", ERROR, "Two included files give a key different values." },
	{ "indented-line", ERROR, "A line is indented." },
	{ "leading-zero", ERROR, "A number begins with a zero." },
	{ "line-too-long", ERROR, "A line is too long." },
	{ "missing-value", ERROR, "A value is missing." },
	{ "name-too-long", ERROR, "A name is too long." },
	{ "no-equals-sign", ERROR, "A line is no KEY = VALUE." },
	{ "no-key", ERROR, "A line has no key." },
	{ "no-section", ERROR, "A key stands in no section." },
	{ "not-a-device", ERROR, "A word is no device." },
	{ "not-one-object", ERROR, "A test names more than one object." },
	{ "not-utf8", ERROR, "A line is not valid UTF-8." },
	{ "not-yet-enforced", ERROR, "A section is not yet enforced." },
	{ "nothing-allowed", WARNING, "A section allows nothing." },
	{ "nothing-policed", WARNING, "The policy polices nothing." },
	{ "nul-byte", ERROR, "A file holds a NUL byte." },
	{ "number-too-large", ERROR, "A number is too large." },
	{ "port-in-address", ERROR, "An IPv6 address seems to hold a port." },
	{ "protocol-not-here", ERROR, "A protocol does not belong to the family or section." },
	{ "repeated-family", ERROR, "A family is given twice." },
	{ "repeated-key", ERROR, "A key is given twice." },
	{ "repeated-letter", ERROR, "A letter of device access is given twice." },
	{ "repeated-name", ERROR, "A name stands twice in a list." },
	{ "reversed-range", ERROR, "A range ends before it begins." },
	{ "shadowed-rule", WARNING, "A rule decides nothing." },
	{ "test-failed", ERROR, "A line of [tests] does not hold." },
	{ "text-after-section", ERROR, "Text follows the name of a section." },
	{ "too-many-files", ERROR, "The policy includes too many files." },
	{ "too-many-groups", ERROR, "The policy has too many groups." },
	{ "too-many-lists", ERROR, "The policy has too many lists." },
	{ "unexpected-word", ERROR, "A rule goes on where it should end." },
	{ "unknown-class", ERROR, "A device class is unknown." },
	{ "unknown-group", ERROR, "A group is not defined." },
	{ "unknown-key", ERROR, "A section has no such key." },
	{ "unknown-name", ERROR, "A name is unknown." },
	{ "unknown-protocol", ERROR, "A protocol is unknown." },
	{ "unknown-section", ERROR, "A section is unknown." },
	{ "unknown-service", ERROR, "A service is unknown." },
	{ "unsupported-kernel", ERROR, "This kernel cannot enforce a section." },
	{ "unterminated-section", ERROR, "The name of a section does not end." },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

static const char *level_name(enum severity severity)
{
	return severity == SEVERITY_NOTE      ? "note"
	       : severity == SEVERITY_WARNING ? "warning"
	                                      : "error";
}

static void write_message(struct json_writer *writer, const char *key, const char *text)
{
	json_write_begin(writer, key, '{');
	json_write_text(writer, "text", text);
	json_write_end(writer);
}

static void write_rules(struct json_writer *writer)
{
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < RULES; i++) {
		json_write_begin(writer, NULL, '{');
		json_write_text(writer, "id", rules[i].code);
		write_message(writer, "shortDescription", rules[i].summary);
		json_write_begin(writer, "defaultConfiguration", '{');
		json_write_text(writer, "level", level_name(rules[i].level));
		json_write_end(writer);
		json_write_end(writer);
	}
	json_write_end(writer);
}

void sarif_begin(struct sarif *sarif, FILE *out)
{
	struct json_writer *writer = &sarif->writer;

	*sarif = (struct sarif){ .writer = { .out = out, .pretty = true } };
	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "$schema", SCHEMA);
	json_write_text(writer, "version", "2.1.0");
	json_write_begin(writer, "runs", '[');
	json_write_begin(writer, NULL, '{');
	json_write_begin(writer, "tool", '{');
	json_write_begin(writer, "driver", '{');
	json_write_text(writer, "name", "cgward");
	json_write_text(writer, "version", CGWARD_VERSION);
	write_rules(writer);
	json_write_end(writer);
	json_write_end(writer);
	json_write_text(writer, "columnKind", "utf16CodeUnits");
	json_write_begin(writer, "results", '[');
}

/* RFC 3986, 2.3. */
static bool is_unreserved(char byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte && strchr("-._~", byte));
}

/* A relative path stays relative, so that the log can be read in another checkout. A colon is
 * encoded too: one in the first segment would make a scheme of it. NULL: out of memory. */
static char *uri_of_path(const char *path)
{
	static const char digits[] = "0123456789ABCDEF", scheme[] = "file://";
	char *uri, *end;

	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	uri = malloc(sizeof(scheme) + 3 * strlen(path));
	if (!uri)
		return NULL;
	end = uri;
	if (*path == '/')
		end = mempcpy(end, scheme, sizeof(scheme) - 1);
	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (is_unreserved(*path) || *path == '/') {
			*end++ = *path;
			continue;
		}
		*end++ = '%';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	*end = '\0';
	return uri;
}

/* 0: not known, since the line is not at hand, or not so far. */
static uint32_t utf16_column(const struct finding *finding)
{
	size_t length = finding->source ? strlen(finding->source) : 0, bytes;
	uint32_t column = 1;

	if (!finding->column || !finding->source || !finding->caret || finding->caret - 1 > length)
		return 0;
	for (size_t at = 0; at < finding->caret - 1; at += bytes ? bytes : 1) {
		bytes = utf8_sequence(finding->source + at, length - at);
		column += bytes == 4 ? 2 : 1;
	}
	return column + finding->column - finding->caret;
}

/* Message and hint. `](` would make a link of words of a policy, so a blank goes between. */
static char *message_text(const struct finding *finding)
{
	const char *hint = finding->hint ? finding->hint : "";
	CLEANUP_FREE char *plain = NULL;
	char *text, *end;

	if (asprintf(&plain, "%s%s%s", finding->message, *hint ? "\nhint: " : "", hint) < 0) {
		plain = NULL;
		return NULL;
	}
	text = malloc(2 * strlen(plain) + 1);
	if (!text)
		return NULL;
	end = text;
	for (const char *from = plain; *from; from++) {
		*end++ = *from;
		if (from[0] == ']' && from[1] == '(')
			*end++ = ' ';
	}
	*end = '\0';
	return text;
}

static void write_location(struct json_writer *writer, const struct finding *finding,
                           const char *uri)
{
	uint32_t column = utf16_column(finding);

	json_write_begin(writer, "locations", '[');
	json_write_begin(writer, NULL, '{');
	json_write_begin(writer, "physicalLocation", '{');
	json_write_begin(writer, "artifactLocation", '{');
	json_write_text(writer, "uri", uri);
	json_write_end(writer);
	if (finding->line) {
		json_write_begin(writer, "region", '{');
		json_write_number(writer, "startLine", finding->line);
		if (column)
			json_write_number(writer, "startColumn", column);
		json_write_end(writer);
	}
	json_write_end(writer);
	json_write_end(writer);
	json_write_end(writer);
}

static int write_result(struct json_writer *writer, const struct finding *finding)
{
	CLEANUP_FREE char *message = message_text(finding);
	CLEANUP_FREE char *uri = finding->path ? uri_of_path(finding->path) : NULL;

	if (!message || (finding->path && !uri))
		return -ENOMEM;
	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "ruleId", finding->code);
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].code, finding->code) == 0)
			json_write_number(writer, "ruleIndex", i);
	}
	json_write_text(writer, "level", level_name(finding->severity));
	write_message(writer, "message", message);
	if (uri)
		write_location(writer, finding, uri);
	json_write_end(writer);
	return 0;
}

int sarif_findings(struct sarif *sarif, struct diag *diag)
{
	int error = diag->lost ? -ENOMEM : 0;

	diag_sort(diag);
	array_foreach (finding, &diag->findings) {
		int failed = write_result(&sarif->writer, finding);

		error = failed ? failed : error;
	}
	sarif->dropped += diag->dropped;
	return error;
}

static void write_notification(struct json_writer *writer, size_t dropped)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu more findings are not shown", dropped);
	json_write_begin(writer, "toolExecutionNotifications", '[');
	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "level", "warning");
	write_message(writer, "message", text);
	json_write_end(writer);
	json_write_end(writer);
}

void sarif_end(struct sarif *sarif, bool complete, unsigned int exit_status)
{
	struct json_writer *writer = &sarif->writer;

	json_write_end(writer); /* results */
	json_write_begin(writer, "invocations", '[');
	json_write_begin(writer, NULL, '{');
	json_write_flag(writer, "executionSuccessful", complete);
	json_write_number(writer, "exitCode", exit_status);
	if (sarif->dropped)
		write_notification(writer, sarif->dropped);
	while (writer->depth)
		json_write_end(writer);
}
