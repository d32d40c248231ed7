/* SPDX-License-Identifier: BSD-2-Clause */
/* One link of the machine for each LSM hook that a policy in force needs. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/lsm.h"
#include "model/lsm.h"

static void hook_path(char path[PIN_PATH_MAX], const struct ward *ward, const char *directory,
                      uint32_t hook)
{
	pin_path(path, ward->tree, "lsm/%s/%s", directory, lsm_hook_name((enum lsm_hook)hook));
}

static bool is_linked(const struct ward *ward, uint32_t hook)
{
	char path[PIN_PATH_MAX];

	hook_path(path, ward, "links", hook);
	return access(path, F_OK) == 0;
}

uint64_t lsm_linked(const struct ward *ward)
{
	char path[PIN_PATH_MAX];
	uint64_t hooks = 0;

	pin_path(path, ward->tree, "lsm/links");
	if (access(path, F_OK) < 0)
		return 0;
	for (uint32_t hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		if (is_linked(ward, hook))
			hooks |= 1ULL << hook;
	}
	return hooks;
}

/* -ENOENT: this kernel has no such hook. */
static int attach(const struct ward *ward, uint32_t hook)
{
	int program CLEANUP_CLOSE = -1, link CLEANUP_CLOSE = -1;
	char path[PIN_PATH_MAX];

	hook_path(path, ward, "programs", hook);
	program = bpf_obj_get(path);
	if (program < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		return errno == ENOENT ? -EIO : -errno;
	hook_path(path, ward, "links", hook);
	return bpf_obj_pin(link, path) < 0 ? -errno : 0;
}

int lsm_attach(struct ward *ward, uint64_t hooks, struct diag *diag)
{
	hooks &= ~lsm_linked(ward);
	for (uint32_t hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		int error = hooks >> hook & 1 ? attach(ward, hook) : 0;

		if (!error || error == -ENOENT)
			continue;
		diag_add(diag, SEVERITY_ERROR, "link-failed", NULL,
		         error == -E2BIG ? "38 programs are attached to it already" : NULL,
		         "cannot attach to the LSM hook %s: %s", lsm_hook_name((enum lsm_hook)hook),
		         strerror(-error));
		return error;
	}
	return 0;
}

static uint64_t hooks_in_force(const struct ward *ward)
{
	uint64_t hooks = 0;

	for (uint32_t slot = 1; slot < SLOTS_MAX; slot++) {
		if (ward->ledger->slots[slot].users)
			hooks |= ward->ledger->slots[slot].lsm_hooks;
	}
	return hooks;
}

/* An LSM link has no detach command: the last reference
 * to it is its pin. */
void lsm_trim(struct ward *ward)
{
	uint64_t linked = lsm_linked(ward), needed;

	if (!linked)
		return;
	needed = hooks_in_force(ward);
	for (uint32_t hook = 0; hook < LSM_HOOK_COUNT; hook++) {
		char path[PIN_PATH_MAX];

		if (!((linked & ~needed) >> hook & 1))
			continue;
		hook_path(path, ward, "links", hook);
		unlink(path);
	}
}
