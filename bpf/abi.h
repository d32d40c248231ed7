/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and user space agree on, byte for byte: hooks, verdicts, the layout of an
 * image, of map values and of an event record.
 *
 * The hard idea: this header is the only place where a number is given a meaning that both halves
 * must share. Whoever changes a layout or a meaning here raises ABI_VERSION; pins made under
 * another version are refused, never reinterpreted.
 *
 * It includes <linux/types.h> alone, so that it compiles for the BPF target, for gcc and for
 * clang. What only the LSM half has is abi_lsm.h, what only the seccomp filter has abi_seccomp.h;
 * how an image is walked is match.h; who writes which map is maps.h.
 */
#pragma once

#include <linux/types.h>

#define ABI_VERSION 3U

/* ---- hooks, sections, verdicts ---------------------------------------------------------- */

/* Where calls are counted; the numbers index counters and stand in event records. The hooks of
 * cgroups come first, a BPF program and a link each; then the seccomp filter of what cgward itself
 * starts, with a program that user space asks. The LSM programs of a section (enum lsm_hook) are
 * counted together. */
enum hook {
	HOOK_DEVICE,
	HOOK_SOCK_CREATE,
	HOOK_CONNECT4,
	HOOK_CONNECT6,
	HOOK_SENDMSG4,
	HOOK_SENDMSG6,
	HOOK_BIND4,
	HOOK_BIND6,
	CGROUP_HOOK_COUNT,
	HOOK_SECCOMP = CGROUP_HOOK_COUNT,
	PROGRAM_HOOK_COUNT,
	HOOK_LSM_SOCKET = PROGRAM_HOOK_COUNT,
	HOOK_LSM_FILE,
	HOOK_LSM_EXEC,
	HOOK_LSM_UNIX,
	HOOK_LSM_CAPABILITY,
	HOOK_LSM_OPERATION,
	HOOK_COUNT,
};

#define HOOK_SLOTS 16 /* counters are indexed with a mask */

/* The sections of a policy that an image can hold. */
enum section {
	SECTION_DEVICE,
	SECTION_SOCKET,
	SECTION_CONNECT,
	SECTION_BIND,
	SECTION_FILE,
	SECTION_EXEC,
	SECTION_UNIX,
	SECTION_CAPABILITY,
	SECTION_OPERATION,
	SECTION_COUNT,
};

/* Zero is no verdict: a word that was never written must not read as "allow". The order is
 * strictness: of two equally narrow rules the larger verdict decides. */
enum verdict {
	VERDICT_NONE,
	VERDICT_ALLOW,
	VERDICT_AUDIT,
	VERDICT_DENY,
};

/* What became of the call, as an event record tells it. */
enum effect {
	EFFECT_ALLOWED = 1, /* recorded because of log = all */
	EFFECT_AUDITED,     /* an audit rule */
	EFFECT_WOULD_DENY,  /* a denial in mode = audit */
	EFFECT_DENIED,
};

/* Access letters of [device], one bit each, as the kernel's BPF_DEVCG_ACC_* */
#define ACCESS_MKNOD (1U << 0)
#define ACCESS_READ  (1U << 1)
#define ACCESS_WRITE (1U << 2)

/* Permission letters of [file] */
#define PERMISSION_READ       (1U << 0)
#define PERMISSION_WRITE      (1U << 1) /* and truncate */
#define PERMISSION_CREATE     (1U << 2)
#define PERMISSION_DELETE     (1U << 3) /* and rename away */
#define PERMISSION_ATTRIBUTES (1U << 4)

/* What [exec] decides on: a program or a script's interpreter, what is mapped executable. */
#define EXEC_RUN (1U << 0)
#define EXEC_MAP (1U << 1)

/* Operations of one section share a row: one verdict and one rule for each. Bit n of the access or
 * permission mask is operation n; sections without such a mask have one operation. */
#define OPERATIONS_MAX    5
#define DEVICE_OPERATIONS 3
#define FILE_OPERATIONS   5
#define EXEC_OPERATIONS   2

/* Protocol class of a [connect] or [bind] question: the high half of the port key. Whatever is
 * neither TCP nor UDP (ping, UDP-Lite, DCCP) is matched by `any` alone. */
enum protocol_class {
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_OTHER,
	PROTOCOL_CLASSES,
};

/* ---- the image -------------------------------------------------------------------------- */

/*
 * An image is everything one generation of one policy decides with: an array of 32-bit words, cut
 * into blocks so that its size is free while the verifier still sees a constant. It is an interval
 * decision diagram (Gouda and Liu, "Structured firewall design", 2007): each node looks at one
 * 32-bit key of the question and maps ranges of it to further nodes or to an outcome.
 *
 * A reference (`ref`) is one word, kind in the top two bits:
 *
 *   REF_INVALID   zero. Never followed; the verdict is deny.
 *   REF_OUTCOME   verdicts of up to five operations (2 bits each, operation 0 lowest), then the
 *                 row, as an offset in words into the rows area.
 *   REF_SORTED    a table of `count` pairs (first key, ref), ascending; the last pair whose key
 *                 is not above the asked one decides. The first pair's key is never above any
 *                 key that can arrive here. The offset is in units of SORTED_ALIGN words; a table
 *                 never crosses a block.
 *   REF_INDEX     an array of 2^bits refs, cell (key >> shift) & (2^bits - 1), for the same key:
 *                 the walk goes on with the cell's ref and, unless that is an outcome or one more
 *                 index, a sorted table. The offset is in units of INDEX_ALIGN words; an index may
 *                 span blocks.
 */
#define IMAGE_BLOCK_SHIFT 12
#define IMAGE_BLOCK_WORDS (1U << IMAGE_BLOCK_SHIFT) /* 16 KiB */
#define IMAGE_WORDS_MAX   (1U << 22)                /* 16 MiB */

#define REF_KIND_SHIFT 30
#define REF_INVALID    0U
#define REF_OUTCOME    1U
#define REF_SORTED     2U
#define REF_INDEX      3U

#define OUTCOME_ROW_BITS      20
#define OUTCOME_ROW_MASK      ((1U << OUTCOME_ROW_BITS) - 1)
#define OUTCOME_VERDICT_SHIFT OUTCOME_ROW_BITS

#define SORTED_ALIGN       8U
#define SORTED_OFFSET_BITS 19
#define SORTED_COUNT_MAX   2047U /* pairs; 11 bits, and no more than fit in a block */

#define INDEX_ALIGN       16U
#define INDEX_OFFSET_BITS 18
#define INDEX_BITS_MAX    16U /* stored as bits - 1, above the offset; the shift above that */
#define INDEX_LEVELS_MAX  2

/* A section that the policy does not have: its root is this, and nothing is decided or recorded.
 * The verdict in it is allow for every operation, the row is all ones. */
#define REF_ABSENT \
	((REF_OUTCOME << REF_KIND_SHIFT) | (0x155U << OUTCOME_VERDICT_SHIFT) | OUTCOME_ROW_MASK)

/* Denied for what the object is, whatever the image's rules: RULE_CLASS. An image has no such row.
 */
#define REF_CLASS                                                              \
	((REF_OUTCOME << REF_KIND_SHIFT) | (0x3ffU << OUTCOME_VERDICT_SHIFT) | \
	 (OUTCOME_ROW_MASK - 1))

enum root {
	ROOT_DEVICE_CHAR,  /* keys: major, minor */
	ROOT_DEVICE_BLOCK, /* keys: major, minor */
	ROOT_SOCKET,       /* keys: family, type, protocol */
	ROOT_CONNECT4,     /* keys: address, port key */
	ROOT_CONNECT6,     /* keys: four words of the address, most significant first, port key */
	ROOT_BIND4,
	ROOT_BIND6,
	ROOT_CAPABILITY, /* key: number of the capability */
	ROOT_OPERATION,  /* key: enum policy_operation */
	ROOT_COUNT,
};

/* Sections whose rules are globs: one automaton each. */
enum automaton_number {
	AUTOMATON_FILE,
	AUTOMATON_EXEC,
	AUTOMATON_UNIX,
	AUTOMATON_COUNT,
};

/*
 * All globs of a section as one deterministic automaton that reads a path byte by byte. A state is
 * a row of words, and rows are pushed into one another: a word belongs to a row if it bears the
 * byte by which it is reached. Of the row that begins at word w
 *
 *   w        where every byte leads that has no word of its own
 *   w + b    if it bears b: where byte b (1 to 255) leads
 *   w + 256  if it is not zero and bears no byte: the outcome of a path that ends here. Otherwise
 *            the outcome is that of the state at w, which has such a word.
 *
 * A word bears its byte, or 0, in the upper eight bits; then 22 bits, which word of the image it
 * leads to: the first of a row, or a REF_OUTCOME. AUTOMATON_SETTLED is set where it leads to a
 * state that is never left again. A state is known by the word that leads to it, without the byte.
 *
 * Bit 8 of w is zero and the row lies in one block. So masking w with AUTOMATON_ROW_MASK keeps
 * every word of the row within the block, whatever the image says; and no first word of a row is
 * taken for the outcome of another.
 */
struct automaton {
	__u32 start;     /* state; 0: the section is absent */
	__u32 anonymous; /* REF_OUTCOME of an object that has no path */
	__u32 states;    /* how many; nobody needs it to find the way */
};

#define AUTOMATON_BYTE_SHIFT 24
#define AUTOMATON_WORD_SHIFT 2 /* a state is an offset in bytes */
#define AUTOMATON_SETTLED    1U
#define AUTOMATON_ROW_MASK   0xeffU
#define AUTOMATON_OUTCOME_AT 256
#define AUTOMATON_ROW_WORDS  257U

_Static_assert(AUTOMATON_ROW_MASK + AUTOMATON_ROW_WORDS == IMAGE_BLOCK_WORDS, "rows fit a block");
_Static_assert(IMAGE_WORDS_MAX << AUTOMATON_WORD_SHIFT == 1U << AUTOMATON_BYTE_SHIFT,
               "a state can be anywhere in an image");

#define KEYS_MAX 5

#define IMAGE_MAGIC 0x64726177U /* "ward" */

/* What is recorded */
#define LOG_NONE   0U
#define LOG_DENIED 1U
#define LOG_ALL    2U

/* Memory devices, terminals (4, 5) and what is beside them: /dev/null is 1:3, /dev/tty 5:0. */
#define USUAL_MAJORS 8
#define USUAL_MINORS 16

/* Block 0 begins with this. All offsets are in words from the start of the image. */
struct image_header {
	__u32 magic;
	__u32 abi_version;
	__u32 generation;     /* unique while pins live; given by the kernel layer at publication */
	__u32 words;          /* length of the image */
	__u32 audit_sections; /* bit per enum section: mode = audit */
	__u32 log;            /* LOG_* */
	__u32 rate_count;     /* records per period, cgroup and hook; 0: no limit */
	__u32 rate_period_s;  /* seconds; never 0 */
	__u32 rows;           /* offset: rows area; each word is rule index + 1, or 0 for default */
	__u32 cookies; /* offset of counter keys, two words each, low half first: the default of
	                * section s at 2 * s, rule i at 2 * (SECTION_COUNT + i);
	                * with them ends the image */
	__u32 hooks;   /* bit per enum hook: the hooks this image needs */
	__u32 roots[ROOT_COUNT];
	__u32 lsm_hooks[2]; /* bit per enum lsm_hook: the LSM programs this image needs */
	struct automaton automata[AUTOMATON_COUNT];
	__u32 far; /* 1: the map `blocks` has it too: some reference is not near (match.h), or there
	            * is an automaton, or more than one block */
	/* Where the walk from ROOT_DEVICE_CHAR ends for the devices that are opened most */
	__u32 usual_devices[USUAL_MAJORS][USUAL_MINORS];
};

_Static_assert(sizeof(struct image_header) == (32 + USUAL_MAJORS * USUAL_MINORS) * 4,
               "image header layout");

/* ---- map values ------------------------------------------------------------------------- */

#define SLOTS_MAX   4096 /* policies in force at once */
#define IMAGES_MAX  8192 /* twice the slots: during a reload the old and the new image live */
#define CGROUPS_MAX 16384

/*
 * Cgroup storage: the program's way from its attachment to its policy. Zero-filled when the kernel
 * makes it, and slot 0 is never used: an attachment that was not finished denies.
 */
struct attachment {
	__u32 slot;
	__u32 flags;     /* ATTACHMENT_*, for the LSM programs */
	__u64 cgroup_id; /* of the cgroup attached to: the task may be in a descendant */
};

/* Slot table: one aligned 32-bit store changes the image of every cgroup of a slot at once. */
struct slot {
	__u32 image; /* index into the image table; 0: none, deny */
	__u32 reserved;
};

/* Each call counted in one of the first four is then recorded, suppressed or muted: what was put up
 * for recording is their sum less suppressed and muted. */
struct hook_counters {
	__u64 denied;
	__u64 would_deny;
	__u64 audited;
	__u64 allowed;    /* with log = all only */
	__u64 suppressed; /* over log-rate: counted, not recorded */
	__u64 muted;      /* log = none */
	__u64 rate;       /* window << 32 | records in it; see emit.h */
};

/* By cgroup id. Made by user space before the first link, so the kernel never allocates. */
struct cgroup_state {
	struct hook_counters hooks[HOOK_SLOTS];
};

struct rule_key {
	__u64 cgroup_id;
	__u64 cookie;
};

/*
 * Per-CPU totals since the programs were loaded. `attempted` numbers the records of one CPU:
 * attempted = received by a reader + no_reader + buffer_full + failed.
 *
 * `suppressed` and `muted` are those of all cgroups, and stay when a policy is taken away and its
 * cgroup_state with it. A program adds to the cgroup's first, to the total after: who reads the
 * total first and the cgroups after finds no call in the total that its cgroup does not have.
 */
struct record_counters {
	__u64 attempted;
	__u64 no_reader;   /* -ENOENT */
	__u64 buffer_full; /* -ENOSPC */
	__u64 failed;      /* any other error of the perf output */
	__u64 uncounted;   /* a counter of a cgroup or rule could not be had */
	__u64 broken;      /* denied because slot, image or diagram were not in order */
	__u64 suppressed;
	__u64 muted;
};

/* Written once by user space. Offsets into the kernel's task_struct, found through BTF by whoever
 * reads the events; zero while unknown, and then the parent is not told. */
struct settings {
	__u32 abi_version;
	__u32 real_parent_offset;
	__u32 tgid_offset;
	__u32 comm_offset;
	__u64 epoch; /* random, made when the programs were loaded: counters of one life */
	__u64 reserved;
};

/* ---- the event record ------------------------------------------------------------------- */

#define COMM_LENGTH 16

/* No rule decided, the section's default did. */
#define RULE_DEFAULT 0U
/* None could have decided otherwise: what the object is (object_class, enum unseen) denies it.
 * Counted with the section's default. */
#define RULE_CLASS 0xffffffffU

/*
 * One denial, audit or (log = all) permission. Every byte is written. Addresses are four words in
 * host order, most significant first; IPv4 in the last. `broken` denials have generation 0.
 *
 * The path of a record of an LSM hook follows the struct in the same record, without a NUL: any
 * bytes but NUL, at most EVENT_PATH_MAX.
 */
struct event {
	__u16 size; /* sizeof(struct event) + path_length */
	__u8 abi_version;
	__u8 hook;   /* enum hook */
	__u8 effect; /* enum effect */
	__u8 section;
	__u8 operations; /* asked: ACCESS_*, PERMISSION_* or EXEC_*, else 1 */
	__u8 operation;  /* index of the operation that decided */
	__u64 sequence;  /* record_counters.attempted of this CPU, from 1 */
	__u64 time_ns;   /* CLOCK_MONOTONIC */
	__u64 cgroup_id; /* of the task */
	__u64 policy_cgroup_id;
	__u32 slot;
	__u32 generation;
	__u32 rule; /* rule index + 1, RULE_DEFAULT or RULE_CLASS */
	__u32 uid;
	__u32 pid;
	__u32 tid;
	__u32 parent_pid;
	__s32 error; /* what the caller gets: -EPERM, or 0 */
	char comm[COMM_LENGTH];
	char parent_comm[COMM_LENGTH];
	/* the object; what a hook does not have is zero */
	__u32 asked[4];  /* address as the program gave it */
	__u32 judged[4]; /* address as it was looked up */
	__u16 port;      /* host order */
	__u8 family;     /* of the socket: AF_INET, AF_INET6, ... */
	__u8 judged_family;
	__u32 socket_type;
	__u32 protocol;
	__u32 device_type; /* BPF_DEVCG_DEV_BLOCK or _CHAR */
	__u32 major;
	__u32 minor;
	/* of LSM hooks, abi_lsm.h */
	__u8 lsm_hook;     /* enum lsm_hook */
	__u8 object_class; /* enum object_class */
	__u16 path_length;
	__u32 number;     /* the capability, enum policy_operation, or (HOOK_SECCOMP) enum unseen */
	__u32 flags;      /* EVENT_* */
	__u32 target_pid; /* of the task acted on (ptrace, signal-out), or 0 */
};

_Static_assert(sizeof(struct event) == 176, "event layout");

#define EVENT_PATH_MAX       4096
#define EVENT_PATH_TRUNCATED (1U << 0) /* the path is the end of a longer one */
