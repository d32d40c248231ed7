/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From an attachment to the image that decides: storage, slot, block 0 of the image. And match.h's
 * way to a block inside a BPF program.
 *
 * The hard idea: whatever is missing on the way means deny. A zero storage (an attachment that was
 * never finished), slot 0, image 0, a missing map, a wrong magic or version: no image, and the
 * caller refuses the call.
 *
 * What most calls need is inline, without a call: on processors that mend their returns one costs
 * as much as a search. The rest is global functions, which the verifier checks once for each
 * program and not once for each place. (They are weak because each object file has them.)
 */
#pragma once

#include "maps.h"

/* Block 0 holds the header and, in a small policy, everything. The number is valid as long as the
 * program runs: user space waits before it gives it to another image. */
struct image_view {
	__u32 number;
	const __u32 *first; /* for near tables and the header */
	void *blocks;       /* for diagram_step, which is not for images without it; inner map */
};

typedef const struct image_view *image_handle;

static __always_inline const __u32 *first_block(__u32 number)
{
	void *block = bpf_map_lookup_elem(&images, &number);
	__u32 zero = 0;

	return block ? bpf_map_lookup_elem(block, &zero) : NULL;
}

static __always_inline const __u32 *near_block(image_handle image)
{
	return image->first;
}

static __always_inline const __u32 *image_block(image_handle image, __u32 number)
{
	return bpf_map_lookup_elem(image->blocks, &number);
}

static __always_inline __u32 far_step(image_handle image, __u32 ref, __u32 key);

#include "match.h"

__weak __noinline __u32 step_in_image(__u32 number, __u32 ref, __u32 key)
{
	struct image_view view = { .blocks = bpf_map_lookup_elem(&blocks, &number) };

	return view.blocks ? diagram_step(&view, ref, key) : REF_INVALID;
}

static __always_inline __u32 far_step(image_handle image, __u32 ref, __u32 key)
{
	return step_in_image(image->number, ref, key);
}

static __always_inline const struct image_header *view_header(const struct image_view *view)
{
	return (const struct image_header *)view->first;
}

/* 0, or -1 if there is no image in order. The slot's word is read once: user space may change it at
 * any time, and one call must be decided by one image. */
static __always_inline int view_open(const struct attachment *attachment, struct image_view *view)
{
	__u32 slot_number = attachment->slot;
	const struct slot *slot = bpf_map_lookup_elem(&slots, &slot_number);

	if (!slot)
		return -1;
	view->number = *(const volatile __u32 *)&slot->image;
	view->first = first_block(view->number);
	if (!view->first)
		return -1;
	if (view_header(view)->magic != IMAGE_MAGIC ||
	    view_header(view)->abi_version != ABI_VERSION)
		return -1;
	return 0;
}

/* One word of an image at any offset, or 0. */
__weak __noinline __u32 word_of_image(__u32 number, __u32 offset)
{
	__u32 key = offset >> IMAGE_BLOCK_SHIFT;
	const __u32 *block = NULL;
	void *all;

	if (!key) {
		block = first_block(number);
	} else {
		all = bpf_map_lookup_elem(&blocks, &number);
		block = all ? bpf_map_lookup_elem(all, &key) : NULL;
	}

	return block ? block[offset & (IMAGE_BLOCK_WORDS - 1)] : 0;
}
