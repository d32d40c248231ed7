/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One attempt is a function that returns 0 or a negative errno. The tally repeats it, in as many
 * processes as asked, and prints what came out: the name alone for a single attempt, else one
 * line "NAME COUNT" for each outcome.
 */
#pragma once

#include <err.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outcome.h"

#define OUTCOMES 4096 /* every errno of the kernel */

/* Returns the exit status: 0 if every attempt was ok. */
static inline int tally(int (*attempt)(void *context), void *context, uint32_t forks,
                        uint32_t count)
{
	_Atomic uint32_t *outcomes =
	        mmap(NULL, OUTCOMES * sizeof(*outcomes), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;

	if (outcomes == MAP_FAILED)
		err(3, "mmap");
	for (uint32_t process = 0; process < forks; process++) {
		pid_t child = forks > 1 ? fork() : 0;

		if (child < 0)
			err(3, "fork");
		if (child > 0)
			continue;
		for (uint32_t i = 0; i < count; i++)
			outcomes[-attempt(context) & (OUTCOMES - 1)]++;
		if (forks > 1)
			_exit(0);
	}
	while (forks > 1 && wait(NULL) > 0)
		;
	for (int error = 0; error < OUTCOMES; error++) {
		if (!outcomes[error])
			continue;
		if (error)
			status = 1;
		if (forks * count == 1)
			printf("%s\n", outcome_name(error));
		else
			printf("%s %u\n", outcome_name(error), outcomes[error]);
	}
	return status;
}
