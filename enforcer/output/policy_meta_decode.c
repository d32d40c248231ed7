/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JSON text kept beside an image, back to a policy_meta. All strings live in one block, as
 * long as the text itself: unescaped they are shorter, and each had two quotes for its NUL.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "output/json_read.h"
#include "output/policy_meta.h"

DEFINE_CLEANUP(struct policy_meta, policy_meta_free)

struct decoder {
	struct policy_meta *meta;
	char *free_bytes; /* within meta->storage */
	const char **files;
	size_t file_count;
};

static void cleanup_files(struct decoder *decoder)
{
	free(decoder->files);
}

void policy_meta_free(struct policy_meta *meta)
{
	if (!meta)
		return;
	free(meta->rules);
	free(meta->unsupported);
	free(meta->storage);
	free(meta);
}

/* Code points up to U+00FF back to bytes; NULL for anything that encode would not write. */
static char *take_bytes(struct decoder *decoder, const char *string)
{
	char *start = decoder->free_bytes, *out = start;

	if (!string)
		return NULL;
	for (const unsigned char *in = (const unsigned char *)string; *in; in++) {
		if (*in < 0x80) {
			*out++ = (char)*in;
			continue;
		}
		if (*in != 0xc2 && *in != 0xc3)
			return NULL;
		*out = (char)((in[0] & 3) << 6 | (in[1] & 0x3f));
		out++;
		in++;
	}
	*out++ = '\0';
	decoder->free_bytes = out;
	return start;
}

static bool find_section(const char *name, enum section *ret_section)
{
	for (unsigned int i = 0; name && i < SECTION_COUNT; i++) {
		if (!strcmp(name, section_name(i))) {
			*ret_section = i;
			return true;
		}
	}
	return false;
}

static bool find_verdict(const char *name, enum verdict *ret_verdict)
{
	for (unsigned int i = VERDICT_ALLOW; name && i <= VERDICT_DENY; i++) {
		if (!strcmp(name, verdict_name(i))) {
			*ret_verdict = i;
			return true;
		}
	}
	return false;
}

static bool read_settings(struct decoder *decoder, json_object *root)
{
	struct policy_meta *meta = decoder->meta;
	json_object *description;
	uint32_t version;

	meta->name = take_bytes(decoder, json_read_string(root, "name"));
	meta->path = take_bytes(decoder, json_read_string(root, "path"));
	if (!json_object_object_get_ex(root, "description", &description))
		return false;
	if (description) {
		meta->description = take_bytes(decoder, json_read_string(root, "description"));
		if (!meta->description)
			return false;
	}
	return meta->name && meta->path && meta->path[0] == '/' &&
	       json_read_u32(root, "version", &version) && version == POLICY_META_VERSION &&
	       json_read_u32(root, "audit_sections", &meta->audit_sections) &&
	       meta->audit_sections < 1U << SECTION_COUNT &&
	       json_read_u32(root, "hooks", &meta->hooks) && meta->hooks < 1U << HOOK_COUNT &&
	       json_read_u32(root, "log", &meta->log) && meta->log <= LOG_ALL &&
	       json_read_u32(root, "rate_count", &meta->rate_count) &&
	       json_read_u32(root, "rate_period_s", &meta->rate_period_s);
}

static bool read_sections(struct policy_meta *meta, json_object *root)
{
	json_object *sections = json_read_array(root, "sections");

	if (!sections)
		return false;
	for (size_t i = 0; i < json_object_array_length(sections); i++) {
		json_object *item = json_object_array_get_idx(sections, i);
		enum section section;
		enum verdict fallback;
		uint64_t cookie;

		if (!find_section(json_read_string(item, "section"), &section) ||
		    !find_verdict(json_read_string(item, "default"), &fallback) ||
		    !json_read_u64(item, "cookie", &cookie) || meta->sections[section].present)
			return false;
		meta->sections[section].present = true;
		meta->sections[section].fallback = fallback;
		meta->sections[section].default_cookie = cookie;
	}
	return true;
}

static int read_files(struct decoder *decoder, json_object *root)
{
	json_object *files = json_read_array(root, "files");
	size_t count = files ? json_object_array_length(files) : 0;

	if (!files)
		return -EBADMSG;
	decoder->files = calloc(count + 1, sizeof(*decoder->files));
	if (!decoder->files)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		json_object *item = json_object_array_get_idx(files, i);

		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		decoder->files[i] = take_bytes(decoder, json_object_get_string(item));
		if (!decoder->files[i])
			return -EBADMSG;
	}
	decoder->file_count = count;
	return 0;
}

static bool read_rule(struct decoder *decoder, json_object *item, struct meta_rule *rule)
{
	uint32_t file;

	if (!find_section(json_read_string(item, "section"), &rule->section) ||
	    !find_verdict(json_read_string(item, "verb"), &rule->verb) ||
	    !json_read_u32(item, "file", &file) || file >= decoder->file_count ||
	    !json_read_u32(item, "line", &rule->line) ||
	    !json_read_u64(item, "cookie", &rule->cookie))
		return false;
	rule->file = decoder->files[file];
	rule->text = take_bytes(decoder, json_read_string(item, "text"));
	return rule->text != NULL;
}

static int read_rules(struct decoder *decoder, json_object *root)
{
	json_object *rules = json_read_array(root, "rules");
	struct policy_meta *meta = decoder->meta;
	size_t count = rules ? json_object_array_length(rules) : 0;

	if (!rules)
		return -EBADMSG;
	meta->rules = calloc(count + 1, sizeof(*meta->rules));
	if (!meta->rules)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!read_rule(decoder, json_object_array_get_idx(rules, i), &meta->rules[i]))
			return -EBADMSG;
	}
	meta->rule_count = count;
	return 0;
}

static int read_unsupported(struct decoder *decoder, json_object *root)
{
	json_object *texts = json_read_array(root, "unsupported");
	struct policy_meta *meta = decoder->meta;
	size_t count = texts ? json_object_array_length(texts) : 0;

	if (!texts)
		return -EBADMSG;
	meta->unsupported = calloc(count + 1, sizeof(*meta->unsupported));
	if (!meta->unsupported)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		json_object *item = json_object_array_get_idx(texts, i);

		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		meta->unsupported[i] = take_bytes(decoder, json_object_get_string(item));
		if (!meta->unsupported[i])
			return -EBADMSG;
	}
	meta->unsupported_count = count;
	return 0;
}

int policy_meta_decode(const char *text, size_t length, struct policy_meta **ret_meta)
{
	CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;
	CLEANUP(cleanup_files) struct decoder decoder = { 0 };
	CLEANUP_JSON json_object *root = NULL;
	int error;

	if (length > POLICY_META_BYTES_MAX)
		return -EBADMSG;
	meta = calloc(1, sizeof(*meta));
	if (!meta)
		return -ENOMEM;
	meta->storage = malloc(length + 1);
	if (!meta->storage)
		return -ENOMEM;
	error = json_read_object(text, length, &root);
	if (error)
		return error;
	decoder.meta = meta;
	decoder.free_bytes = meta->storage;
	if (!read_settings(&decoder, root) || !read_sections(meta, root))
		return -EBADMSG;
	error = read_files(&decoder, root);
	if (!error)
		error = read_rules(&decoder, root);
	if (!error)
		error = read_unsupported(&decoder, root);
	if (error)
		return error;
	*ret_meta = TAKE_PTR(meta);
	return 0;
}
