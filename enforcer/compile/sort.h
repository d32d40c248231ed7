/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stable sort of 64-bit keys that does not mind 100,000 of them: insertion for the many short
 * lists the compiler meets, radix for the few long ones.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sort_entry {
	uint64_t key;
	uint32_t value;
};

/* Ascending by key; equal keys keep their order. `scratch` has room for `count` entries. */
void sort_entries(struct sort_entry *entries, struct sort_entry *scratch, size_t count);
