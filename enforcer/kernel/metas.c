/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Metas: the text of policy_meta_encode, in a frozen array map pinned by generation. Long texts
 * take several elements, because before 6.2 a value holds 4 MiB at most (KMALLOC_MAX_SIZE); what
 * is left of the last is zero, and a text has no zeros.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

#define CHUNK_BYTES (1U << 20)

static void meta_path(char path[PIN_PATH_MAX], const struct ward *ward, const char *kind,
                      uint32_t generation)
{
	pin_path(path, ward->tree, "metas/%s_%u", kind, generation);
}

/* FNV-1a, by words: it finds, it does not decide. Each command hashes the programs. */
uint64_t content_hash(const void *bytes, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325ULL, word;
	const char *at = bytes;

	while (length) {
		size_t taken = length < sizeof(word) ? length : sizeof(word);

		word = 0;
		memcpy(&word, at, taken);
		hash = (hash ^ word) * 0x100000001b3ULL;
		/* A multiplication carries nothing down. */
		hash ^= hash >> 32;
		at += taken;
		length -= taken;
	}
	return hash;
}

static int fill(int fd, const char *text, size_t length, uint32_t chunk)
{
	char *element CLEANUP_FREE = malloc(chunk);

	if (!element)
		return -ENOMEM;
	for (uint32_t i = 0; (size_t)i * chunk < length; i++) {
		size_t offset = (size_t)i * chunk;
		size_t left = length - offset < chunk ? length - offset : chunk;

		memset(element, 0, chunk);
		memcpy(element, text + offset, left);
		if (bpf_map_update_elem(fd, &i, element, BPF_ANY) < 0)
			return -errno;
	}
	return bpf_map_freeze(fd) < 0 ? -errno : 0;
}

int meta_pin(struct ward *ward, uint32_t generation, const char *text, size_t length)
{
	uint32_t chunk = length < CHUNK_BYTES ? (uint32_t)length : CHUNK_BYTES;
	int fd CLEANUP_CLOSE = -1;
	char path[PIN_PATH_MAX];
	int error;

	if (!length || length > POLICY_META_BYTES_MAX)
		return -EFBIG;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "meta", sizeof(uint32_t), chunk,
	                    (uint32_t)((length + chunk - 1) / chunk), NULL);
	if (fd < 0)
		return -errno;
	error = fill(fd, text, length, chunk);
	if (error)
		return error;
	meta_path(path, ward, "meta", generation);
	return bpf_obj_pin(fd, path) < 0 ? -errno : 0;
}

static uint64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

void meta_unpin(struct ward *ward, uint32_t generation, bool retire)
{
	char path[PIN_PATH_MAX], retired[PIN_PATH_MAX];

	meta_path(path, ward, "meta", generation);
	meta_path(retired, ward, "retired", generation);
	if (retire && !ward->ledger->oldest_retired_s)
		ward->ledger->oldest_retired_s = now_s();
	/* The rename sets the change time, which metas_sweep reads. */
	if (!retire || rename(path, retired) < 0)
		unlink(path);
}

static int read_map(int fd, char **ret_text, size_t *ret_length)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	char *text CLEANUP_FREE = NULL;
	size_t length;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	length = (size_t)info.value_size * info.max_entries;
	if (info.type != BPF_MAP_TYPE_ARRAY || !length ||
	    length > POLICY_META_BYTES_MAX + CHUNK_BYTES)
		return -EBADMSG;
	/* The kernel copies whole multiples of 8 bytes. */
	text = calloc(1, length + 8);
	if (!text)
		return -ENOMEM;
	for (uint32_t i = 0; i < info.max_entries; i++) {
		if (bpf_map_lookup_elem(fd, &i, text + (size_t)i * info.value_size) < 0)
			return -errno;
	}
	while (length && !text[length - 1])
		length--;
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

int meta_read(struct ward *ward, uint32_t generation, char **ret_text, size_t *ret_length)
{
	static const char *const kinds[] = { "meta", "retired" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[PIN_PATH_MAX];
		int fd CLEANUP_CLOSE = -1;

		meta_path(path, ward, kinds[i], generation);
		fd = bpf_obj_get(path);
		if (fd >= 0)
			return read_map(fd, ret_text, ret_length);
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOENT;
}

int ward_meta(struct ward *ward, uint32_t generation, struct policy_meta **ret_meta)
{
	char *text CLEANUP_FREE = NULL;
	size_t length;
	int error = meta_read(ward, generation, &text, &length);

	if (error == -ENOENT) {
		*ret_meta = NULL;
		return 0;
	}
	return error ? error : policy_meta_decode(text, length, ret_meta);
}

/* A clock set back makes it old too: better early than never. */
static bool is_old(uint64_t since_s)
{
	uint64_t now = now_s();

	return now - since_s > RETIRED_META_S || now < since_s;
}

static uint64_t retired_s(int directory_fd, const char *name)
{
	struct stat status;

	if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (uint64_t)status.st_ctim.tv_sec;
}

void metas_sweep(struct ward *ward)
{
	uint64_t oldest = 0;
	char path[PIN_PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	pin_path(path, ward->tree, "metas");
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		uint64_t since;

		if (strncmp(entry->d_name, "retired_", 8) != 0)
			continue;
		since = retired_s(dirfd(directory), entry->d_name);
		if (is_old(since) && unlinkat(dirfd(directory), entry->d_name, 0) == 0)
			continue;
		if (!oldest || since < oldest)
			oldest = since;
	}
	closedir(directory);
	ward->ledger->oldest_retired_s = oldest;
}

void metas_sweep_old(struct ward *ward)
{
	if (ward->ledger->oldest_retired_s && is_old(ward->ledger->oldest_retired_s))
		metas_sweep(ward);
}
