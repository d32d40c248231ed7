/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict scanners: the whole text is what it should be, or the complaint says what is wrong and
 * where. No locale, no leading blanks, no octal surprises, no short forms. Pure.
 *
 * All return 0, or -EINVAL with *ret_complaint filled and outputs untouched.
 */
#pragma once

#include "base/image_block.h"
#include "base/text.h"

/* Decimal, no sign, no leading zero, at most `maximum`. `what` names it in complaints: "port". */
int scan_number(struct span text, const char *what, uint32_t maximum, uint32_t *ret_number,
                struct complaint *ret_complaint);

int scan_port(struct span text, uint16_t *ret_port, struct complaint *ret_complaint);

/* "80" or "9000-9099"; the first is never above the last. */
int scan_port_range(struct span text, uint16_t *ret_first, uint16_t *ret_last,
                    struct complaint *ret_complaint);

/* One address as written, mapped ones not unmapped. Without brackets. */
int scan_address(struct span text, struct address *ret_address, struct complaint *ret_complaint);

/* "10.0.0.0/8", "fd00::/8", "10.0.0.1": unmapped, host bits zero. */
int scan_cidr(struct span text, struct address *ret_address, uint8_t *ret_length,
              struct complaint *ret_complaint);

/* "10.0.0.1", "::1". `buffer` holds ADDRESS_TEXT_MAX bytes; returns it. */
#define ADDRESS_TEXT_MAX 46
const char *address_text(const struct address *address, char *buffer);

/* "1:3", "8:*", "*:*"; `*` gives `any`. */
#define DEVICE_MAJOR_MAX 4095U
#define DEVICE_MINOR_MAX 1048575U
int scan_device_numbers(struct span text, uint32_t any, uint32_t *ret_major, uint32_t *ret_minor,
                        struct complaint *ret_complaint);

/* Letters r, w, m in any order, each once at most; never empty. Gives ACCESS_*. */
int scan_access(struct span text, uint32_t *ret_access, struct complaint *ret_complaint);

/* Letters, digits, `.`, `_` and `-`, beginning with a letter or digit; at most `length_max`. */
int scan_name(struct span text, const char *what, size_t length_max,
              struct complaint *ret_complaint);

/* "90s", "15m", "2h", "7d", to seconds; a number alone is no duration. */
#define DURATION_SECONDS_MAX (366U * 86400U)
int scan_duration(struct span text, uint32_t *ret_seconds, struct complaint *ret_complaint);

/* "100/s", "60/m", "1000/h", or "unlimited": count 0. The period is in seconds, never 0. */
#define RATE_COUNT_MAX 1000000U
int scan_rate(struct span text, uint32_t *ret_count, uint32_t *ret_period_s,
              struct complaint *ret_complaint);
