// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two sequences that tell whether a dentry or a mount was moved: see remember.h.
 *
 * A file of its own, as objects that both name a kernel symbol without a type cannot be linked.
 */
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

/* 0 where the kernel does not tell (CONFIG_KALLSYMS_ALL, kernel.kptr_restrict = 2): nothing is
 * remembered then. */
extern const void rename_lock __ksym __weak;
extern const void mount_lock __ksym __weak;

/* A seqlock_t begins with its sequence. Odd: it is being changed, or is not to be had. */
static __always_inline __u32 sequence_of(const void *lock)
{
	__u32 sequence = 1;

	if (!lock || bpf_probe_read_kernel(&sequence, sizeof(sequence), lock))
		return 1;
	return sequence;
}

__noinline __u64 lock_sequences(void)
{
	__u32 renames = sequence_of(&rename_lock);

	return renames | (__u64)sequence_of(&mount_lock) << 32;
}

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
