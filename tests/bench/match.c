/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a decision costs, by itself: match.bpf.c's programs, run by BPF_PROG_TEST_RUN.
 *
 *   match TREE POLICY CPU ROUNDS ADDRESSES
 *
 * POLICY is in force, and pinned in TREE: the image is the one that cgward compiled and placed. The
 * LPM trie is filled from the same policy, whose [connect] rules name no ports. ADDRESSES is a
 * file, an ADDRESS:PORT a line, all of one family, 65,536 of them. Each round times the walk
 * through the image, the trie and the fetching of keys, over 64 addresses ("hot") and over all of
 * them
 * ("cold"). Prints a JSON object a round, nanoseconds a decision net of the fetching, by name.
 * Ends with an error where image and trie do not decide alike.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "compile/image.h"
#include "match.skel.h"
#include "parse/load.h"

#include "../probes/lib/address.h"
#include "place.h"

#define HOT  64U
#define COLD 65536U

struct bench {
	struct match_bpf *programs;
	bool is_ipv6;
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void read_addresses(struct bench *bench, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[64];

	if (!file)
		err(EXIT_PREPARATION, "%s", path);
	for (uint32_t i = 0; i < COLD; i++) {
		uint32_t *words = bench->programs->bss->keys_asked[i];
		union endpoint address;

		if (!fgets(line, sizeof(line), file))
			errx(EXIT_PREPARATION, "%s has less than %u addresses", path, COLD);
		line[strcspn(line, "\n")] = '\0';
		address = endpoint_parse(line);
		bench->is_ipv6 = address.any.sa_family == AF_INET6;
		if (!bench->is_ipv6)
			words[3] = ntohl(address.v4.sin_addr.s_addr);
		for (int word = 0; bench->is_ipv6 && word < 4; word++)
			words[word] = ntohl(address.v6.sin6_addr.s6_addr32[word]);
	}
	fclose(file);
}

static void insert(struct bench *bench, const struct prefix *prefix, uint32_t verdict)
{
	struct bpf_map *trie =
	        prefix->address.is_ipv6 ? bench->programs->maps.trie6 : bench->programs->maps.trie4;
	uint32_t key[5] = { prefix->length };
	uint32_t words = prefix->address.is_ipv6 ? 4 : 1;

	for (uint32_t word = 0; word < words; word++)
		key[1 + word] = htonl(prefix->address.words[4 - words + word]);
	if (bpf_map__update_elem(trie, key, (1 + words) * sizeof(key[0]), &verdict, sizeof(verdict),
	                         BPF_NOEXIST))
		err(EXIT_PREPARATION, "a prefix, in the trie");
}

static void fill_trie(struct bench *bench, const char *path)
{
	struct diag diag CLEANUP(diag_fini) = DIAG_INIT;
	struct policy *policy = NULL;
	int error = policy_load(path, &surroundings_trusted_only, &diag, &policy);

	if (error)
		errx(EXIT_PREPARATION, "%s: %s", path, strerror(-error));
	for (size_t i = 0; i < policy->rules.count; i++) {
		const struct rule *rule = &policy->rules.items[i];
		const struct prefix_set *set;

		if (rule->section != SECTION_CONNECT)
			continue;
		set = &policy->sets.items[rule->address.set];
		for (size_t j = 0; j < set->prefixes.count; j++)
			insert(bench, &set->prefixes.items[j], rule->verb);
	}
	bench->programs->bss->fallback = policy->sections[SECTION_CONNECT].fallback;
	policy_free(policy);
}

/* The slots, images and blocks of TREE instead of maps of its own. */
static void load(struct bench *bench, const char *tree)
{
	struct bpf_map *maps[] = { NULL, NULL, NULL };
	char path[512];

	bench->programs = match_bpf__open();
	if (!bench->programs)
		err(EXIT_PREPARATION, "match.bpf.o");
	maps[0] = bench->programs->maps.slots;
	maps[1] = bench->programs->maps.images;
	maps[2] = bench->programs->maps.blocks;
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", tree, bpf_map__name(maps[i]));
		if (bpf_map__reuse_fd(maps[i], made(bpf_obj_get(path), path)))
			err(EXIT_PREPARATION, "%s", path);
	}
	if (match_bpf__load(bench->programs))
		err(EXIT_PREPARATION, "the kernel does not load match.bpf.o");
}

static uint32_t slot_in_use(const struct bench *bench)
{
	for (uint32_t number = 1; number < SLOTS_MAX; number++) {
		struct slot slot;

		if (bpf_map__lookup_elem(bench->programs->maps.slots, &number, sizeof(number),
		                         &slot, sizeof(slot), 0) == 0 &&
		    slot.image)
			return number;
	}
	errx(EXIT_PREPARATION, "no policy is in force");
}

/* Nanoseconds a key; *ret_verdicts is their sum. */
static double time_program(const struct bench *bench, const struct bpf_program *program,
                           uint32_t keys, uint64_t *ret_verdicts)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	double begin_ns;

	bench->programs->bss->mask = keys - 1;
	bench->programs->bss->count = COLD;
	begin_ns = now_ns();
	if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) || options.retval)
		err(EXIT_PREPARATION, "%s ended with %u", bpf_program__name(program),
		    options.retval);
	*ret_verdicts = bench->programs->bss->verdicts;
	return (now_ns() - begin_ns) / COLD;
}

static void run_half_round(const struct bench *bench, uint32_t keys, const char *name)
{
	const struct bpf_program *image = bench->is_ipv6 ? bench->programs->progs.image_ipv6
	                                                 : bench->programs->progs.image_ipv4;
	const struct bpf_program *trie = bench->is_ipv6 ? bench->programs->progs.trie_ipv6
	                                                : bench->programs->progs.trie_ipv4;
	uint64_t by_image, by_trie, unused;
	double keys_ns, image_ns, trie_ns;

	keys_ns = time_program(bench, bench->programs->progs.keys, keys, &unused);
	image_ns = time_program(bench, image, keys, &by_image);
	trie_ns = time_program(bench, trie, keys, &by_trie);
	if (by_image != by_trie)
		errx(EXIT_PREPARATION, "verdicts differ: %" PRIu64 " by image, %" PRIu64 " by trie",
		     by_image, by_trie);
	printf("\"image %s\":%.2f,\"trie %s\":%.2f,\"keys %s\":%.2f", name, image_ns - keys_ns,
	       name, trie_ns - keys_ns, name, keys_ns);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	uint32_t rounds;

	if (argc != 6)
		errx(EXIT_USAGE, "usage: match TREE POLICY CPU ROUNDS ADDRESSES");
	pin(number(argv[3]));
	rounds = number(argv[4]);
	load(&bench, argv[1]);
	fill_trie(&bench, argv[2]);
	read_addresses(&bench, argv[5]);
	bench.programs->bss->slot = slot_in_use(&bench);
	for (uint32_t i = 0; i < rounds; i++) {
		putchar('{');
		run_half_round(&bench, HOT, "hot");
		putchar(',');
		run_half_round(&bench, COLD, "cold");
		puts("}");
	}
	match_bpf__destroy(bench.programs);
	return 0;
}
