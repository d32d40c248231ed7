/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of capabilities and operations. Capabilities are those of the newest kernel known here,
 * whatever kernel this was built on; a number that no name stands for is covered by `all` alone.
 */
#include "abi_lsm.h"
#include "parse/names.h"

static const struct name capabilities[] = {
	{ "chown", 0 },
	{ "dac_override", 1 },
	{ "dac_read_search", 2 },
	{ "fowner", 3 },
	{ "fsetid", 4 },
	{ "kill", 5 },
	{ "setgid", 6 },
	{ "setuid", 7 },
	{ "setpcap", 8 },
	{ "linux_immutable", 9 },
	{ "net_bind_service", 10 },
	{ "net_broadcast", 11 },
	{ "net_admin", 12 },
	{ "net_raw", 13 },
	{ "ipc_lock", 14 },
	{ "ipc_owner", 15 },
	{ "sys_module", 16 },
	{ "sys_rawio", 17 },
	{ "sys_chroot", 18 },
	{ "sys_ptrace", 19 },
	{ "sys_pacct", 20 },
	{ "sys_admin", 21 },
	{ "sys_boot", 22 },
	{ "sys_nice", 23 },
	{ "sys_resource", 24 },
	{ "sys_time", 25 },
	{ "sys_tty_config", 26 },
	{ "mknod", 27 },
	{ "lease", 28 },
	{ "audit_write", 29 },
	{ "audit_control", 30 },
	{ "setfcap", 31 },
	{ "mac_override", 32 },
	{ "mac_admin", 33 },
	{ "syslog", 34 },
	{ "wake_alarm", 35 },
	{ "block_suspend", 36 },
	{ "audit_read", 37 },
	{ "perfmon", 38 },
	{ "bpf", 39 },
	{ "checkpoint_restore", 40 },
};

_Static_assert(sizeof(capabilities) / sizeof(capabilities[0]) == 41,
               "as many as CAP_LAST_CAP of Linux 5.9 and later");

static const struct name operations[] = {
	{ "bpf", OPERATION_BPF },
	{ "perf", OPERATION_PERF },
	{ "ptrace", OPERATION_PTRACE },
	{ "mount", OPERATION_MOUNT },
	{ "chroot", OPERATION_CHROOT },
	{ "module", OPERATION_MODULE },
	{ "kexec", OPERATION_KEXEC },
	{ "userns", OPERATION_USERNS },
	{ "io_uring", OPERATION_IO_URING },
	{ "userfaultfd", OPERATION_USERFAULTFD },
	{ "keyring", OPERATION_KEYRING },
	{ "signal-out", OPERATION_SIGNAL_OUT },
	{ "cgroup-escape", OPERATION_CGROUP_ESCAPE },
	{ "listen-unbound", OPERATION_LISTEN_UNBOUND },
	{ "settime", OPERATION_SETTIME },
	{ "syslog", OPERATION_SYSLOG },
	/* What a program asks and no rule names: a part of what `ptrace` and `bpf` cover. */
	{ "ptrace-outside", OPERATION_PTRACE_OUTSIDE },
	{ "bpf-own", OPERATION_BPF_OWN },
};

_Static_assert(sizeof(operations) / sizeof(operations[0]) == OPERATION_KEYS, "a name for each");

/* What a [file] or [exec] closes by itself, and `escapes` opens. */
static const struct name escapes[] = {
	{ "mount", OPERATION_MOUNT },
	{ "userns", OPERATION_USERNS },
	{ "cgroup-escape", OPERATION_CGROUP_ESCAPE },
	{ "ptrace", OPERATION_PTRACE_OUTSIDE },
	{ "bpf", OPERATION_BPF_OWN },
};

const struct name_table capability_names = NAME_TABLE_INIT(capabilities);
const struct name_table operation_keys = NAME_TABLE_INIT(operations);
const struct name_table operation_names = { operations, OPERATION_COUNT };
const struct name_table escape_names = NAME_TABLE_INIT(escapes);
