/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What user space alone keeps in pinned maps: who is policed by which slot, and which slots and
 * images are taken. No program reads these.
 *
 * The hard idea: a note is made before the thing it is about exists and is wiped after the thing is
 * gone. So whatever a killed command left behind has a note, and the next one can sweep it. That
 * there is something to sweep is a note as well (`unfinished`), so that a command need not look
 * through all there is.
 */
#pragma once

#include <stdint.h>

#include "abi_seccomp.h"

/* generation 0: the slot is free. The hashes are for finding; equality is read from the pins. */
struct slot_note {
	uint32_t generation;
	uint32_t users;     /* cgroups; counted anew by a whole sweep */
	uint64_t meta_hash; /* of the whole meta text */
	uint64_t path_hash; /* of the policy's absolute path */
	uint64_t lsm_hooks; /* bit per enum lsm_hook: those the image needs */
};

/* One element of an array map, mmapped by each command. */
struct ledger {
	/* Builds must be able to tell each other by these, so they stay where they are. */
	uint64_t build; /* hash of the BPF object that is loaded */
	uint32_t abi_version;
	uint32_t last_generation;
	char version[32]; /* of the cgward that loaded it */

	uint32_t unfinished; /* a change began and has not ended: everything is to be swept */
	uint32_t
	        sweep_bucket; /* where the next command goes on looking for cgroups that are gone */
	uint32_t policed;     /* entries of `attachments`; counted anew by a whole sweep */
	/* Images that stood in a slot and are still in the tables; 0: none. See image_leave(). */
	uint16_t left_image;       /* a program that began before the last flip may be using it */
	uint16_t unused_image;     /* none can: the next image takes its number, and so its place */
	uint64_t oldest_retired_s; /* when the oldest retired meta was retired, or earlier; 0: none
	                            */
	uint32_t image_generations[IMAGES_MAX]; /* 0: the image number is free */
	struct slot_note slots[SLOTS_MAX];
};

_Static_assert(IMAGES_MAX - 1 <= UINT16_MAX, "an image number is noted in 16 bits");

/* Flags of struct policed (abi_seccomp.h), the value of the hash map `attachments`, by cgroup id.
 */
#define POLICED_RUN      (1U << 0) /* made by `cgward run` */
#define POLICED_NEW      (1U << 1) /* being put in force; if its command died, it is taken away */
#define POLICED_MOVING   (1U << 2) /* storage may still name another slot: to be written again */
#define POLICED_GOING    (1U << 3) /* being taken away */
#define POLICED_FILTERED (1U << 4) /* what runs in it has the seccomp filter */
