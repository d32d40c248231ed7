/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the parse layer: the state of one policy_load(), and what its parts offer each other.
 * Nobody outside parse/ includes this.
 *
 * The parts return 0 or -errno. -ENOMEM ends the load, and so does a file that the system did not
 * let be read (reported, its own -errno); -EINVAL with a complaint is what the user
 * did wrong in one line, is reported, and the load goes on to find the rest.
 */
#pragma once

#include "base/scan.h"
#include "parse/load.h"
#include "parse/reader.h"

/* `default`, `mode` or `families` of one section, as one file and its includes give it. */
enum setting_kind {
	SETTING_DEFAULT,  /* enum verdict */
	SETTING_MODE,     /* 1: audit */
	SETTING_FAMILIES, /* bit per family */
	SETTING_COUNT,
};

struct setting {
	bool given;
	uint64_t value;
	struct location where;
	bool disputed;                  /* two includes disagree, and nobody above has settled it */
	struct location rival, include; /* the other place; the include that brought it */
};

struct section_state {
	bool present;
	struct location where;
	struct setting settings[SETTING_COUNT];
};

struct include {
	char *path; /* owned; as it is to be opened */
	struct location where;
};

/* One of policy.files, by the same index. */
struct source {
	char *text; /* owned; NULL once a list has been read */
	size_t length;
	char *identity; /* owned; the path without detours */
	bool open;      /* its includes are being loaded */
	uint32_t includer;
	struct section_state sections[SECTION_COUNT];
	ARRAY(struct include) includes;
};

/* Parallel to those policy.sets that have a name. */
struct group {
	uint32_t set;
	size_t name_length;
	bool defined;
	uint32_t any_address; /* 4 or 6: it holds 0.0.0.0 or :: alone */
	bool broken;          /* an item of it was in error: do not call it empty as well */
	struct location where;
};

struct group_use {
	uint32_t group;
	enum section section;
	struct location where;
};

struct list {
	uint32_t group;
	char *path; /* owned */
	struct location where;
};

struct loader {
	const struct surroundings *surroundings;
	struct diag *diag;
	struct policy *policy;
	ARRAY(struct source) sources;
	ARRAY(struct group) groups;
	ARRAY(struct group_use) uses;
	ARRAY(struct list) lists;
	char *device_classes; /* owned; NULL until asked for */
};

/* ---- report.c: from a complaint to a finding ---------------------------------------------- */

struct location line_location(uint32_t file, const struct line *line, const char *at);
void report(struct loader *loader, uint32_t file, const struct line *line,
            const struct complaint *complaint);
/* What is allowed, but probably not meant. */
void report_warning(struct loader *loader, uint32_t file, const struct line *line,
                    const struct complaint *complaint);
/* For what is found later. `hint` may be NULL. */
void report_at(struct loader *loader, const struct location *where, const char *code,
               const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* ---- files.c: opening, includes ----------------------------------------------------------- */

/* Loads what a file that has been read includes, and what that includes. */
int includes_load(struct loader *loader, uint32_t file);

/* Reads a file into loader->sources and policy.files. `where` is the line that names it; NULL for
 * the policy itself. What it returns, but for -ENOMEM, is reported. */
int source_open(struct loader *loader, const char *path, const struct location *where, size_t limit,
                uint32_t *ret_file);

/* `value` relative to the file that holds it; malloc'ed. NULL: out of memory. */
char *path_beside(const char *file, struct span value);

/* ---- keys.c: what each line of a file means ------------------------------------------------- */

int file_read(struct loader *loader, uint32_t file);

/* ---- settings.c: default, mode and families through includes -------------------------------- */

void settings_merge(struct loader *loader, uint32_t file, uint32_t included,
                    const struct location *include);
void settings_apply(struct loader *loader);

/* ---- groups.c ------------------------------------------------------------------------------- */

/* The group of this name, made if there is none. */
int group_find(struct loader *loader, struct span name, uint32_t *ret_group,
               struct complaint *ret_complaint);
/* Adds a list to a group, to be read later. */
int group_list(struct loader *loader, uint32_t group, char *path, const struct location *where,
               struct complaint *ret_complaint);
int group_address(struct loader *loader, uint32_t group, struct span value,
                  struct complaint *ret_complaint);
int groups_load_lists(struct loader *loader);
void groups_check(struct loader *loader);

/* ---- rule.c, rule_device.c, rule_socket.c, rule_address.c, rule_names.c, rule_path.c -------- */

/* What follows the verb. Fills the section's part of *rule, whose section is set. On failure the
 * rule may be half filled: rule_fini() it either way. */
int rule_parse(struct loader *loader, uint32_t file, const struct line *line, struct span value,
               struct rule *rule, struct complaint *ret_complaint);
int device_rule_parse(struct loader *loader, struct span value, struct rule *rule,
                      struct complaint *ret_complaint);
int socket_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint);
int address_rule_parse(struct loader *loader, uint32_t file, const struct line *line,
                       struct span value, struct rule *rule, struct complaint *ret_complaint);
int names_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint);
/* Of [exec], permissions that are set already stay: `library`. */
int path_rule_parse(struct span value, struct rule *rule, struct complaint *ret_complaint);

/* 0.0.0.0 or :: alone. */
bool is_any_address(const struct prefix *prefix);

/* "inet inet6" to bits. */
int families_parse(struct span value, uint64_t *ret_families, struct complaint *ret_complaint);

/* "mount userns" to bits, by enum policy_operation. */
int escapes_parse(struct span value, uint32_t *ret_escapes, struct complaint *ret_complaint);

/* Blanks folded to one; malloc'ed. NULL: out of memory. */
char *folded_text(const char *key, struct span value);

/* ---- question.c ----------------------------------------------------------------------------- */

int question_read(struct span text, const struct surroundings *surroundings,
                  struct question *ret_question, struct complaint *ret_complaint);

/* [capability] and [operation]; [file], [exec] and [unix]. question->section is set. The name of a
 * path stays where it is, in `rest`. */
int names_question(struct span rest, struct question *question, struct complaint *ret_complaint);
int path_question(struct span rest, struct question *question, struct complaint *ret_complaint);

/* ---- pieces that rules and questions share --------------------------------------------------- */

/* The complaint about a group, `word`, in a section that takes none. */
int group_not_here(enum section section, struct span word, struct complaint *ret_complaint);

/* Nothing may be left of a value. */
int expect_end(struct span rest, struct complaint *ret_complaint);

/* A protocol's name or number; `any` is not one. */
int protocol_parse(struct span word, uint32_t *ret_protocol, struct complaint *ret_complaint);

/* Names of services have a letter, port numbers have none. */
bool is_service_name(struct span word);

/* A port or the name of a service. `protocol`: 6, 17 or anything else. */
int port_parse(struct span word, uint32_t protocol, const struct surroundings *surroundings,
               uint16_t *ret_port, struct complaint *ret_complaint);

/* ADDRESS[:PORTS] cut in two; brackets are taken off. */
struct endpoint {
	struct span address;
	bool bracketed;
	bool has_ports;
	struct span ports;
};
int endpoint_split(struct span word, struct endpoint *ret_endpoint,
                   struct complaint *ret_complaint);

/* The device at a /dev path. */
int device_path_parse(struct span word, const struct surroundings *surroundings,
                      struct device_pattern *ret_device, struct complaint *ret_complaint);

/* `c`, `b` or `a`; -EINVAL without a complaint. */
int device_type_parse(struct span word, uint32_t *ret_type);

/* FAMILY [TYPE [PROTOCOL]]; ANY_NUMBER for `any` and for what is left out. */
struct socket_words {
	uint32_t family, type, protocol;
	struct span words[3]; /* empty where left out */
};
int socket_words_parse(struct span value, struct socket_words *ret_socket,
                       struct complaint *ret_complaint);

/* Protocol 0 of inet and inet6 becomes the type's own, as in inet_create() of the kernel. */
uint32_t socket_protocol(uint32_t family, uint32_t type, uint32_t protocol);

/* A section that this version enforces. */
int section_parse(struct span word, enum section *ret_section, struct complaint *ret_complaint);
