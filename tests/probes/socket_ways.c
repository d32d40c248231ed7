/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_ways WAY...: makes sockets in ways that the C library does not, prints what each came to.
 *
 *   socket:FAMILY:TYPE:PROTOCOL   the system call with 64-bit arguments, as numbers
 *   pair:F:T:P                    socketpair(2)
 *   thread:F:T:P                  socket(2), in another thread
 *   x32:F:T:P                     by the number of the x32 mode
 *   old:F:T:P                     by the 32-bit mode's own number
 *   oldcall:F:T:P                 by the 32-bit mode's socketcall(2), arguments in memory
 *   io_uring                      io_uring_setup(2)
 */
#include <err.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/outcome.h"

#define X32_BIT           0x40000000L
#define OLD_SOCKET        359
#define OLD_SOCKETCALL    102
#define SOCKETCALL_SOCKET 1

static unsigned long numbers[3];

static long plain(void)
{
	return syscall(SYS_socket, numbers[0], numbers[1], numbers[2]);
}

static long pair(void)
{
	int fds[2];

	return syscall(SYS_socketpair, numbers[0], numbers[1], numbers[2], fds);
}

static void *in_thread(void *error)
{
	*(int *)error = result(plain());
	return NULL;
}

static long thread(void)
{
	pthread_t other;
	int error = 0;

	if (pthread_create(&other, NULL, in_thread, &error) || pthread_join(other, NULL))
		errx(EXIT_PREPARATION, "no thread");
	errno = -error;
	return error ? -1 : 0;
}

static long x32(void)
{
	return syscall(SYS_socket | X32_BIT, numbers[0], numbers[1], numbers[2]);
}

#ifdef __x86_64__
/* Registers of 32 bits: what is pointed to must stand low. */
static long call_old(unsigned int number, unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int value = number;

	__asm__ volatile("int $0x80" : "+a"(value) : "b"(a), "c"(b), "d"(c) : "memory");
	if ((int)value >= 0)
		return (int)value;
	errno = -(int)value;
	return -1;
}
#else
static long call_old(unsigned int number, unsigned int a, unsigned int b, unsigned int c)
{
	errx(EXIT_PREPARATION, "no 32-bit mode: %u %u %u %u", number, a, b, c);
}
#endif

static long old(void)
{
	return call_old(OLD_SOCKET, (unsigned int)numbers[0], (unsigned int)numbers[1],
	                (unsigned int)numbers[2]);
}

static long old_call(void)
{
	unsigned int *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	for (int i = 0; i < 3; i++)
		low[i] = (unsigned int)numbers[i];
	return call_old(OLD_SOCKETCALL, SOCKETCALL_SOCKET, (unsigned int)(uintptr_t)low, 0);
}

static long ring(void)
{
	struct io_uring_params parameters = { 0 };

	return syscall(SYS_io_uring_setup, 1, &parameters);
}

static const struct way {
	const char *name;
	long (*call)(void);
} ways[] = {
	{ "socket", plain }, { "pair", pair },        { "thread", thread }, { "x32", x32 },
	{ "old", old },      { "oldcall", old_call }, { "io_uring", ring },
};

static int try_way(const char *text)
{
	size_t length = strcspn(text, ":");

	numbers[0] = numbers[1] = numbers[2] = 0;
	sscanf(text + length, ":%li:%li:%li", (long *)&numbers[0], (long *)&numbers[1],
	       (long *)&numbers[2]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strlen(ways[i].name) == length && !strncmp(ways[i].name, text, length))
			return result(ways[i].call());
	}
	errx(EXIT_USAGE, "no such way: %s", text);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%s %s\n", argv[i], outcome_name(-try_way(argv[i])));
	return 0;
}
