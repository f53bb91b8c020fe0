/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying much that is not looked at soon.
 */
#ifndef WIRETAPE_COPY_H
#define WIRETAPE_COPY_H

#include <stddef.h>

/* As memcpy, but past the caches where the processor can: what is written is not read first,
 * and what is in the caches stays there. Any thread. */
void copy_past_caches(void *to, const void *from, size_t bytes);

#endif
