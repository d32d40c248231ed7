/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reader that lives long asks of a ward while others change it: cheap, without the ward's
 * lock, and without a look at any policy.
 */
#pragma once

#include "kernel/ward.h"

/* Calls `each` for every policed cgroup and hook with records over log-rate; `total` counts since
 * the policy was first put in force there. An error of `each` ends the walk and is returned: then
 * not every cgroup was seen. */
int ward_each_suppressed(struct ward *ward,
                         int (*each)(void *context, uint64_t cgroup_id, enum hook hook,
                                     uint64_t total),
                         void *context);

/* The pins of this ward have been removed, or replaced by others: what it has open is of the past.
 */
bool ward_is_replaced(const struct ward *ward);
