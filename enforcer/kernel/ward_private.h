/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files behind ward.h share. Pins, below the pin directory DIR (0700):
 *
 *   abi3/                     renamed from loading/ when it is complete
 *     storage slots images blocks attachments cgroup_states rule_counts records settings events
 *                             (maps.h)
 *     ledger                  (ledger.h)
 *     programs/anchor...      and programs/<hook> once a policy needed it
 *     metas/meta_<generation> metas/retired_<generation>
 *     cgroups/<id>_<hook>     links
 *     lsm/                    once a policy needed it: see lsm.h
 *
 * Names in bpffs hold no dots.
 */
#pragma once

#include <stddef.h>

#include "kernel/ledger.h"
#include "kernel/ward.h"

struct bpf_object;

#define RETIRED_META_S 60 /* records of a replaced image may be on their way for so long */

struct ward {
	char *pins, *tree;  /* DIR, DIR/abi3 */
	int lock_fd;        /* DIR, locked */
	int reader_lock_fd; /* DIR/abi3 */
	int cgroup_mount_fd;
	enum ward_access access;
	bool has_failed; /* a change: what it may have left is for the next command to sweep */
	int storage, slots, images, blocks, cgroup_states, rule_counts, records, settings, events;
	int attachments, ledger_map;
	/* WARD_CHANGE only, else -1 */
	int programs[PROGRAM_HOOK_COUNT]; /* -1 if no policy needed it so far */
	int anchor, anchor_device, anchor_socket;
	struct slot *slot_table; /* mmapped; read-only with WARD_READ */
	struct ledger *ledger;   /* likewise */
};

/* A path below the pins. Names are short: PINS_MAX bounds DIR. */
#define PINS_MAX     3000
#define PIN_PATH_MAX 4096
#define PINS_LOADING "loading" /* until it is complete and called abiN */
void pin_path(char path[PIN_PATH_MAX], const char *directory, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* ---- pins.c ---- */
int pins_open(const char *pins, bool make, struct diag *diag, int *ret_fd);
int pins_lock(int fd, const char *pins, bool exclusive, struct diag *diag);
int pins_remove_tree(const char *path);
/* Cgroups that are policed by a tree of whatever version. */
size_t pins_count_cgroups(const char *tree);
/* Number N of a name abiN, or 0. */
unsigned int pins_abi_of_name(const char *name);
/* Whether the name in DIR is one that some version of cgward gives. */
bool pins_is_tree_name(const char *name);

/* ---- programs.c ---- */
/* All but the programs of hooks. */
int programs_make_tree(const char *pins, struct diag *diag);
/* Loads and pins the programs of `hooks` that are not loaded; LSM programs are lsm_prepare's. */
int programs_need(struct ward *ward, uint32_t hooks, struct diag *diag);
/* Before `object` is loaded: it gets the ward's maps for those of its own of these names. */
int programs_share_maps(const struct ward *ward, const struct bpf_object *object);
uint64_t programs_build(void);

/* ---- images.c ---- */
/* Builds, fills, freezes and pins an image nobody uses yet; gives it a number and a generation. */
int image_publish(struct ward *ward, const struct image *image, const char *meta, size_t length,
                  struct diag *diag, uint32_t *ret_number, uint32_t *ret_generation);
/* Undoes image_publish, once no slot names the image. `retire`: the meta stays for a while. */
void image_withdraw(struct ward *ward, uint32_t number, bool retire);
/* Instead, of the image that a flip has just taken out of its slots: its maps stay until two later
 * images are published. One of each change, and only after image_publish() in the same. */
void image_leave(struct ward *ward, uint32_t number);
/* Withdraws what was left so. */
void images_withdraw_left(struct ward *ward);
bool image_is(struct ward *ward, uint32_t number, const struct image *image);
bool image_in_use(const struct ward *ward, uint32_t number);
/* Before anything is taken away that a program may be about to look up: it would deny a call that
 * neither the old state nor the new one denies. */
void programs_wait(struct ward *ward);
/* The cookies of an image's defaults and rules, malloc'ed. */
int image_cookies(struct ward *ward, uint32_t number, uint64_t **ret_cookies, size_t *ret_count);
/* Bit per hook that the image of a slot needs. */
int image_hooks(struct ward *ward, uint32_t number, uint32_t *ret_hooks);

/* ---- metas.c ---- */
int meta_pin(struct ward *ward, uint32_t generation, const char *text, size_t length);
void meta_unpin(struct ward *ward, uint32_t generation, bool retire);
int meta_read(struct ward *ward, uint32_t generation, char **ret_text, size_t *ret_length);
void metas_sweep(struct ward *ward);
void metas_sweep_old(struct ward *ward); /* if there are any */
uint64_t content_hash(const void *bytes, size_t length);

/* ---- links.c ---- */
/* Links those of `hooks` that are not linked; *ret_linked tells which, also on failure. links_make:
 * of a cgroup that has no links. */
int links_make(struct ward *ward, const struct cgroup *cgroup, uint32_t hooks, struct diag *diag,
               uint32_t *ret_linked);
int links_add(struct ward *ward, const struct cgroup *cgroup, uint32_t hooks, struct diag *diag,
              uint32_t *ret_linked);
/* Goes on to the last whatever becomes of one; what kept the first from going. */
int links_remove(struct ward *ward, uint64_t cgroup_id, uint32_t hooks);
int links_present(const struct ward *ward, uint64_t cgroup_id, uint32_t *ret_hooks);
/* Writes the storage of a cgroup, attaching an anchor for a moment if there is none yet: one of a
 * hook out of `hooks`, if it can be. */
int storage_write(struct ward *ward, const struct cgroup *cgroup, uint32_t slot, uint32_t hooks);
void storage_clear(struct ward *ward, uint64_t cgroup_id);

/* ---- attachments.c ---- */
int policed_get(struct ward *ward, uint64_t cgroup_id, struct policed *ret_policed);
int policed_set(struct ward *ward, uint64_t cgroup_id, const struct policed *policed);
/* The same for a cgroup that has no entry, and for one that changes its slot: they count. */
int policed_add(struct ward *ward, uint64_t cgroup_id, const struct policed *policed);
int policed_move(struct ward *ward, uint64_t cgroup_id, const struct policed *policed,
                 uint32_t old_slot);
int policed_delete(struct ward *ward, uint64_t cgroup_id, const struct policed *policed);
/* Of all policed cgroups if `slot` is 0, else of those of one slot. The caller frees items. */
struct policed_cgroup {
	uint64_t id;
	struct policed policed;
};
struct policed_list {
	struct policed_cgroup *items;
	size_t count, capacity;
};
int policed_of_slot(const struct ward *ward, uint32_t slot, struct policed_list *ret_list);
/* Some of all, another part each time until all have had their turn: the first from *bucket, which
 * becomes where the next call is to begin. Reads no more than `count` entries; the number read, or
 * -errno. */
int policed_some(const struct ward *ward, uint32_t *bucket, struct policed_cgroup *items,
                 uint32_t count);
static inline void policed_list_fini(struct policed_list *list)
{
	free(list->items);
}

/* ---- rule_counts.c ---- */
int rule_counts_each(struct ward *ward,
                     int (*each)(void *context, const struct rule_key *key, uint64_t count),
                     void *context);
/* Deletes those of a cgroup that is no longer policed. `slot`: the last it had. */
void rule_counts_drop(struct ward *ward, uint64_t cgroup_id, uint32_t slot);

/* ---- ward_remove.c, ward_sweep.c ---- */
int policed_drop(struct ward *ward, uint64_t cgroup_id, const struct policed *policed);
/*
 * Around every change. A command that does not get to the end of it, or fails, leaves the mark, and
 * then the next command looks through everything.
 */
void change_begin(struct ward *ward);
void change_end(struct ward *ward, int error);
/* At the beginning of a command: everything if need be, else a few cgroups of all. */
void ward_sweep(struct ward *ward);
void ward_sweep_everything(struct ward *ward);
/* Opens a policed cgroup; -ESTALE when it is gone. */
int policed_open(struct ward *ward, uint64_t cgroup_id, struct cgroup *ret_cgroup);

/* ---- libbpf_log.c ---- */
void libbpf_log_begin(void);
/* The last lines libbpf said since, for a hint; never NULL. */
const char *libbpf_log_tail(void);

#define ALL_HOOKS ((1U << CGROUP_HOOK_COUNT) - 1) /* that are linked to cgroups */
