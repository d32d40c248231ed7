/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it takes to reload a large policy, wall time by part:
 *
 *   upload PINS CGROUP POLICY-A POLICY-B ROUNDS
 *
 * CGROUP is policed with POLICY-A; in each round it is compiled anew from POLICY-B's file and
 * reloaded under POLICY-A's name, and then back. Prints a JSON object a round, in microseconds:
 * reading and checking the text, compiling, and from the compiled image to the end (upload, the
 * word that changes it, grace periods).
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../probes/lib/address.h"
#include "base/cleanup.h"
#include "kernel/ward.h"
#include "parse/load.h"

struct times {
	double parse, compile, upload;
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(struct diag *diag, int error, const char *what)
{
	if (!error)
		return;
	for (size_t i = 0; i < diag->findings.count; i++)
		finding_write(stderr, &diag->findings.items[i], false);
	errx(EXIT_PREPARATION, "%s: %s", what, strerror(-error));
}

/* `cgroup`: put in force there, else reloaded under the name `path`. */
static void put(struct ward *ward, const char *file, const char *path, const struct cgroup *cgroup,
                struct times *ret_times)
{
	struct apply_options options = { .meta_path = path };
	struct diag diag = DIAG_INIT;
	struct apply_result result;
	struct policy *policy;
	struct image *image;
	double begin = now_us(), parsed, compiled;
	int error;

	must(&diag, policy_load(file, &surroundings_trusted_only, &diag, &policy), file);
	parsed = now_us();
	must(&diag, image_compile(policy, &diag, &image), file);
	compiled = now_us();
	error = cgroup ? ward_apply(ward, policy, image, cgroup, &options, &diag, &result)
	               : ward_reload(ward, policy, image, path, &diag, &result);
	must(&diag, error, "cannot put it in force");
	*ret_times = (struct times){ parsed - begin, compiled - parsed, now_us() - compiled };
	image_free(image);
	policy_free(policy);
	diag_fini(&diag);
}

int main(int argc, char **argv)
{
	struct cgroup cgroup = CGROUP_INIT;
	struct diag diag = DIAG_INIT;
	struct ward *ward = NULL;
	struct times times;
	size_t removed;
	char *path;

	if (argc != 6)
		errx(EXIT_USAGE, "usage: upload PINS CGROUP POLICY-A POLICY-B ROUNDS");
	path = realpath(argv[3], NULL);
	if (!path)
		err(EXIT_PREPARATION, "%s", argv[3]);
	must(&diag, cgroup_open(argv[2], &diag, &cgroup), argv[2]);
	must(&diag, ward_open(argv[1], WARD_CHANGE, &diag, &ward), "ward_open");
	put(ward, argv[3], path, &cgroup, &times);
	for (uint32_t i = number(argv[5]); i; i--) {
		put(ward, argv[4], path, NULL, &times);
		printf("{\"parse\":%.1f,\"compile\":%.1f,\"upload\":%.1f,\"all\":%.1f}\n",
		       times.parse, times.compile, times.upload, times.compile + times.upload);
		put(ward, argv[3], path, NULL, &times);
	}
	ward_close(ward);
	must(&diag, ward_remove_all(argv[1], &diag, &removed), "ward_remove_all");
	cgroup_fini(&cgroup);
	free(path);
	return 0;
}
