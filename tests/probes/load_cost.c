/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs to load an object of BPF programs, against another one loaded in the same run:
 *
 *   load_cost OBJECT REFERENCE ROUNDS
 *
 * prints the ratio of the two medians and the medians in microseconds of CPU time, which does not
 * count what others do meanwhile. Both are loaded in turn, so that a slower clock hits both. From
 * opening the file to closing the object; nothing is attached or pinned.
 */
#include <bpf/libbpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/address.h"

#define ROUNDS_MAX 99

static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double load_us(const char *path)
{
	double begin_us = now_us();
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	if (!object || bpf_object__load(object))
		err(3, "%s", path);
	bpf_object__close(object);
	return now_us() - begin_us;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_size);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	double object_us[ROUNDS_MAX], reference_us[ROUNDS_MAX];
	int rounds = argc == 4 ? (int)number(argv[3]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		errx(2, "usage: load_cost OBJECT REFERENCE ROUNDS");
	libbpf_set_print(say_nothing);
	for (int i = 0; i < rounds; i++) {
		object_us[i] = load_us(argv[1]);
		reference_us[i] = load_us(argv[2]);
	}
	printf("%.1f %.0f %.0f\n", median(object_us, rounds) / median(reference_us, rounds),
	       median(object_us, rounds), median(reference_us, rounds));
	return 0;
}
