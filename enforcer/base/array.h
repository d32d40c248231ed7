/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growable arrays: any struct with members `type *items; size_t count, capacity;` is one. Growth
 * doubles; sizes are checked for overflow; nothing is lost when memory runs out.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ARRAY(type)                     \
	struct {                        \
		type *items;            \
		size_t count, capacity; \
	}

/* Makes room for one more item. 0 or -ENOMEM, and then the array is as before. */
static inline int array_reserve(void **items, size_t *capacity, size_t count, size_t item_size)
{
	size_t wanted = *capacity ? *capacity * 2 : 8;
	void *grown;

	if (count < *capacity)
		return 0;
	if (wanted > SIZE_MAX / 2 / item_size)
		return -ENOMEM;
	grown = realloc(*items, wanted * item_size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = wanted;
	return 0;
}

/* Appends a copy of `value`. Evaluates to 0 or -ENOMEM. */
#define array_append(array, value)                                                      \
	__extension__({                                                                 \
		void *items_ = (array)->items;                                          \
		int error_ = array_reserve(&items_, &(array)->capacity, (array)->count, \
		                           sizeof(*(array)->items));                    \
		(array)->items = items_;                                                \
		if (!error_)                                                            \
			(array)->items[(array)->count++] = (value);                     \
		error_;                                                                 \
	})

#define array_foreach(item, array)                                 \
	for (__typeof__((array)->items + 0) item = (array)->items; \
	     item && item < (array)->items + (array)->count; item++)
