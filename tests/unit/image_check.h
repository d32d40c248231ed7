/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpf/match.h takes for granted about an image, checked table by table.
 */
#pragma once

#include "compile/image.h"

/* NULL if the image is in order, else a static text that says what is not. Allocates; runs out of
 * memory by abort(). */
const char *image_fault(const struct image *image);
