/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of [device]: numbers, a /dev path, or a class of /proc/devices. Paths and classes become
 * numbers when the policy is loaded: the hook sees numbers, and nothing else can be enforced.
 */
#include <linux/bpf.h>
#include <stdio.h>

#include "parse/loader.h"

#define ACCESS_ALL (ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD)

#define DEVICE_PATH_MAX 255

/* True if a component is `..`. */
static bool climbs(struct span path)
{
	while (path.length) {
		size_t slash = span_find(path, '/');

		if (span_is(span_up_to(path, slash), ".."))
			return true;
		path = span_from(path, slash < path.length ? slash + 1 : slash);
	}
	return false;
}

int device_path_parse(struct span word, const struct surroundings *surroundings,
                      struct device_pattern *ret_device, struct complaint *ret_complaint)
{
	char path[DEVICE_PATH_MAX + 1];
	int error;

	if (!span_begins(word, "/dev/") || climbs(word) || word.length > DEVICE_PATH_MAX) {
		complain(ret_complaint, "bad-device", word.start, "`%.*s` is not below /dev",
		         WORD(word));
		return suggest(ret_complaint, "write the /dev path, or its numbers: c 1:3");
	}
	memcpy(path, word.start, word.length);
	path[word.length] = '\0';
	error = surroundings->device_at(surroundings->context, path, ret_device);
	if (!error || error == -ENOMEM)
		return error;
	if (error == -ENODEV) {
		complain(ret_complaint, "not-a-device", word.start, "`%.*s` is not a device",
		         WORD(word));
		return suggest(ret_complaint, "a rule names one device by its path, or many by "
		                              "numbers or class: c 136:*, char-pts");
	}
	complain(ret_complaint, "not-a-device", word.start, "there is no device `%.*s` here",
	         WORD(word));
	return suggest(ret_complaint,
	               "paths are looked up on this machine; numbers, such as c 1:3, "
	               "need no look-up");
}

/* ---- classes ------------------------------------------------------------------------------ */

struct class_line {
	bool block;
	uint32_t major;
	struct span name;
};

/* The next entry of /proc/devices; false at its end. */
static bool next_class(struct span *rest, bool *block, struct class_line *ret_class)
{
	struct complaint ignored;
	struct line line = { 0 };

	while (next_line(rest, &line)) {
		struct span text = line.text, number;

		if (span_begins(text, "Character"))
			*block = false;
		if (span_begins(text, "Block"))
			*block = true;
		number = span_word(&text);
		if (scan_number(number, "major", DEVICE_MAJOR_MAX, &ret_class->major, &ignored))
			continue;
		ret_class->block = *block;
		ret_class->name = span_trim(text);
		return true;
	}
	return false;
}

/* How near a class is to what was asked for; SIZE_MAX: not at all. */
static size_t class_distance(const struct class_line *class, struct span wanted)
{
	char name[32];

	if (class->name.length >= sizeof(name))
		return SIZE_MAX;
	memcpy(name, class->name.start, class->name.length);
	name[class->name.length] = '\0';
	return name_distance(wanted, name);
}

#define CLASSES_SHOWN_MAX 3

/* Names those that are nearest, not the first of them alone: pty is as near to pts as to tty. */
static int unknown_class(struct span word, struct span classes, struct complaint *ret_complaint)
{
	struct span wanted = span_from(word, span_find(word, '-') + 1), rest = classes;
	size_t nearest = SIZE_MAX, shown = 0, length = 0;
	struct class_line class;
	bool block = false;
	char near[160] = "";

	complain(ret_complaint, "unknown-class", word.start, "no device class `%.*s` here",
	         WORD(word));
	while (next_class(&rest, &block, &class))
		if (class_distance(&class, wanted) < nearest)
			nearest = class_distance(&class, wanted);
	if (nearest == SIZE_MAX)
		return suggest(ret_complaint, "the classes are those of /proc/devices: char-NAME "
		                              "and block-NAME");
	rest = classes;
	block = false;
	while (shown < CLASSES_SHOWN_MAX && next_class(&rest, &block, &class)) {
		char name[48];

		if (class_distance(&class, wanted) != nearest)
			continue;
		snprintf(name, sizeof(name), "`%s-%.*s`", class.block ? "block" : "char",
		         (int)class.name.length, class.name.start);
		if (strstr(near, name)) /* a class of several majors */
			continue;
		length += (size_t)snprintf(near + length, sizeof(near) - length, "%s%s",
		                           shown ? " or " : "", name);
		shown++;
	}
	return suggest(ret_complaint, "did you mean %s?", near);
}

static int get_classes(struct loader *loader, struct span word, struct complaint *ret_complaint)
{
	const struct surroundings *surroundings = loader->surroundings;
	int error = 0;

	if (!loader->device_classes)
		error = surroundings->device_classes(surroundings->context,
		                                     &loader->device_classes);
	if (!error || error == -ENOMEM)
		return error;
	complain(ret_complaint, "unknown-class", word.start, "cannot read /proc/devices: %s",
	         strerror(-error));
	return suggest(ret_complaint, "numbers, such as c 136:*, need no look-up");
}

static int class_patterns(struct loader *loader, struct span word, struct rule *rule,
                          struct complaint *ret_complaint)
{
	bool want_block = span_begins(word, "block-"), block = false;
	struct span wanted = span_from(word, span_find(word, '-') + 1), rest;
	struct class_line class;
	int error = get_classes(loader, word, ret_complaint);

	if (error)
		return error;
	rest = span_of(loader->device_classes);
	while (!error && next_class(&rest, &block, &class)) {
		struct device_pattern pattern = {
			.type = want_block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR,
			.major = class.major,
			.minor = ANY_NUMBER,
		};

		if (class.block == want_block && class.name.length == wanted.length &&
		    !memcmp(class.name.start, wanted.start, wanted.length))
			error = array_append(&rule->device.patterns, pattern);
	}
	if (!error && !rule->device.patterns.count)
		error = unknown_class(word, span_of(loader->device_classes), ret_complaint);
	return error;
}

/* ---- the rule ----------------------------------------------------------------------------- */

int device_type_parse(struct span word, uint32_t *ret_type)
{
	if (word.length != 1)
		return -EINVAL;
	if (word.start[0] == 'c')
		*ret_type = BPF_DEVCG_DEV_CHAR;
	else if (word.start[0] == 'b')
		*ret_type = BPF_DEVCG_DEV_BLOCK;
	else if (word.start[0] == 'a')
		*ret_type = ANY_NUMBER;
	else
		return -EINVAL;
	return 0;
}

static int bad_device(struct span word, struct complaint *ret_complaint)
{
	if (word.length && word.start[0] == '@')
		return group_not_here(SECTION_DEVICE, word, ret_complaint);
	complain(ret_complaint, "bad-device", word.start, "`%.*s` names no device", WORD(word));
	return suggest(ret_complaint, "write c 1:3, b 8:*, a *:*, a /dev path, or a class such as "
	                              "char-pts");
}

static int add_numbers(uint32_t type, struct span *rest, struct rule *rule,
                       struct complaint *ret_complaint)
{
	struct device_pattern pattern = { .type = type };
	struct span numbers = span_word(rest);
	int error = scan_device_numbers(numbers, ANY_NUMBER, &pattern.major, &pattern.minor,
	                                ret_complaint);

	return error ? error : array_append(&rule->device.patterns, pattern);
}

int device_rule_parse(struct loader *loader, struct span value, struct rule *rule,
                      struct complaint *ret_complaint)
{
	struct span rest = value, word = span_word(&rest), access;
	struct device_pattern pattern;
	uint32_t type;
	int error;

	if (!device_type_parse(word, &type)) {
		error = add_numbers(type, &rest, rule, ret_complaint);
	} else if (word.length && word.start[0] == '/') {
		error = device_path_parse(word, loader->surroundings, &pattern, ret_complaint);
		if (!error)
			error = array_append(&rule->device.patterns, pattern);
	} else if (span_begins(word, "char-") || span_begins(word, "block-")) {
		error = class_patterns(loader, word, rule, ret_complaint);
	} else {
		error = bad_device(word, ret_complaint);
	}
	if (error)
		return error;
	access = span_word(&rest);
	rule->device.access = ACCESS_ALL;
	if (access.length)
		error = scan_access(access, &rule->device.access, ret_complaint);
	return error ? error : expect_end(rest, ret_complaint);
}
