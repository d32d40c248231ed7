/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/hooks.h"

struct kernel_hook {
	enum bpf_attach_type attach_type;
	enum bpf_prog_type program_type;
	const char *purpose;
};

static const struct kernel_hook kernel_hooks[] = {
	[HOOK_DEVICE] = { BPF_CGROUP_DEVICE, BPF_PROG_TYPE_CGROUP_DEVICE, "[device]" },
	[HOOK_SOCK_CREATE] = { BPF_CGROUP_INET_SOCK_CREATE, BPF_PROG_TYPE_CGROUP_SOCK,
	                       "[socket], inet and inet6" },
	[HOOK_CONNECT4] = { BPF_CGROUP_INET4_CONNECT, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	                    "[connect], IPv4" },
	[HOOK_CONNECT6] = { BPF_CGROUP_INET6_CONNECT, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	                    "[connect], IPv6" },
	[HOOK_SENDMSG4] = { BPF_CGROUP_UDP4_SENDMSG, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	                    "[connect], unconnected sends, IPv4" },
	[HOOK_SENDMSG6] = { BPF_CGROUP_UDP6_SENDMSG, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	                    "[connect], unconnected sends, IPv6" },
	[HOOK_BIND4] = { BPF_CGROUP_INET4_BIND, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "[bind], IPv4" },
	[HOOK_BIND6] = { BPF_CGROUP_INET6_BIND, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "[bind], IPv6" },
};

_Static_assert(sizeof(kernel_hooks) / sizeof(kernel_hooks[0]) == CGROUP_HOOK_COUNT,
               "a row for each hook");

enum bpf_attach_type hook_attach_type(enum hook hook)
{
	return kernel_hooks[hook].attach_type;
}

enum bpf_prog_type hook_program_type(enum hook hook)
{
	return kernel_hooks[hook].program_type;
}

const char *hook_purpose(enum hook hook)
{
	return kernel_hooks[hook].purpose;
}
