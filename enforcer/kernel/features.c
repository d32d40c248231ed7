/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "kernel/features_private.h"

const char *feature_state_name(enum feature_state state)
{
	switch (state) {
	case FEATURE_NO:
		return "no";
	case FEATURE_YES:
		return "yes";
	case FEATURE_UNKNOWN:
		break;
	}
	return "unknown";
}

void features_fini(struct feature_list *list)
{
	array_foreach (feature, list)
		free(feature->detail);
	free(list->items);
	*list = (struct feature_list){ 0 };
}

void feature_add(struct probing *probing, const char *name, const char *purpose, bool required,
                 enum feature_state state, const char *format, ...)
{
	struct feature feature = {
		.name = name, .purpose = purpose, .required = required, .state = state
	};
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&feature.detail, format, arguments) < 0) {
		feature.detail = NULL;
		probing->error = -ENOMEM;
	}
	va_end(arguments);
	if (feature.detail && !*feature.detail) {
		free(feature.detail);
		feature.detail = NULL;
	}
	if (array_append(&probing->list, feature)) {
		free(feature.detail);
		probing->error = -ENOMEM;
	}
}

/* No finding of these reaches the user: a scratch cgroup that cannot be had makes what needs it
 * unknown. */
static void make_scratch(struct probing *probing)
{
	struct diag unread CLEANUP(diag_fini) = DIAG_INIT;
	char name[64];

	if (cgroup_of_pid(0, &unread, &probing->own))
		return;
	snprintf(name, sizeof(name), "cgward-doctor-%d", getpid());
	cgroup_make_child(&probing->own, name, &unread, &probing->scratch);
}

static void remove_scratch(struct probing *probing)
{
	if (probing->scratch.fd >= 0) {
		const char *name = strrchr(probing->scratch.path, '/') + 1;

		unlinkat(probing->own.fd, name, AT_REMOVEDIR);
	}
	cgroup_fini(&probing->scratch);
	cgroup_fini(&probing->own);
}

int features_probe(const char *cgroup_name, struct feature_list *ret_list)
{
	struct probing probing = { .own = CGROUP_INIT, .scratch = CGROUP_INIT };

	make_scratch(&probing);
	probe_machine(&probing);
	probe_programs(&probing);
	probe_exclusive(&probing, cgroup_name);
	remove_scratch(&probing);
	if (probing.error) {
		features_fini(&probing.list);
		return probing.error;
	}
	*ret_list = probing.list;
	return 0;
}
