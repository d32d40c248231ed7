/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ownership that can be proved by reading one function: every owning local carries a cleanup
 * attribute, is initialised where it is declared, and is handed over only by TAKE_PTR or TAKE_FD.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* The value, leaving an empty one behind: what is taken is no longer cleaned up. */
#define TAKE_PTR(pointer)                               \
	__extension__({                                 \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})
#define TAKE_FD(fd)                \
	__extension__({            \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* An owned fd is -1 while there is none. */
static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define CLEANUP_FREE   CLEANUP(cleanup_free)
#define CLEANUP_CLOSE  CLEANUP(cleanup_close)
#define CLEANUP_FCLOSE CLEANUP(cleanup_fclose)

/* For `struct x *` with `void x_free(struct x *)` that accepts NULL. */
#define DEFINE_CLEANUP(type, function)                        \
	static inline void cleanup_##function(type **pointer) \
	{                                                     \
		if (*pointer)                                 \
			function(*pointer);                   \
	}
