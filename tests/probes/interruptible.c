/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Says "up" and waits for a signal with every signal at its default: a shell starts what it puts in
 * the background with SIGINT ignored, and then ^C would test nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	signal(SIGINT, SIG_DFL);
	puts("up");
	fflush(stdout);
	for (;;)
		pause();
}
