/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes small files whole, where waiting is no harm. Any thread.
 */
#ifndef WIRETAPE_WRITE_ALL_H
#define WIRETAPE_WRITE_ALL_H

#include <stddef.h>

/* 0 with all of it written, or -errno; -EIO where nothing more is taken. */
int write_all(int fd, const void *bytes, size_t count);

#endif
