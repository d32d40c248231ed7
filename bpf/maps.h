/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps of the kernel half. Each says its key, its value, who writes it and what happens when
 * it is full.
 *
 * The hard idea: every .bpf.c includes this header, and still there is one instance of each map,
 * because the definitions are weak symbols that the static linker (`bpftool gen object`) merges.
 *
 * A map that no program reads is made by user space; see ledger.h.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "abi_seccomp.h"

#define RULE_COUNTS_MAX (1U << 16)

/*
 * From an attachment to its slot. Key: id of the cgroup attached to; all hooks of a cgroup share
 * the value, because the key has no attach type in it. Written by user space alone, once something
 * is attached (before that the kernel has no storage); zero until then. Never full: the kernel
 * makes the value together with the attachment.
 */
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, __u64);
	__type(value, struct attachment);
} storage SEC(".maps") __weak;

/*
 * From slot to image. Key: slot number, 0 stays empty. Written by user space through mmap: one
 * aligned store is a reload. (The kernel refuses a writable mmap of a map with BPF_F_RDONLY_PROG.)
 * Full when SLOTS_MAX - 1 different policies are in force; user space then refuses the next.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOTS_MAX);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps") __weak;

/* Block 0 of an image. One size for all, so that the kernel looks it up without a call. */
struct image_first {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, IMAGE_BLOCK_WORDS * sizeof(__u32));
};

/* All blocks of a larger image, the first one once more: key is the block number. BPF_F_INNER_MAP
 * leaves how many there are to each image. */
struct image_blocks {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP | BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, IMAGE_BLOCK_WORDS * sizeof(__u32));
};

/*
 * From image number to image. Key: image number, 0 stays empty. Both maps of an image are filled by
 * user space, then frozen, then placed here: `blocks` first, and only of an image whose header has
 * far set. User space waits for an RCU grace period with each write: right for an image that no
 * slot names yet, or no longer. Full when IMAGES_MAX - 1 images live; user space then refuses the
 * next.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, IMAGES_MAX);
	__uint(key_size, sizeof(__u32));
	__array(values, struct image_first);
} images SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, IMAGES_MAX);
	__uint(key_size, sizeof(__u32));
	__array(values, struct image_blocks);
} blocks SEC(".maps") __weak;

/*
 * Who is policed by what. Key: cgroup id. User space's own, see ledger.h; one program reads it,
 * that of HOOK_SECCOMP, which no cgroup's storage leads to a slot. Full at CGROUPS_MAX.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, __u64);
	__type(value, struct policed);
} attachments SEC(".maps") __weak;

/*
 * Counters of a policed cgroup. Key: its id. Entries are made and deleted by user space, before
 * the first link and after the last; programs only add. Full at CGROUPS_MAX: user space refuses.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, __u64);
	__type(value, struct cgroup_state);
} cgroup_states SEC(".maps") __weak;

/*
 * Denials and audits by rule. Key: cgroup attached to and the rule's cookie. Entries are made by
 * programs when a rule first counts, deleted by user space with the cgroup's policy. When full, the
 * count is missing and record_counters.uncounted says how often.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RULE_COUNTS_MAX);
	__type(key, struct rule_key);
	__type(value, __u64);
} rule_counts SEC(".maps") __weak;

/* Totals since load, one value for each CPU. Key: 0. Written by programs alone. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_counters);
} records SEC(".maps") __weak;

/* Key: 0. Written by user space: once at load, and when a reader knows task_struct's layout. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps") __weak;

/* Records on their way to the reader. Key: CPU; value: its perf event, set by the reader, gone with
 * it. Full buffers and missing readers are counted in `records`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps") __weak;
