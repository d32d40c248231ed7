// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The decision alone, out of the way of any system call: match.h's walk through an image as the
 * enforcing programs do it, the kernel's LPM trie over the same rules, and a loop that only fetches
 * the keys, to be subtracted from both.
 *
 * Which key is next depends on the last verdict, so that the CPU cannot begin one look-up before
 * the other has ended. The sum of verdicts tells whether both decide alike.
 */
#include <bpf/bpf_endian.h>

#include "lookup.h"

#define KEYS_ASKED 65536

struct trie4_key {
	__u32 length;
	__u32 address; /* network order, as all keys of tries */
};

struct trie6_key {
	__u32 length;
	__u32 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, struct trie4_key);
	__type(value, __u32);
} trie4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, struct trie6_key);
	__type(value, __u32);
} trie6 SEC(".maps");

__u32 keys_asked[KEYS_ASKED][4];   /* words as in struct address */
__u32 slot, count, mask, fallback; /* in; mask is one less than the number of keys, a power of 2 */
__u64 verdicts;                    /* out: their sum */

/* Here and not on the stack: the verifier, which goes through a loop until nothing new comes of it,
 * need not know any number in it. */
__u32 next;

/* The compiler must not know that a verdict has two bits. */
static __always_inline void go_on(__u32 verdict)
{
	verdicts += verdict;
	__asm__ volatile("" : "+r"(verdict));
	next += 1 + (verdict >> 2);
}

static __always_inline const __u32 *key_asked(void)
{
	return keys_asked[next & mask & (KEYS_ASKED - 1)];
}

static __always_inline long walk(const struct image_view *view, enum root root, __u32 first)
{
	const __u32 *asked = key_asked();
	__u32 keys[KEYS_MAX] = { asked[0], asked[1], asked[2], asked[3],
		                 PORT_KEY(PROTOCOL_UDP, 53) };
	__u32 outcome = diagram_walk(view, view_header(view)->roots[root], keys, first);

	go_on(outcome_verdict(outcome, 0));
	return 0;
}

static long walk4(__u32 number, const struct image_view *view)
{
	(void)number;
	return walk(view, ROOT_CONNECT4, 3);
}

static long walk6(__u32 number, const struct image_view *view)
{
	(void)number;
	return walk(view, ROOT_CONNECT6, 0);
}

static long search4(__u32 number, const struct image_view *view)
{
	const __u32 *asked = key_asked();
	struct trie4_key key = { 32, bpf_htonl(asked[3]) };
	const __u32 *found = bpf_map_lookup_elem(&trie4, &key);

	(void)number;
	(void)view;
	go_on(found ? *found : fallback);
	return 0;
}

static long search6(__u32 number, const struct image_view *view)
{
	const __u32 *asked = key_asked();
	struct trie6_key key = { 128,
		                 { bpf_htonl(asked[0]), bpf_htonl(asked[1]), bpf_htonl(asked[2]),
		                   bpf_htonl(asked[3]) } };
	const __u32 *found = bpf_map_lookup_elem(&trie6, &key);

	(void)number;
	(void)view;
	go_on(found ? *found : fallback);
	return 0;
}

static long fetch(__u32 number, const struct image_view *view)
{
	const __u32 *asked = key_asked();

	(void)number;
	(void)view;
	go_on((asked[0] ^ asked[1] ^ asked[2] ^ asked[3]) & 3);
	return 0;
}

/* -1 if there is no image in order. */
static __always_inline int run(long (*once)(__u32 number, const struct image_view *view))
{
	const struct attachment attachment = { .slot = slot };
	struct image_view view;

	verdicts = 0;
	if (view_open(&attachment, &view))
		return -1;
	bpf_loop(count, once, &view, 0);
	return 0;
}

SEC("raw_tp") int image_ipv4(void *ctx)
{
	(void)ctx;
	return run(walk4);
}

SEC("raw_tp") int image_ipv6(void *ctx)
{
	(void)ctx;
	return run(walk6);
}

SEC("raw_tp") int trie_ipv4(void *ctx)
{
	(void)ctx;
	return run(search4);
}

SEC("raw_tp") int trie_ipv6(void *ctx)
{
	(void)ctx;
	return run(search6);
}

SEC("raw_tp") int keys(void *ctx)
{
	(void)ctx;
	return run(fetch);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
