/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases of [capability], in the order of their numbers. A case is a call that root may make for
 * this one capability, or that asks for it before any other.
 */
#pragma once

#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include "hook.h"
#include "hook_operations.h"

#define QUEUE_KEY 0x1ced

/* ---- files ------------------------------------------------------------------------------- */

static int cap_chown(void)
{
	return result(chown(FILES "chown", OTHER_UID, (gid_t)-1));
}

static int cap_dac_override(void)
{
	return closed(open(FILES "dac_override", O_WRONLY | O_CLOEXEC));
}

static int cap_dac_read_search(void)
{
	return closed(open(FILES "dac_read_search", O_RDONLY | O_CLOEXEC));
}

static int cap_fowner(void)
{
	return result(chmod(FILES "fowner", 0640));
}

/* Without it the bit is silently left out. */
static int cap_fsetid(void)
{
	struct stat status;

	ready(chmod(FILES "fsetid", 02755), "chmod");
	ready(stat(FILES "fsetid", &status), "stat");
	return status.st_mode & S_ISGID ? 0 : -EPERM;
}

static int cap_immutable(void)
{
	int fd = ready(open(FILES "linux_immutable", O_RDONLY | O_CLOEXEC), "open"), error;
	int flags = FS_IMMUTABLE_FL, none = 0;

	error = result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	ioctl(fd, FS_IOC_SETFLAGS, &none);
	return error;
}

static int cap_mknod(void)
{
	return result(mknod(FILES "mknod", S_IFCHR | 0600, makedev(1, 3)));
}

static int cap_lease(void)
{
	int fd = ready(open(FILES "lease", O_RDONLY | O_CLOEXEC), "open");

	return result(fcntl(fd, F_SETLEASE, F_RDLCK));
}

static int cap_setfcap(void)
{
	const uint32_t none[5] = { 0x02000000 };

	return result(setxattr(FILES "setfcap", "security.capability", none, sizeof(none), 0));
}

/* ---- who, and other tasks ------------------------------------------------------------------ */

static int cap_kill(void)
{
	return result(kill(stranger(), SIGURG));
}

static int cap_setgid(void)
{
	return result(syscall(SYS_setgid, OTHER_UID));
}

static int cap_setuid(void)
{
	return result(syscall(SYS_setuid, OTHER_UID));
}

static int cap_setpcap(void)
{
	return result(prctl(PR_CAPBSET_DROP, 0, 0, 0, 0));
}

static int cap_ipc_owner(void)
{
	return result(msgget(QUEUE_KEY, 0600));
}

static int cap_ptrace(void)
{
	return seize(stranger());
}

static int cap_nice(void)
{
	return result(setpriority(PRIO_PROCESS, 0, -1));
}

static int cap_resource(void)
{
	struct rlimit none = { 0, 0 }, one = { 0, 1 };

	ready(setrlimit(RLIMIT_CORE, &none), "setrlimit");
	return result(setrlimit(RLIMIT_CORE, &one));
}

static int cap_ipc_lock(void)
{
	struct rlimit none = { 0, RLIM_INFINITY };
	static char page[1];

	ready(getrlimit(RLIMIT_MEMLOCK, &none), "getrlimit");
	none.rlim_cur = 0;
	ready(setrlimit(RLIMIT_MEMLOCK, &none), "setrlimit");
	return result(mlock(page, sizeof(page)));
}

/* A child with a number of its own. */
static int cap_restore(void)
{
	pid_t wanted = 31000 + getpid() % 1000;
	struct clone_args arguments = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&wanted,
		.set_tid_size = 1,
	};

	return reaped((pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

/* ---- network ----------------------------------------------------------------------------- */

static int cap_bind(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons(80),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = ready(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	return result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int cap_net_admin(void)
{
	int fd = ready(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"), size = 4096;

	return result(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
}

static int cap_net_raw(void)
{
	return closed(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

/* A message to the kernel's audit, and what it answers. */
static int audit(uint16_t type)
{
	int fd = ready(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT), "socket");
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr message = { .nlmsg_len = sizeof(message),
		                    .nlmsg_type = type,
		                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer = { 0 };

	ready((int)sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&kernel,
	                  sizeof(kernel)),
	      "sendto");
	do {
		ready((int)recv(fd, &answer, sizeof(answer), 0), "recv");
	} while (answer.header.nlmsg_type != NLMSG_ERROR);
	return answer.error.error;
}

static int cap_audit_write(void)
{
	return audit(AUDIT_USER);
}

static int cap_audit_control(void)
{
	return audit(AUDIT_GET);
}

static int cap_audit_read(void)
{
	int fd = ready(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT), "socket");
	struct sockaddr_nl everybody = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	return result(bind(fd, (struct sockaddr *)&everybody, sizeof(everybody)));
}

/* ---- the machine ------------------------------------------------------------------------- */

static int cap_rawio(void)
{
	return result(ioperm(0x80, 1, 1));
}

static int cap_pacct(void)
{
	return result(syscall(SYS_acct, NULL));
}

static int cap_admin(void)
{
	return result(sethostname("hooks", 5));
}

/* The magic numbers are looked at after the capability. */
static int cap_boot(void)
{
	return result(syscall(SYS_reboot, 0, 0, 0, NULL));
}

static int cap_tty_config(void)
{
	return result(syscall(SYS_vhangup));
}

static int cap_wake_alarm(void)
{
	return closed(timerfd_create(CLOCK_REALTIME_ALARM, TFD_CLOEXEC));
}

/* Where machines can sleep; without the capability the flag is silently left out. */
static int cap_block_suspend(void)
{
	int epoll = ready(epoll_create1(EPOLL_CLOEXEC), "epoll"), pipes[2];
	struct epoll_event event = { .events = EPOLLIN | EPOLLWAKEUP };

	ready(pipe2(pipes, O_CLOEXEC), "pipe");
	return result(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event));
}

/* What the kernel does is counted too. */
static int cap_perfmon(void)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
		                              .size = sizeof(attributes),
		                              .config = PERF_COUNT_SW_CPU_CLOCK,
		                              .disabled = 1 };

	return closed((int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0));
}

/* ---- what they need ---------------------------------------------------------------------- */

static void files_of_others(void)
{
	static const char *const names[] = { "fowner", "lease" };

	for (size_t i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), FILES "%s", names[i]);
		make_file(path);
		ready(chmod(path, 0644), path);
		ready(chown(path, OTHER_UID, OTHER_UID), path);
	}
	make_file(FILES "fsetid");
	ready(chown(FILES "fsetid", 0, OTHER_UID), "chown");
	make_file(FILES "dac_override");
	ready(chmod(FILES "dac_override", 0), "chmod");
	make_file(FILES "dac_read_search");
	ready(chmod(FILES "dac_read_search", 0), "chmod");
}

static void queue_of_another(void)
{
	int queue = msgget(QUEUE_KEY, 0);
	pid_t child;

	if (queue >= 0)
		msgctl(queue, IPC_RMID, NULL);
	child = ready(fork(), "fork");
	if (child == 0) {
		ready(setuid(OTHER_UID), "setuid");
		ready(msgget(QUEUE_KEY, IPC_CREAT | IPC_EXCL | 0600), "msgget");
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static const struct hook_case capability_cases[] = {
	{ "chown", cap_chown, NULL },
	{ "dac_override", cap_dac_override, files_of_others },
	{ "dac_read_search", cap_dac_read_search, nothing_needed },
	{ "fowner", cap_fowner, nothing_needed },
	{ "fsetid", cap_fsetid, nothing_needed },
	{ "kill", cap_kill, nothing_needed },
	{ "setgid", cap_setgid, nothing_needed },
	{ "setuid", cap_setuid, nothing_needed },
	{ "setpcap", cap_setpcap, nothing_needed },
	{ "linux_immutable", cap_immutable, NULL },
	{ "net_bind", cap_bind, nothing_needed },
	{ "net_admin", cap_net_admin, nothing_needed },
	{ "net_raw", cap_net_raw, nothing_needed },
	{ "ipc_lock", cap_ipc_lock, nothing_needed },
	{ "ipc_owner", cap_ipc_owner, queue_of_another },
	{ "sys_module", load_module, nothing_needed },
	{ "sys_rawio", cap_rawio, nothing_needed },
	{ "sys_chroot", change_root, nothing_needed },
	{ "sys_ptrace", cap_ptrace, nothing_needed },
	{ "sys_pacct", cap_pacct, nothing_needed },
	{ "sys_admin", cap_admin, nothing_needed },
	{ "sys_boot", cap_boot, nothing_needed },
	{ "sys_nice", cap_nice, nothing_needed },
	{ "sys_resource", cap_resource, nothing_needed },
	{ "sys_time", set_time, nothing_needed },
	{ "sys_tty_config", cap_tty_config, nothing_needed },
	{ "mknod", cap_mknod, nothing_needed },
	{ "lease", cap_lease, nothing_needed },
	{ "audit_write", cap_audit_write, nothing_needed },
	{ "audit_control", cap_audit_control, nothing_needed },
	{ "setfcap", cap_setfcap, NULL },
	{ "syslog", read_kernel_log, nothing_needed },
	{ "wake_alarm", cap_wake_alarm, nothing_needed },
	{ "block_suspend", cap_block_suspend, nothing_needed },
	{ "audit_read", cap_audit_read, nothing_needed },
	{ "perfmon", cap_perfmon, nothing_needed },
	{ "bpf", make_map, nothing_needed },
	{ "restore", cap_restore, nothing_needed },
};
