/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways to unpack, one a library. Part of unpack.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_UNPACK_WAYS_H
#define WIRETAPE_UNPACK_WAYS_H

#include "pack/unpack.h"

struct unpack_way {
	/* 0, -ENOMEM or -ENOTSUP. */
	int (*open)(void **state);
	/* As unpack_step; 1 where a frame has ended. */
	int (*step)(void *state, struct unpack_step *step, const char **why);
	void (*close)(void *state);
};

extern const struct unpack_way unpack_way_zstd;
extern const struct unpack_way unpack_way_gzip;
extern const struct unpack_way unpack_way_lz4;

#endif
