/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of [operation], but for mounts and io_uring. */
#pragma once

#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timex.h>

#include "hook.h"

#define CGROUPS "/sys/fs/cgroup"

/* ---- bpf, perf --------------------------------------------------------------------------- */

static int bpf_call(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(void)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return closed(bpf_call(BPF_MAP_CREATE, &attributes));
}

/* Goes through all there are: some are ours. */
static int every_object(int next, int descriptor)
{
	union bpf_attr attributes = { 0 };

	while (bpf_call(next, &attributes) == 0) {
		uint32_t id = attributes.next_id;
		union bpf_attr wanted = { .map_id = id };
		int error = closed(bpf_call(descriptor, &wanted));

		if (error)
			return error;
		attributes = (union bpf_attr){ .start_id = id };
	}
	return errno == ENOENT ? 0 : -errno;
}

static int every_map(void)
{
	return every_object(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID);
}

static int every_program(void)
{
	return every_object(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID);
}

static int link_by_id(void)
{
	union bpf_attr attributes = { .link_id = UINT32_MAX };

	return closed(bpf_call(BPF_LINK_GET_FD_BY_ID, &attributes));
}

static int count_cycles(void)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
		                              .size = sizeof(attributes),
		                              .config = PERF_COUNT_SW_CPU_CLOCK,
		                              .disabled = 1 };

	return closed((int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

/* ---- other tasks ------------------------------------------------------------------------- */

static int seize(pid_t task)
{
	return result(ptrace(PTRACE_SEIZE, task, NULL, NULL));
}

static int trace_child(void)
{
	pid_t child = ready(fork(), "fork");
	int error;

	if (child == 0)
		pause();
	error = seize(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return error;
}

static int trace_outside(void)
{
	return seize(stranger());
}

static int trace_me(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int signal_outside(void)
{
	return result(kill(stranger(), SIGURG));
}

static int leave_cgroup(void)
{
	return closed(open(CGROUPS "/cgroup.procs", O_WRONLY | O_CLOEXEC));
}

static int leave_by_thread(void)
{
	return closed(open(CGROUPS "/cgroup.threads", O_WRONLY | O_CLOEXEC));
}

static int clone_outside(void)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned int)ready(open(CGROUPS, O_PATH | O_CLOEXEC), CGROUPS),
	};

	return reaped((pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

static int user_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int change_root(void)
{
	return result(chroot("/"));
}

/* ---- modules, kexec: nothing is there to load ---------------------------------------------- */

static int load_module(void)
{
	static const char nothing[64] = "as long as the header of one";

	return result(syscall(SYS_init_module, nothing, sizeof(nothing), ""));
}

static int load_module_file(void)
{
	int fd = ready(open(FREE "busybox", O_RDONLY | O_CLOEXEC), "open");

	return result(syscall(SYS_finit_module, fd, "", 0));
}

static int unload_module(void)
{
	return result(syscall(SYS_delete_module, "hooks", O_NONBLOCK));
}

/* A family that has no module here. */
static int request_module(void)
{
	return closed(socket(AF_ASH, SOCK_STREAM, 0));
}

static int load_kernel(void)
{
	return result(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int load_kernel_file(void)
{
	int fd = ready(open(FREE "busybox", O_RDONLY | O_CLOEXEC), "open");

	return result(syscall(SYS_kexec_file_load, fd, -1, 1, "", 4 /* NO_INITRAMFS */));
}

/* ---- the rest ---------------------------------------------------------------------------- */

static int page_faults(void)
{
	return closed((int)syscall(SYS_userfaultfd, O_CLOEXEC));
}

static int add_key(void)
{
	return result(syscall(SYS_add_key, "user", "hooks", "x", 1, KEY_SPEC_THREAD_KEYRING));
}

static int look_at_keyring(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_USER_KEYRING, NULL, 0));
}

static int listen_anywhere(void)
{
	int fd = ready(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	return result(listen(fd, 1));
}

static int set_time(void)
{
	struct timeval now;

	ready(gettimeofday(&now, NULL), "gettimeofday");
	return result(settimeofday(&now, NULL));
}

static int adjust_time(void)
{
	struct timex nothing = { .modes = ADJ_STATUS, .status = STA_UNSYNC };

	return result(adjtimex(&nothing));
}

static int read_kernel_log(void)
{
	return result(klogctl(9 /* SYSLOG_ACTION_SIZE_UNREAD */, NULL, 0));
}

/* The keyrings of a user are made when they are first looked for. */
static void a_keyring(void)
{
	ready(look_at_keyring(), "user keyring");
}

static const struct hook_case operation_cases[] = {
	{ "bpf", make_map, nothing_needed },
	{ "bpf-map", every_map, nothing_needed },
	{ "bpf-prog", every_program, nothing_needed },
	{ "bpf-link", link_by_id, nothing_needed },
	{ "perf", count_cycles, nothing_needed },
	{ "ptrace", trace_child, nothing_needed },
	{ "ptrace-outside", trace_outside, nothing_needed },
	{ "traceme", trace_me, nothing_needed },
	{ "kill", signal_outside, nothing_needed },
	{ "cgroup.procs", leave_cgroup, nothing_needed },
	{ "cgroup.threads", leave_by_thread, nothing_needed },
	{ "clone-cgroup", clone_outside, nothing_needed },
	{ "userns", user_namespace, nothing_needed },
	{ "chroot", change_root, nothing_needed },
	{ "init-module", load_module, nothing_needed },
	{ "finit-module", load_module_file, nothing_needed },
	{ "delete-module", unload_module, nothing_needed },
	{ "request-module", request_module, nothing_needed },
	{ "kexec", load_kernel, nothing_needed },
	{ "kexec-file", load_kernel_file, nothing_needed },
	{ "userfaultfd", page_faults, nothing_needed },
	{ "add-key", add_key, nothing_needed },
	{ "key-permission", look_at_keyring, a_keyring },
	{ "listen", listen_anywhere, nothing_needed },
	{ "settimeofday", set_time, nothing_needed },
	{ "adjtimex", adjust_time, nothing_needed },
	{ "syslog", read_kernel_log, nothing_needed },
};
