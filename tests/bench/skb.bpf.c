// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pair of packet filters such as systemd makes of IPAddressAllow= and IPAddressDeny=: for each
 * packet one trie of what is allowed and, where that knows nothing of the peer, one of what is
 * denied. IPv4 alone.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct trie_key {
	__u32 length;
	__u32 address; /* network order */
};

struct trie {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct trie_key);
	__type(value, __u8);
};

struct trie allowed SEC(".maps");
struct trie denied SEC(".maps");

static __always_inline int judge(struct __sk_buff *skb, __u32 offset)
{
	struct trie_key key = { .length = 32 };

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return 1;
	if (bpf_skb_load_bytes(skb, offset, &key.address, sizeof(key.address)))
		return 0;
	if (bpf_map_lookup_elem(&allowed, &key))
		return 1;
	return !bpf_map_lookup_elem(&denied, &key);
}

SEC("cgroup_skb/ingress") int ingress(struct __sk_buff *skb)
{
	return judge(skb, __builtin_offsetof(struct iphdr, saddr));
}

SEC("cgroup_skb/egress") int egress(struct __sk_buff *skb)
{
	return judge(skb, __builtin_offsetof(struct iphdr, daddr));
}

char program_license[] SEC("license") = "Dual BSD/GPL";
