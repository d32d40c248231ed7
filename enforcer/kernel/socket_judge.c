/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/socket_judge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <seccomp.h>

#include "base/cleanup.h"
#include "base/scan.h"
#include "kernel/cgroup.h"
#include "kernel/socket_filter.h"

/* Memory for the packet may be short for a moment. */
#define TRIES 3

/* Since 6.6, and not in Debian 12's header: the caller, which waits, lends its processor. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      _IOW('!', 4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

struct judge {
	int program, listener;
	uint64_t policy_cgroup_id;
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
};

static void cleanup_judge(struct judge *judge)
{
	seccomp_notify_free(judge->request, judge->response);
}

/* ---- who called ---- */

static void read_comm(uint32_t pid, char comm[COMM_LENGTH])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	length = fd < 0 ? -1 : read(fd, comm, COMM_LENGTH);
	if (length <= 0)
		length = 1;
	/* A newline follows it, whatever is in it. */
	comm[length - 1] = '\0';
}

/* The number behind `label`, if the line begins so. */
static void read_number(const char *line, const char *label, uint32_t *number)
{
	struct complaint unread;
	size_t length = strlen(label);

	if (strncmp(line, label, length) != 0)
		return;
	line += length;
	scan_number((struct span){ line, strspn(line, "0123456789") }, "number", UINT32_MAX, number,
	            &unread);
}

/* As the programs of the kernel tell it: real uid, thread group, parent. Only who is held in its
 * call is read about, so no other has its number. */
static void read_caller(uint32_t tid, struct socket_caller *caller)
{
	CLEANUP(diag_fini) struct diag unread = DIAG_INIT;
	CLEANUP(cgroup_fini) struct cgroup cgroup = CGROUP_INIT;
	CLEANUP_FCLOSE FILE *status = NULL;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		read_number(line, "Tgid:\t", &caller->pid);
		read_number(line, "PPid:\t", &caller->parent_pid);
		read_number(line, "Uid:\t", &caller->uid);
	}
	caller->tid = tid;
	read_comm(tid, caller->comm);
	if (caller->parent_pid)
		read_comm(caller->parent_pid, caller->parent_comm);
	if (!cgroup_of_pid((int)tid, &unread, &cgroup))
		caller->cgroup_id = cgroup.id;
}

/* ---- the decision ---- */

struct packet {
	unsigned char header[ETH_HLEN];
	struct socket_call call;
	struct socket_caller caller;
} __attribute__((packed));

/* SOCKET_CALL_*, or -errno. */
static int ask(const struct judge *judge, const struct packet *packet)
{
	int tries = 0, error;

	do {
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet,
		            .data_size_in = sizeof(*packet), .repeat = 1);

		error = bpf_prog_test_run_opts(judge->program, &run) < 0 ? -errno : 0;
		if (!error)
			return (int)run.retval;
	} while (++tries < TRIES);
	return error;
}

static int decide(const struct judge *judge, bool *ret_allowed)
{
	const struct seccomp_notif *request = judge->request;
	struct socket_call call = socket_filter_call(request->data.arch, request->data.nr,
	                                             (const uint64_t *)request->data.args);
	struct packet packet = { 0 };
	struct socket_caller caller = { 0 };
	int answer;

	*ret_allowed = true;
	/* With something in the upper half of the family; sock_create judges these. */
	if (!call.unseen && (call.family == AF_INET || call.family == AF_INET6))
		return 0;
	call.policy_cgroup_id = judge->policy_cgroup_id;
	packet.call = call;
	answer = ask(judge, &packet);
	if (answer == SOCKET_CALL_CALLER) {
		read_caller(request->pid, &caller);
		/* Killed meanwhile: what was read may be another's, and there is no call left. */
		if (seccomp_notify_id_valid(judge->listener, request->id))
			return 0;
		packet.call.has_caller = 1;
		packet.caller = caller;
		answer = ask(judge, &packet);
	}
	*ret_allowed = answer == SOCKET_CALL_ALLOWED;
	return answer < 0 ? answer : 0;
}

static int serve_one(const struct judge *judge)
{
	bool allowed = false;
	int error;

	/* The kernel wants both to be zero. */
	memset(judge->request, 0, sizeof(*judge->request));
	error = seccomp_notify_receive(judge->listener, judge->request);
	/* libseccomp says -ECANCELED for all that the kernel says. The caller may have been killed.
	 */
	if (error == -ECANCELED)
		return errno == ENOENT || errno == EINTR ? 0 : -errno;
	if (error)
		return error;
	error = decide(judge, &allowed);
	*judge->response = (struct seccomp_notif_resp){
		.id = judge->request->id,
		.error = allowed ? 0 : -EPERM,
		.flags = allowed ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};
	/* Fails where the caller was killed. */
	seccomp_notify_respond(judge->listener, judge->response);
	return error;
}

int socket_judge_serve(int program, int listener, uint64_t policy_cgroup_id)
{
	CLEANUP(cleanup_judge)
	struct judge judge = {
		.program = program,
		.listener = listener,
		.policy_cgroup_id = policy_cgroup_id,
	};
	int error = seccomp_notify_alloc(&judge.request, &judge.response);

	/* Faster, where the kernel has it. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	while (!error) {
		struct pollfd events = { .fd = listener, .events = POLLIN };

		if (poll(&events, 1, -1) < 0)
			return -errno;
		if (events.revents & POLLIN)
			error = serve_one(&judge);
		else if (events.revents)
			return 0;
	}
	return error;
}
