/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel layer costs, without starting a process for it:
 *
 *   ward_cost PINS CGROUP POLICY-A POLICY-B ROUNDS COUNT...
 *
 * Each round begins with nothing pinned and times ward_open, which makes the maps. Then it
 * goes through COUNT, ascending: so many cgroups below CGROUP (which must have no children) are
 * policed with POLICY-A, and the kernel's slab memory for each of those that were not before is
 * taken, in bytes; one more is, CPU time taken, with and without the ward_open that a command
 * does before; and all of them are reloaded with POLICY-B's image under POLICY-A's name, wall time
 * taken, with the part of it between the first and the last word written, and back. The round ends
 * by taking everything away. Prints a JSON object a round, microseconds by name.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "../probes/lib/address.h"
#include "base/cleanup.h"
#include "kernel/ward.h"
#include "parse/load.h"

#define COUNTS_MAX 8

struct compiled {
	struct policy *policy;
	struct image *image;
	char *path;
};

struct bench {
	const char *pins;
	struct cgroup parent;
	struct compiled policies[2];
	struct diag diag;
	struct ward *ward;
};

static double clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Ends with what the layer had to say. */
static void must(struct bench *bench, int error, const char *what)
{
	if (!error)
		return;
	for (size_t i = 0; i < bench->diag.findings.count; i++)
		finding_write(stderr, &bench->diag.findings.items[i], false);
	errx(EXIT_PREPARATION, "%s: %s", what, strerror(-error));
}

static void compile(struct bench *bench, const char *path, struct compiled *ret_compiled)
{
	must(bench,
	     policy_load(path, &surroundings_trusted_only, &bench->diag, &ret_compiled->policy),
	     path);
	must(bench, image_compile(ret_compiled->policy, &bench->diag, &ret_compiled->image), path);
	ret_compiled->path = realpath(path, NULL);
	if (!ret_compiled->path)
		err(EXIT_PREPARATION, "%s", path);
}

static void open_ward(struct bench *bench)
{
	must(bench, ward_open(bench->pins, WARD_CHANGE, &bench->diag, &bench->ward), "ward_open");
}

static void close_ward(struct bench *bench)
{
	ward_close(bench->ward);
	bench->ward = NULL;
}

static void make_cgroup(struct bench *bench, uint32_t number, struct cgroup *ret_cgroup)
{
	char name[32];

	snprintf(name, sizeof(name), "c%u", number);
	must(bench, cgroup_make_child(&bench->parent, name, &bench->diag, ret_cgroup), name);
}

static void remove_cgroup(struct bench *bench, uint32_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "c%u", number);
	if (unlinkat(bench->parent.fd, name, AT_REMOVEDIR))
		err(EXIT_PREPARATION, "%s", name);
}

static void apply(struct bench *bench, const struct cgroup *cgroup)
{
	const struct compiled *compiled = &bench->policies[0];
	struct apply_options options = { .meta_path = compiled->path };
	struct apply_result result;

	must(bench,
	     ward_apply(bench->ward, compiled->policy, compiled->image, cgroup, &options,
	                &bench->diag, &result),
	     "ward_apply");
}

/* Links, their pins, storage and counters are all slab objects; the image is not. */
static double slab_bytes(void)
{
	CLEANUP_FCLOSE FILE *file = fopen("/proc/meminfo", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Slab:", 5) == 0)
			return strtod(line + 5, NULL) * 1024;
	}
	errx(EXIT_PREPARATION, "no Slab in /proc/meminfo");
}

/* Cgroups [policed, count): all made first, so that their own memory does not count. */
static void police(struct bench *bench, uint32_t policed, uint32_t count)
{
	struct cgroup *cgroups CLEANUP_FREE = calloc(count + 1, sizeof(*cgroups));
	double begin_bytes;

	if (!cgroups)
		errx(EXIT_PREPARATION, "out of memory");
	for (uint32_t i = policed; i < count; i++)
		make_cgroup(bench, i, &cgroups[i]);
	open_ward(bench);
	begin_bytes = slab_bytes();
	for (uint32_t i = policed; i < count; i++)
		apply(bench, &cgroups[i]);
	printf(",\"memory up to %u\":%.0f", count,
	       (slab_bytes() - begin_bytes) / (count - policed));
	close_ward(bench);
	for (uint32_t i = policed; i < count; i++)
		cgroup_fini(&cgroups[i]);
}

static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		err(EXIT_PREPARATION, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(EXIT_PREPARATION, "setrlimit");
}

static void time_open(struct bench *bench)
{
	double begin_us;
	size_t removed;

	must(bench, ward_remove_all(bench->pins, &bench->diag, &removed), "ward_remove_all");
	begin_us = clock_us(CLOCK_MONOTONIC);
	open_ward(bench);
	printf("{\"open\":%.1f", clock_us(CLOCK_MONOTONIC) - begin_us);
	close_ward(bench);
}

static void time_apply(struct bench *bench, uint32_t count)
{
	struct cgroup cgroup = CGROUP_INIT;
	double before_open_us, begin_us, end_us;

	make_cgroup(bench, count, &cgroup);
	before_open_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
	open_ward(bench);
	begin_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
	apply(bench, &cgroup);
	end_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
	printf(",\"apply beside %u\":%.1f,\"open and apply beside %u\":%.1f", count,
	       end_us - begin_us, count, end_us - before_open_us);
	must(bench, ward_remove(bench->ward, cgroup.id, &bench->diag), "ward_remove");
	close_ward(bench);
	cgroup_fini(&cgroup);
	remove_cgroup(bench, count);
}

static void time_reload(struct bench *bench, uint32_t count)
{
	for (int to = 1; to >= 0; to--) {
		const struct compiled *compiled = &bench->policies[to];
		struct apply_result result;
		double begin_us;

		open_ward(bench);
		begin_us = clock_us(CLOCK_MONOTONIC);
		must(bench,
		     ward_reload(bench->ward, compiled->policy, compiled->image,
		                 bench->policies[0].path, &bench->diag, &result),
		     "ward_reload");
		if (to)
			printf(",\"reload of %u\":%.1f,\"moment of %u\":%.3f", count,
			       clock_us(CLOCK_MONOTONIC) - begin_us, count,
			       (double)result.change_ns / 1e3);
		if (result.cgroups_changed != count)
			errx(EXIT_PREPARATION, "%zu of %u cgroups were reloaded",
			     result.cgroups_changed, count);
		close_ward(bench);
	}
}

static void run_round(struct bench *bench, const uint32_t *counts, int steps)
{
	uint32_t policed = 0;
	size_t removed;

	time_open(bench);
	for (int step = 0; step < steps; step++) {
		police(bench, policed, counts[step]);
		policed = counts[step];
		time_apply(bench, counts[step]);
		time_reload(bench, counts[step]);
	}
	puts("}");
	fflush(stdout);
	must(bench, ward_remove_all(bench->pins, &bench->diag, &removed), "ward_remove_all");
	while (policed > 0)
		remove_cgroup(bench, --policed);
}

int main(int argc, char **argv)
{
	struct bench bench = { .parent = CGROUP_INIT };
	uint32_t counts[COUNTS_MAX], rounds;
	int steps = argc - 6;

	if (steps < 1 || steps > COUNTS_MAX)
		errx(EXIT_USAGE, "usage: ward_cost PINS CGROUP POLICY-A POLICY-B ROUNDS COUNT...");
	bench.pins = argv[1];
	must(&bench, cgroup_open(argv[2], &bench.diag, &bench.parent), argv[2]);
	compile(&bench, argv[3], &bench.policies[0]);
	compile(&bench, argv[4], &bench.policies[1]);
	raise_fd_limit();
	rounds = number(argv[5]);
	for (int step = 0; step < steps; step++)
		counts[step] = number(argv[6 + step]);
	for (uint32_t i = 0; i < rounds; i++)
		run_round(&bench, counts, steps);
	return 0;
}
