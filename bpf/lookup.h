/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From an attachment to the image that decides: storage, slot, image, block 0. And match.h's way
 * to a block inside a BPF program.
 *
 * The hard idea: whatever is missing on the way means deny. A zero storage (an attachment that was
 * never finished), slot 0, image 0, a missing map, a wrong magic or version: no image, and the
 * caller refuses the call.
 */
#pragma once

#include "maps.h"

/* Block 0 holds the header and, in a small policy, everything: it is looked up once. */
struct image_view {
	void *blocks; /* the inner map */
	const __u32 *first;
};

typedef const struct image_view *image_handle;

static __always_inline const __u32 *image_block(image_handle image, __u32 number)
{
	if (number == 0)
		return image->first;
	return bpf_map_lookup_elem(image->blocks, &number);
}

#include "match.h"

static __always_inline const struct image_header *view_header(const struct image_view *view)
{
	return (const struct image_header *)view->first;
}

/* 0, or -1 if there is no image in order. The slot's word is read once: user space may change it at
 * any time, and one call must be decided by one image. */
static __always_inline int view_open(const struct attachment *attachment, struct image_view *view)
{
	__u32 slot_number = attachment->slot, image_number, zero = 0;
	const struct slot *slot;
	void *blocks;
	const __u32 *first;

	slot = bpf_map_lookup_elem(&slots, &slot_number);
	if (!slot)
		return -1;
	image_number = *(const volatile __u32 *)&slot->image;
	blocks = bpf_map_lookup_elem(&images, &image_number);
	if (!blocks)
		return -1;
	first = bpf_map_lookup_elem(blocks, &zero);
	if (!first)
		return -1;
	view->blocks = blocks;
	view->first = first;
	if (view_header(view)->magic != IMAGE_MAGIC ||
	    view_header(view)->abi_version != ABI_VERSION)
		return -1;
	return 0;
}

/* One word of the image at any offset, or 0. For the slow way: block 0 is looked up like any. */
static __always_inline __u32 view_word(const struct image_view *view, __u32 offset)
{
	__u32 number = offset >> IMAGE_BLOCK_SHIFT;
	const __u32 *block = bpf_map_lookup_elem(view->blocks, &number);

	return block ? block[offset & (IMAGE_BLOCK_WORDS - 1)] : 0;
}
