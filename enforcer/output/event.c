/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record is hostile until every number in it that indexes or names something has been checked.
 * Numbers that are only printed (pids, ports, addresses) are any.
 */
#include "output/event.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>

#include "model/lsm.h"
#include "model/policy.h"

/* The kernel pads a record so that it ends on eight bytes. */
#define PADDING_MAX 7

#define ERRNO_MAX 4095

static enum section section_of_hook(enum hook hook)
{
	switch (hook) {
	case HOOK_DEVICE:
		return SECTION_DEVICE;
	case HOOK_SOCK_CREATE:
		return SECTION_SOCKET;
	case HOOK_CONNECT4:
	case HOOK_CONNECT6:
	case HOOK_SENDMSG4:
	case HOOK_SENDMSG6:
		return SECTION_CONNECT;
	case HOOK_BIND4:
	case HOOK_BIND6:
		return SECTION_BIND;
	case HOOK_SECCOMP:
	case HOOK_LSM_SOCKET:
		return SECTION_SOCKET;
	case HOOK_LSM_FILE:
		return SECTION_FILE;
	case HOOK_LSM_EXEC:
		return SECTION_EXEC;
	case HOOK_LSM_UNIX:
		return SECTION_UNIX;
	case HOOK_LSM_CAPABILITY:
		return SECTION_CAPABILITY;
	case HOOK_LSM_OPERATION:
		return SECTION_OPERATION;
	case HOOK_COUNT:
		break;
	}
	return SECTION_COUNT;
}

/* access(2) with X_OK asks the device hook with an empty mask. */
static bool operation_is_good(const struct event *event)
{
	switch (event->hook) {
	case HOOK_DEVICE:
		return event->operations < 1U << DEVICE_OPERATIONS &&
		       event->operation < DEVICE_OPERATIONS;
	case HOOK_LSM_FILE:
		return event->operations && event->operations < 1U << FILE_OPERATIONS &&
		       event->operation < FILE_OPERATIONS;
	case HOOK_LSM_EXEC:
		return event->operations && event->operations < 1U << EXEC_OPERATIONS &&
		       event->operation < EXEC_OPERATIONS;
	default:
		return event->operations == 1 && event->operation == 0;
	}
}

/* Counted where the programs of cgroups would have, had they seen the socket. */
static bool is_of_foreign_socket(const struct event *event)
{
	return ((event->lsm_hook == LSM_SOCKET_CONNECT || event->lsm_hook == LSM_SOCKET_SENDMSG) &&
	        event->section == SECTION_CONNECT) ||
	       (event->lsm_hook == LSM_SOCKET_BIND && event->section == SECTION_BIND);
}

static bool path_is_good(const struct event *event)
{
	bool has_class = event->object_class != OBJECT_NONE;
	bool has_globs = event->hook == HOOK_LSM_FILE || event->hook == HOOK_LSM_EXEC ||
	                 event->hook == HOOK_LSM_UNIX;

	if (event->object_class >= OBJECT_CLASSES || event->path_length > EVENT_PATH_MAX ||
	    event->flags & ~EVENT_PATH_TRUNCATED)
		return false;
	if (event->hook == HOOK_SECCOMP)
		return event->object_class == (event->number ? OBJECT_UNSEEN : OBJECT_NONE) &&
		       !event->path_length && !event->flags && !event->lsm_hook;
	if (event->object_class == OBJECT_UNSEEN)
		return false;
	if (!event_is_of_lsm(event))
		return !has_class && !event->path_length && !event->flags &&
		       (!event->lsm_hook || is_of_foreign_socket(event));
	return (has_class || !has_globs) && (has_class || !event->path_length);
}

static bool object_is_good(const struct event *event)
{
	if (!path_is_good(event))
		return false;
	if (event_is_of_lsm(event))
		return event->lsm_hook < LSM_HOOK_COUNT &&
		       (event->hook != HOOK_LSM_OPERATION || event->number < OPERATION_KEYS);
	if (event->hook == HOOK_DEVICE)
		return event->device_type == BPF_DEVCG_DEV_BLOCK ||
		       event->device_type == BPF_DEVCG_DEV_CHAR;
	if (event->hook == HOOK_SECCOMP)
		return event->number < UNSEEN_KINDS;
	if (event->hook == HOOK_SOCK_CREATE)
		return true;
	return event->judged_family == AF_INET || event->judged_family == AF_INET6;
}

static bool is_good(const struct event *event)
{
	return event->abi_version == ABI_VERSION && event->hook < HOOK_COUNT &&
	       event->effect >= EFFECT_ALLOWED && event->effect <= EFFECT_DENIED &&
	       event->section == section_of_hook(event->hook) && event->sequence &&
	       event->error <= 0 && event->error >= -ERRNO_MAX && operation_is_good(event) &&
	       object_is_good(event);
}

int event_decode(const void *bytes, size_t size, struct event *ret_event, const char **ret_path)
{
	struct event event;

	if (size < sizeof(event))
		return -EBADMSG;
	memcpy(&event, bytes, sizeof(event));
	if (event.size != sizeof(event) + event.path_length || event.size > size ||
	    size - event.size > PADDING_MAX || !is_good(&event))
		return -EBADMSG;
	event.comm[sizeof(event.comm) - 1] = '\0';
	event.parent_comm[sizeof(event.parent_comm) - 1] = '\0';
	*ret_event = event;
	*ret_path = (const char *)bytes + sizeof(event);
	return 0;
}

const char *event_hook_name(const struct event *event)
{
	return event_is_of_lsm(event) || is_of_foreign_socket(event)
	               ? lsm_hook_name(event->lsm_hook)
	               : hook_name(event->hook);
}

const char *effect_name(enum effect effect)
{
	switch (effect) {
	case EFFECT_ALLOWED:
		return "allowed";
	case EFFECT_AUDITED:
		return "audited";
	case EFFECT_WOULD_DENY:
		return "would-deny";
	case EFFECT_DENIED:
		return "denied";
	}
	return "unknown";
}
