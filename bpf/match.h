/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision: how a question becomes keys, and how keys walk an image to an outcome. These lines
 * are compiled into the BPF programs and into user space, so that `cgward test` gives the kernel's
 * own answer and the unit tests test the enforced code.
 *
 * The hard idea: every step costs the same to the verifier whatever the policy is. Trip counts are
 * constants, the search compares and selects instead of branching, every index is masked; no
 * branch depends on a rule. Keys are made without branches too: the verifier would walk the image
 * once for each way in which a key can come about.
 *
 * Whoever includes this has defined how a block of an image is reached:
 *
 *   typedef ... image_handle;
 *   static const __u32 *near_block(image_handle image);
 *   static const __u32 *image_block(image_handle image, __u32 number);
 *   static __u32 far_step(image_handle image, __u32 ref, __u32 key);
 *
 * Blocks have IMAGE_BLOCK_WORDS words. near_block is the first and never NULL; image_block may be.
 * far_step is diagram_step, perhaps by a call. What is done with an
 * outcome (modes, records, counters) is not decided here.
 */
#pragma once

#include "abi.h"
#include "select.h"

#define PORT_KEY(protocol_class, port) (((__u32)(protocol_class) << 16) | (__u32)(__u16)(port))
#define PORT_KEY_LAST                  PORT_KEY(PROTOCOL_CLASSES - 1, 0xffff)

static __always_inline __u32 ref_kind(__u32 ref)
{
	return ref >> REF_KIND_SHIFT;
}

static __always_inline __u32 index_step(image_handle image, __u32 ref, __u32 key)
{
	__u32 offset = (ref & ((1U << INDEX_OFFSET_BITS) - 1)) * INDEX_ALIGN;
	__u32 bits = ((ref >> INDEX_OFFSET_BITS) & 15) + 1;
	__u32 shift = (ref >> (INDEX_OFFSET_BITS + 4)) & 31;
	__u32 word = offset + ((key >> shift) & ((1U << bits) - 1));
	const __u32 *block = image_block(image, word >> IMAGE_BLOCK_SHIFT);

	if (!block)
		return REF_INVALID;
	return block[word & (IMAGE_BLOCK_WORDS - 1)];
}

/*
 * The ref of the last pair not above `key`, of the sorted table at `ref` in `block`, by halving the
 * span [low, low + count) until one pair is left; `steps` are enough for the largest table. Each
 * step waits for the load of the step before, so what lies between two loads is kept short: the
 * comparison is one subtraction whose sign, spread over the word, is the mask. `low` counts words
 * from the start of the block. The first pair is at an even offset and a block has an even number
 * of words, so masking the offset of a pair keeps both its words inside the block whatever the
 * image says.
 */
static __always_inline __u32 search_table(const __u32 *block, __u32 ref, __u32 key, __u32 steps)
{
	__u64 low = (ref & (IMAGE_BLOCK_WORDS / SORTED_ALIGN - 1)) * SORTED_ALIGN;
	__u64 count = (ref >> SORTED_OFFSET_BITS) & SORTED_COUNT_MAX;

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (__u32 step = 0; step < steps && count > 1; step++) {
		__u64 half = count >> 1;
		__u64 pair = (low + 2 * half) & (IMAGE_BLOCK_WORDS - 2);
		__s64 below = block[pair];

		/* What the compiler does not know it cannot make a branch of. */
		__asm__("" : "+r"(below));
		below = (below - (__s64)key - 1) >> 63;
		low += (2 * half) & (__u64)below;
		count -= half;
	}
	return block[(low & (IMAGE_BLOCK_WORDS - 2)) + 1];
}

#define SORTED_STEPS 11 /* halvings that bring SORTED_COUNT_MAX pairs down to one */
_Static_assert(SORTED_COUNT_MAX <= 1U << SORTED_STEPS, "the largest table is searched to its end");

/* One key: through at most INDEX_LEVELS_MAX indices and one table to the ref for the next key. */
static __always_inline __u32 diagram_step(image_handle image, __u32 ref, __u32 key)
{
	const __u32 *block;

#ifdef __clang__
#pragma clang loop unroll(full)
#endif
	for (__u32 level = 0; level < INDEX_LEVELS_MAX; level++) {
		if (ref_kind(ref) == REF_INDEX)
			ref = index_step(image, ref, key);
	}
	if (ref_kind(ref) != REF_SORTED)
		return ref;
	block = image_block(image, (ref & ((1U << SORTED_OFFSET_BITS) - 1)) /
	                                   (IMAGE_BLOCK_WORDS / SORTED_ALIGN));
	return block ? search_table(block, ref, key, SORTED_STEPS) : REF_INVALID;
}

/* A sorted table of fewer than 128 pairs in block 0, as all of a small policy's are. */
#define NEAR_COUNT_MAX 127U
#define NEAR_STEPS     7
_Static_assert(NEAR_COUNT_MAX <= 1U << NEAR_STEPS, "a near table is searched to its end");
#define NEAR_MASK (~(NEAR_COUNT_MAX << SORTED_OFFSET_BITS | (IMAGE_BLOCK_WORDS / SORTED_ALIGN - 1)))

/* 0 or 1 */
static __always_inline int is_near(__u32 ref)
{
	return (ref & NEAR_MASK) == REF_SORTED << REF_KIND_SHIFT;
}

/* The same as diagram_step. */
static __always_inline __u32 near_or_far_step(image_handle image, __u32 ref, __u32 key)
{
	if (is_near(ref))
		return search_table(near_block(image), ref, key, NEAR_STEPS);
	return ref_kind(ref) == REF_OUTCOME ? ref : far_step(image, ref, key);
}

/*
 * Walks from `ref` with keys[first] to keys[KEYS_MAX - 1]; questions with fewer keys leave the
 * front of the array unused. An outcome ends the walk early. What it returns is an outcome if the
 * image is in order: outcome_allows() makes sure, and so does as_outcome().
 */
static __always_inline __u32 diagram_walk(image_handle image, __u32 ref, const __u32 keys[KEYS_MAX],
                                          __u32 first)
{
#ifdef __clang__
#pragma clang loop unroll(full)
#endif
	for (__u32 i = 0; i < KEYS_MAX; i++) {
		if (i >= first)
			ref = near_or_far_step(image, ref, keys[i]);
	}
	return ref;
}

/* The same for a device. The outcomes of a few are at hand: that saves them two searches. */
static __always_inline __u32 device_walk(image_handle image, const struct image_header *header,
                                         __u32 root, __u32 major, __u32 minor)
{
	const __u32 keys[KEYS_MAX] = { 0, 0, 0, major, minor };

	if (root == ROOT_DEVICE_CHAR && major < USUAL_MAJORS && minor < USUAL_MINORS) {
		__u32 place = major * USUAL_MINORS + minor;

		/* The verifier of 6.1 forgets the comparisons; this one must not be dropped. */
		__asm__("" : "+r"(place));
		place &= USUAL_MAJORS * USUAL_MINORS - 1;
		return header->usual_devices[place / USUAL_MINORS][place % USUAL_MINORS];
	}
	return diagram_walk(image, header->roots[root], keys, KEYS_MAX - 2);
}

/* The outcome that a walk ended at, or REF_INVALID, which every caller must treat as a denial. */
static __always_inline __u32 as_outcome(__u32 ref)
{
	return ref & mask_of(equal(ref_kind(ref), REF_OUTCOME));
}

_Static_assert(REF_INVALID == 0, "what is masked away is invalid");

static __always_inline __u32 outcome_verdict(__u32 outcome, __u32 operation)
{
	return (outcome >> (OUTCOME_VERDICT_SHIFT + 2 * operation)) & 3;
}

/* Whether all of `operations` are allowed, and so the call goes on without a record. No operations
 * at all, that is a question that was not understood, are never. */
static __always_inline int outcome_allows(__u32 outcome, __u32 operations)
{
	__u32 fields = 0, allowed;

	if (__builtin_constant_p(operations) && operations == 1) {
		fields = 3;
	} else {
#ifdef __clang__
#pragma clang loop unroll(full)
#endif
		for (__u32 i = 0; i < OPERATIONS_MAX; i++)
			fields |= ((operations >> i) & 1) * (3U << (2 * i));
	}
	allowed = (REF_OUTCOME << REF_KIND_SHIFT) | (fields & 0x155) << OUTCOME_VERDICT_SHIFT;
	return operations &&
	       (outcome & (3U << REF_KIND_SHIFT | fields << OUTCOME_VERDICT_SHIFT)) == allowed;
}

_Static_assert(VERDICT_ALLOW == 1 && OPERATIONS_MAX <= 5, "0x155 is allow for each operation");

static __always_inline __u32 outcome_row(__u32 outcome)
{
	return outcome & OUTCOME_ROW_MASK;
}

/* The strictest operation among the asked ones decides; of equals, the lowest. Returns the
 * operation's index. `operations` must not be zero. */
static __always_inline __u32 strictest_operation(__u32 outcome, __u32 operations)
{
	__u32 strictest = 0, found = 0;

	if (__builtin_constant_p(operations) && operations == 1)
		return 0;
#ifdef __clang__
#pragma clang loop unroll(full)
#endif
	for (__u32 i = 0; i < OPERATIONS_MAX; i++) {
		__u32 verdict = outcome_verdict(outcome, i) & mask_of((operations >> i) & 1);
		__u32 stricter = at_most(found + 1, verdict);

		found = choose(stricter, verdict, found);
		strictest = choose(stricter, i, strictest);
	}
	return strictest;
}

/* ---- strings ---------------------------------------------------------------------------- */

/* Where a walk through an automaton is. Most steps stay in a block, so it is kept. */
struct automaton_walk {
	const __u32 *block;
	__u32 number; /* of the block */
	__u32 state;
};

/* Zero bits of a state below its block's number. */
#define AUTOMATON_BLOCK_SHIFT (IMAGE_BLOCK_SHIFT + AUTOMATON_WORD_SHIFT)

/* 0, or -1: there is no such state, and the caller refuses the call. `start` is not 0: a section
 * that is absent is no automaton. */
static __always_inline int automaton_begin(image_handle image, __u32 start,
                                           struct automaton_walk *walk)
{
	walk->state = start;
	walk->number = start >> AUTOMATON_BLOCK_SHIFT;
	walk->block = image_block(image, walk->number);
	return walk->block ? 0 : -1;
}

/* Gets hold of the block that the walk's state is in: 0, or -1 if there is none. */
static __always_inline int automaton_hold(image_handle image, struct automaton_walk *walk)
{
	__u32 number = walk->state >> AUTOMATON_BLOCK_SHIFT;

	if (number != walk->number) {
		const __u32 *block = image_block(image, number);

		if (!block)
			return -1;
		walk->block = block;
		walk->number = number;
	}
	return 0;
}

/* The row of the walk's state, whose block is held. One mask and one addition to the compiler. */
static __always_inline const __u32 *automaton_row(const struct automaton_walk *walk)
{
	__u64 offset = walk->state & (AUTOMATON_ROW_MASK << AUTOMATON_WORD_SHIFT);

	return walk->block + (offset >> AUTOMATON_WORD_SHIFT);
}

/*
 * Reads one byte: 0, or -1 if the image is not in order, and then the caller refuses the call. The
 * two branches depend on data, but both ways come together in the same state of the verifier, so a
 * step costs it no more than its instructions; and a processor guesses them right, most of the
 * time, which is quicker than to wait for the compared word.
 */
static __always_inline int automaton_step(image_handle image, struct automaton_walk *walk,
                                          __u8 byte)
{
	const __u32 *row;
	__u32 word;

	if (automaton_hold(image, walk))
		return -1;
	row = automaton_row(walk);
	word = row[byte] ^ (__u32)byte << AUTOMATON_BYTE_SHIFT;
	if (word >> AUTOMATON_BYTE_SHIFT)
		word = row[0];
	walk->state = word;
	return 0;
}

/* True if no further byte changes the outcome. */
static __always_inline __u32 automaton_settled(const struct automaton_walk *walk)
{
	return walk->state & AUTOMATON_SETTLED;
}

/* The outcome of a string that ends here, or REF_INVALID, which every caller must treat as a
 * denial. */
static __always_inline __u32 automaton_outcome(image_handle image, struct automaton_walk *walk)
{
	const __u32 *block;
	__u32 word, outcome;

	if (automaton_hold(image, walk))
		return REF_INVALID;
	word = automaton_row(walk)[AUTOMATON_OUTCOME_AT];
	if (!word || word >> AUTOMATON_BYTE_SHIFT) {
		walk->state = automaton_row(walk)[0];
		if (automaton_hold(image, walk))
			return REF_INVALID;
		word = automaton_row(walk)[AUTOMATON_OUTCOME_AT];
	}
	word >>= AUTOMATON_WORD_SHIFT;
	block = image_block(image, word >> IMAGE_BLOCK_SHIFT);
	if (!block)
		return REF_INVALID;
	outcome = block[word & (IMAGE_BLOCK_WORDS - 1)];
	return ref_kind(outcome) == REF_OUTCOME ? outcome : REF_INVALID;
}

/* ---- from what a program asked to what is looked up ------------------------------------- */

/* An address, four words in host order, most significant first. IPv4 stands in the last. */
struct address {
	__u32 words[4];
	__u32 is_ipv6; /* 0 or 1 */
};

static __always_inline __u32 is_ipv4_mapped(const struct address *address)
{
	return address->is_ipv6 &
	       equal(address->words[0] | address->words[1] | (address->words[2] ^ 0xffff), 0);
}

/* ::ffff:a.b.c.d is a.b.c.d, always. */
static __always_inline void unmap_ipv4(struct address *address)
{
	__u32 mapped = is_ipv4_mapped(address);

	address->is_ipv6 &= ~mapped;
	address->words[2] = choose(mapped, 0, address->words[2]);
}

#define LOOPBACK_IPV4 0x7f000001U

/*
 * A connect or send to the any-address goes to loopback (net/ipv6/tcp_ipv6.c). From a socket bound
 * to a mapped address, :: means 127.0.0.1, not ::1 (tcp_v6_connect, __ip6_datagram_connect);
 * `source_mapped` (0 or 1) says that. But 0.0.0.0 from a socket that has an IPv4 address goes to
 * that address, and from one bound to a device to an address of the device (daddr = saddr in
 * ip_route_output_key_hash_rcu). `has_source` (0 or 1) says that; `source` is the address in host
 * order, or 0 if it is not known: then only what covers 0.0.0.0 itself matches. Returns 1 if the
 * address was replaced by `source`.
 */
static __always_inline __u32 redirect_any(struct address *address, __u32 source_mapped,
                                          __u32 has_source, __u32 source)
{
	__u32 any = equal(
	        address->words[0] | address->words[1] | address->words[2] | address->words[3], 0);
	__u32 to_source = any & has_source & ~address->is_ipv6;
	__u32 target;

	address->is_ipv6 &= ~(any & source_mapped);
	target = choose(address->is_ipv6, 1, choose(to_source, source, LOOPBACK_IPV4));
	address->words[3] = choose(any, target, address->words[3]);
	return to_source;
}

/* Numbers, not IPPROTO_*: this header includes nothing of libc or of the kernel's network. */
static __always_inline __u32 protocol_class(__u32 protocol)
{
	__u32 tcp = equal(protocol, 6), udp = equal(protocol, 17);

	return choose(tcp, PROTOCOL_TCP, choose(udp, PROTOCOL_UDP, PROTOCOL_OTHER));
}

/* Fills keys for a [connect] or [bind] question and returns where they start. `address` has been
 * through unmap_ipv4 and, for [connect], redirect_any. */
static __always_inline __u32 address_keys(const struct address *address, __u32 class, __u16 port,
                                          __u32 keys[KEYS_MAX])
{
	keys[0] = address->words[0];
	keys[1] = address->words[1];
	keys[2] = address->words[2];
	keys[3] = address->words[3];
	keys[4] = PORT_KEY(class, port);
	return address->is_ipv6 ? 0 : 3;
}
