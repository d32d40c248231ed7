/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images in the kernel: a frozen array map for the first block of each and, where that is not
 * enough, one for all blocks; placed in the image tables.
 *
 * Writing such a table waits for an RCU grace period (kernel/bpf/syscall.c,
 * maybe_wait_bpf_programs), ten milliseconds or more. So a reload writes no more than its own
 * image: what it replaced is left where it is until a later one overwrites it. And where it writes
 * to both tables, it waits for both at once.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/ward_private.h"

#define BLOCK_BYTES (IMAGE_BLOCK_WORDS * sizeof(uint32_t))

/* 0 if all are taken. Forgotten before it is taken: what a killed command leaves has a generation
 * and no slot, and the sweep finds it by that. */
static uint32_t free_number(struct ward *ward)
{
	uint32_t unused = ward->ledger->unused_image;

	ward->ledger->unused_image = 0;
	if (unused)
		return unused;
	for (uint32_t number = 1; number < IMAGES_MAX; number++) {
		if (!ward->ledger->image_generations[number])
			return number;
	}
	return 0;
}

static int make_map(const uint32_t *words, uint32_t blocks, uint32_t flags, int *ret_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags | BPF_F_RDONLY_PROG);
	int fd CLEANUP_CLOSE = bpf_map_create(BPF_MAP_TYPE_ARRAY, "image", sizeof(uint32_t),
	                                      BLOCK_BYTES, blocks, &options);

	if (fd < 0)
		return -errno;
	for (uint32_t block = 0; block < blocks; block++) {
		if (bpf_map_update_elem(fd, &block, words + (size_t)block * IMAGE_BLOCK_WORDS,
		                        BPF_ANY) < 0)
			return -errno;
	}
	if (bpf_map_freeze(fd) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int make_first(const struct image *image, uint32_t generation, int *ret_fd)
{
	uint32_t *words CLEANUP_FREE = malloc(BLOCK_BYTES);

	if (!words)
		return -ENOMEM;
	memcpy(words, image->words, BLOCK_BYTES);
	((struct image_header *)(void *)words)->generation = generation;
	return make_map(words, 1, 0, ret_fd);
}

/* A write to an image table. */
struct table_write {
	int table, map; /* no map: what is there is taken out */
	uint32_t number;
	int error;
};

static void *write_table(void *argument)
{
	struct table_write *write = argument;
	int status = write->map < 0 ? bpf_map_delete_elem(write->table, &write->number)
	                            : bpf_map_update_elem(write->table, &write->number, &write->map,
	                                                  BPF_ANY);

	write->error = status < 0 && (write->map >= 0 || errno != ENOENT) ? -errno : 0;
	return NULL;
}

/* Both at once, where both have something to write and there is a thread to be had. No slot names
 * the image yet, so the order is nobody's concern (invariant 1). */
static int write_tables(struct table_write *blocks, struct table_write *first)
{
	pthread_t thread;
	bool apart = blocks->map >= 0 && !pthread_create(&thread, NULL, write_table, blocks);

	if (!apart)
		write_table(blocks);
	write_table(first);
	if (apart)
		pthread_join(thread, NULL);
	return blocks->error ? blocks->error : first->error;
}

/* Where the image has no other block, those of another may be in their place. */
static int place(struct ward *ward, const struct image *image, uint32_t number, uint32_t generation)
{
	int first CLEANUP_CLOSE = -1, all CLEANUP_CLOSE = -1;
	int error = make_first(image, generation, &first);

	if (!error && image_header(image)->far)
		error = make_map(image->words, image->blocks, BPF_F_INNER_MAP, &all);
	if (error)
		return error;
	return write_tables(
	        &(struct table_write){ .table = ward->blocks, .map = all, .number = number },
	        &(struct table_write){ .table = ward->images, .map = first, .number = number });
}

static uint32_t next_generation(struct ledger *ledger)
{
	ledger->last_generation++;
	if (!ledger->last_generation)
		ledger->last_generation++;
	return ledger->last_generation;
}

int image_publish(struct ward *ward, const struct image *image, const char *meta, size_t length,
                  struct diag *diag, uint32_t *ret_number, uint32_t *ret_generation)
{
	uint32_t number = free_number(ward), generation;
	int error;

	if (!number) {
		diag_add(diag, SEVERITY_ERROR, "too-many-policies", NULL,
		         "remove policies that are no longer needed",
		         "no more than %d images can live at once", IMAGES_MAX - 1);
		return -ENOSPC;
	}
	generation = next_generation(ward->ledger);
	ward->ledger->image_generations[number] = generation;
	error = meta_pin(ward, generation, meta, length);
	if (!error)
		error = place(ward, image, number, generation);
	if (error) {
		image_withdraw(ward, number, false);
		diag_add(diag, SEVERITY_ERROR, "image", NULL, NULL,
		         "cannot place an image of %u blocks in the kernel: %s", image->blocks,
		         strerror(-error));
		return error;
	}
	*ret_number = number;
	*ret_generation = generation;
	return 0;
}

void image_withdraw(struct ward *ward, uint32_t number, bool retire)
{
	uint32_t generation = ward->ledger->image_generations[number];

	bpf_map_delete_elem(ward->images, &number);
	bpf_map_delete_elem(ward->blocks, &number);
	meta_unpin(ward, generation, retire);
	ward->ledger->image_generations[number] = 0;
}

/*
 * A flip leaves one image. A program that read the slot before may go on to look for it, so it
 * stays in the tables. By the next flip an image was published, and with that a grace period has
 * passed: nobody uses it any more. It is not taken out, since that would wait as well, but
 * overwritten by the image after.
 */
void image_leave(struct ward *ward, uint32_t number)
{
	meta_unpin(ward, ward->ledger->image_generations[number], true);
	ward->ledger->unused_image = ward->ledger->left_image;
	ward->ledger->left_image = (uint16_t)number;
}

/* Forgotten first, as in free_number(). */
void images_withdraw_left(struct ward *ward)
{
	uint32_t left = ward->ledger->left_image, unused = ward->ledger->unused_image;

	ward->ledger->left_image = 0;
	ward->ledger->unused_image = 0;
	if (left || unused)
		programs_wait(ward);
	if (left)
		image_withdraw(ward, left, true);
	if (unused && unused != left)
		image_withdraw(ward, unused, true);
}

/*
 * Waits until no program is running that was running when this was called. Programs run inside an
 * RCU read section (include/linux/bpf-cgroup.h, bpf_prog_run_array_cg), and membarrier's GLOBAL is
 * one grace period (kernel/sched/membarrier.c). Kernels with nohz_full CPUs refuse it; then a write
 * to the image table waits instead: number 0, with an image that has no header and so denies, as 0
 * does anyway.
 */
void programs_wait(struct ward *ward)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_RDONLY_PROG);
	int fd CLEANUP_CLOSE = -1;
	uint32_t zero = 0;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "wait", sizeof(uint32_t), BLOCK_BYTES, 1, &options);
	if (fd >= 0)
		bpf_map_update_elem(ward->images, &zero, &fd, BPF_ANY);
	bpf_map_delete_elem(ward->images, &zero);
}

bool image_in_use(const struct ward *ward, uint32_t number)
{
	for (uint32_t slot = 1; slot < SLOTS_MAX; slot++) {
		if (ward->slot_table[slot].image == number)
			return true;
	}
	return false;
}

/* What `table` has at a number: -ENOENT if nothing. */
static int open_number(int table, uint32_t number)
{
	uint32_t id;
	int fd;

	if (bpf_map_lookup_elem(table, &number, &id) < 0)
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

static bool same_blocks(struct ward *ward, uint32_t number, const struct image *image,
                        uint32_t *scratch)
{
	int fd CLEANUP_CLOSE = open_number(ward->blocks, number);
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (!image_header(image)->far)
		return fd == -ENOENT;
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0 ||
	    info.max_entries != image->blocks)
		return false;
	for (uint32_t block = 0; block < image->blocks; block++) {
		const uint32_t *words = image->words + (size_t)block * IMAGE_BLOCK_WORDS;

		if (bpf_map_lookup_elem(fd, &block, scratch) < 0 ||
		    memcmp(scratch, words, BLOCK_BYTES))
			return false;
	}
	return true;
}

/* But for the generation, which the image has only in the kernel. */
static bool same_first(const uint32_t *live, const uint32_t *words)
{
	return memcmp(live, words, offsetof(struct image_header, generation)) == 0 &&
	       memcmp(live + 3, words + 3, BLOCK_BYTES - 3 * sizeof(uint32_t)) == 0;
}

_Static_assert(offsetof(struct image_header, generation) == 2 * sizeof(uint32_t),
               "same_first skips the generation");

bool image_is(struct ward *ward, uint32_t number, const struct image *image)
{
	uint32_t *live CLEANUP_FREE = malloc(BLOCK_BYTES), zero = 0;
	int fd CLEANUP_CLOSE = open_number(ward->images, number);

	return live && fd >= 0 && bpf_map_lookup_elem(fd, &zero, live) == 0 &&
	       same_first(live, image->words) && same_blocks(ward, number, image, live);
}

int image_hooks(struct ward *ward, uint32_t number, uint32_t *ret_hooks)
{
	uint32_t *live CLEANUP_FREE = malloc(BLOCK_BYTES), zero = 0;
	int fd CLEANUP_CLOSE = open_number(ward->images, number);

	if (!live)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &zero, live) < 0)
		return -errno;
	*ret_hooks = ((const struct image_header *)(const void *)live)->hooks & ALL_HOOKS;
	return 0;
}

/* Words [first, end) of an image. */
static int read_words(int fd, uint32_t first, uint32_t end, uint32_t *ret_words)
{
	uint32_t *live CLEANUP_FREE = malloc(BLOCK_BYTES);

	if (!live)
		return -ENOMEM;
	while (first < end) {
		uint32_t block = first / IMAGE_BLOCK_WORDS, at = first % IMAGE_BLOCK_WORDS;
		uint32_t count = IMAGE_BLOCK_WORDS - at;

		if (bpf_map_lookup_elem(fd, &block, live) < 0)
			return -errno;
		count = count < end - first ? count : end - first;
		memcpy(ret_words, live + at, count * sizeof(*live));
		ret_words += count;
		first += count;
	}
	return 0;
}

int image_cookies(struct ward *ward, uint32_t number, uint64_t **ret_cookies, size_t *ret_count)
{
	int first CLEANUP_CLOSE = open_number(ward->images, number), all CLEANUP_CLOSE = -1;
	uint32_t *words CLEANUP_FREE = NULL;
	uint64_t *cookies CLEANUP_FREE = NULL;
	struct image_header header;
	size_t count;
	int error;

	if (first < 0)
		return first;
	error = read_words(first, 0, sizeof(header) / sizeof(uint32_t),
	                   (uint32_t *)(void *)&header);
	if (error)
		return error;
	if (header.words > IMAGE_WORDS_MAX || header.cookies > header.words)
		return -EBADMSG;
	if (header.far)
		all = open_number(ward->blocks, number);
	if (header.far && all < 0)
		return all;
	count = (header.words - header.cookies) / 2;
	words = calloc(2 * count + 1, sizeof(*words));
	cookies = calloc(count + 1, sizeof(*cookies));
	if (!words || !cookies)
		return -ENOMEM;
	error = read_words(header.far ? all : first, header.cookies,
	                   header.cookies + 2 * (uint32_t)count, words);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		cookies[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
	*ret_cookies = TAKE_PTR(cookies);
	*ret_count = count;
	return 0;
}
