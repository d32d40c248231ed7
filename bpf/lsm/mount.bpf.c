// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * [operation] mount, and what else gives a task other names for files: chroot, user namespaces.
 * open_tree, fsopen and mount_setattr have no hook but capable (capability.bpf.c).
 */
#include "operation.h"

OPERATION_PROGRAM(sb_mount, 5, LSM_SB_MOUNT, OPERATION_MOUNT)
OPERATION_PROGRAM(move_mount, 2, LSM_MOVE_MOUNT, OPERATION_MOUNT)
OPERATION_PROGRAM(sb_umount, 2, LSM_SB_UMOUNT, OPERATION_MOUNT)
OPERATION_PROGRAM(sb_pivotroot, 2, LSM_SB_PIVOTROOT, OPERATION_MOUNT)
OPERATION_PROGRAM(sb_remount, 2, LSM_SB_REMOUNT, OPERATION_MOUNT)
OPERATION_PROGRAM(sb_kern_mount, 1, LSM_SB_KERN_MOUNT, OPERATION_MOUNT)
OPERATION_PROGRAM(path_chroot, 1, LSM_PATH_CHROOT, OPERATION_CHROOT)
OPERATION_PROGRAM(userns_create, 1, LSM_USERNS_CREATE, OPERATION_USERNS)

char program_license[] SEC("license") __weak = "Dual BSD/GPL";
