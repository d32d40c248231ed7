/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the service manager how we are, if there is one: a datagram to $NOTIFY_SOCKET, as
 * described in sd_notify(3).
 */
#pragma once

/* "READY=1", "STOPPING=1". Nothing happens without a service manager; 0 or -errno. */
int notify_service_manager(const char *state);
