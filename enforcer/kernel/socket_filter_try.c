/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can the filter be had? A thread puts it on itself and makes a call that must be denied, as with
 * LSM programs (lsm_canary.c): what the kernel takes and does not do is not had. The filter ends
 * with the thread; no other has it.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/cleanup.h"
#include "kernel/socket_filter.h"

struct trial {
	struct socket_filter filter;
	sem_t installed;
	int listener; /* or -errno */
	int result;   /* of the call */
};

static void cleanup_trial(struct trial *trial)
{
	socket_filter_fini(&trial->filter);
	sem_destroy(&trial->installed);
}

static void *make_call(void *context)
{
	struct trial *trial = context;

	trial->listener = socket_filter_install(&trial->filter);
	sem_post(&trial->installed);
	if (trial->listener >= 0)
		trial->result = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ? -errno : 0;
	return NULL;
}

static int deny_one(int listener)
{
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	int error = seccomp_notify_alloc(&request, &response);

	if (error)
		return error;
	error = seccomp_notify_receive(listener, request);
	if (!error) {
		response->id = request->id;
		response->error = -EPERM;
		error = seccomp_notify_respond(listener, response);
	}
	seccomp_notify_free(request, response);
	return error;
}

static const char *why_not(int error)
{
	switch (error) {
	case -EBUSY:
		return "a seccomp filter with a listener is on this process already, and the "
		       "kernel allows one";
	case -EINVAL:
	case -ENOSYS:
		return "this kernel has no seccomp filters with a listener";
	default:
		return "this kernel does not take the seccomp filter";
	}
}

/* NULL: the call was denied. */
static const char *run_trial(struct trial *trial)
{
	pthread_t thread;
	int error;

	if (pthread_create(&thread, NULL, make_call, trial))
		return "no thread can be started to try the seccomp filter";
	do {
		error = sem_wait(&trial->installed);
	} while (error && errno == EINTR);
	/* Without an answer, the call fails when the listener goes. */
	if (trial->listener >= 0) {
		deny_one(trial->listener);
		close(trial->listener);
	}
	pthread_join(thread, NULL);
	if (trial->listener < 0)
		return why_not(trial->listener);
	return trial->result == -EPERM
	               ? NULL
	               : "this kernel takes the seccomp filter and does not go by it";
}

int socket_filter_try(const char **ret_reason)
{
	CLEANUP(cleanup_trial) struct trial trial = { 0 };
	const char *reason = "there is no seccomp filter for this processor";

	sem_init(&trial.installed, 0, 0);
	if (socket_filter_make(&trial.filter) == 0)
		reason = run_trial(&trial);
	if (!reason)
		return 0;
	*ret_reason = reason;
	return -EOPNOTSUPP;
}
