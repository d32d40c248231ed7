/* SPDX-License-Identifier: BSD-2-Clause */
/* What loading programs costs at least: one for each hook that allows everything, and no map. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/dev") int device(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/sock_create") int sock_create(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/connect4") int connect4(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/connect6") int connect6(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/sendmsg4") int sendmsg4(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/sendmsg6") int sendmsg6(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/bind4") int bind4(void *ctx)
{
	(void)ctx;
	return 1;
}

SEC("cgroup/bind6") int bind6(void *ctx)
{
	(void)ctx;
	return 1;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
