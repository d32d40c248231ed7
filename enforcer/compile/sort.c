/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Radix sort by bytes, least significant first. Bytes that are the same in all keys are not
 * sorted by: prefixes of one length and lists in order cost a pass or none.
 */
#include "compile/sort.h"

#include <stdbool.h>
#include <string.h>

#define INSERTION_MAX 48
#define DIGITS        8

static void insertion_sort(struct sort_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct sort_entry moving = entries[i];
		size_t j = i;

		for (; j > 0 && entries[j - 1].key > moving.key; j--)
			entries[j] = entries[j - 1];
		entries[j] = moving;
	}
}

static bool is_sorted(const struct sort_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (entries[i - 1].key > entries[i].key)
			return false;
	}
	return true;
}

static unsigned digit_of(uint64_t key, unsigned digit)
{
	return (unsigned)(key >> (8 * digit)) & 0xff;
}

static void radix_pass(const struct sort_entry *from, struct sort_entry *to, size_t count,
                       unsigned digit, const uint32_t histogram[256])
{
	size_t next[256], sum = 0;

	for (unsigned i = 0; i < 256; i++) {
		next[i] = sum;
		sum += histogram[i];
	}
	for (size_t i = 0; i < count; i++)
		to[next[digit_of(from[i].key, digit)]++] = from[i];
}

static void radix_sort(struct sort_entry *entries, struct sort_entry *scratch, size_t count)
{
	uint32_t histograms[DIGITS][256] = { 0 };
	struct sort_entry *from = entries, *to = scratch;

	for (size_t i = 0; i < count; i++) {
		for (unsigned digit = 0; digit < DIGITS; digit++)
			histograms[digit][digit_of(entries[i].key, digit)]++;
	}
	for (unsigned digit = 0; digit < DIGITS; digit++) {
		struct sort_entry *swap = from;

		if (histograms[digit][digit_of(from[0].key, digit)] == count)
			continue;
		radix_pass(from, to, count, digit, histograms[digit]);
		from = to;
		to = swap;
	}
	if (from != entries)
		memcpy(entries, from, count * sizeof(*entries));
}

void sort_entries(struct sort_entry *entries, struct sort_entry *scratch, size_t count)
{
	if (count <= INSERTION_MAX)
		insertion_sort(entries, count);
	else if (!is_sorted(entries, count))
		radix_sort(entries, scratch, count);
}
