/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What zstd, gzip and lz4 have packed, unpacked piece by piece: any number of
 * frames (members, of gzip), one behind the other, from and into memory of the caller's. What
 * the packed bytes say of sizes is believed nowhere, and a frame that would take more than
 * UNPACK_WINDOW_MOST of memory is refused: how much there is in the end is up to the caller.
 *
 * Formats: RFC 8878 (zstd), RFC 1952 (gzip), lz4_Frame_format.md of lz4. Each by its own
 * library, which can be left out (configure).
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_UNPACK_H
#define WIRETAPE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The most that one frame of zstd may look back. */
#define UNPACK_WINDOW_MOST (128u << 20)

/* What tells by which program bytes were packed. */
#define UNPACK_MAGIC_BYTES 4u

struct unpack;

/* The program that packed what begins so, for messages; null: none of these. */
const char *unpack_program(const uint8_t *start, size_t bytes);

/* For what begins so, and unpack_program knows. 0, -ENOMEM, or -ENOTSUP: the library for that
 * was left out. */
int unpack_open(const uint8_t *start, size_t bytes, struct unpack **unpack);

/* One step. */
struct unpack_step {
	const uint8_t *in; /* packed bytes: the next ones */
	size_t in_bytes;
	uint8_t *out;
	size_t out_bytes;
	size_t used, made; /* so many of each were */
};

/* With both 0 used and made, more of in is needed. 0 or -ENOMEM; -EBADMSG: damaged, with why for
 * people, which is static; what was made before that is right. */
int unpack_step(struct unpack *unpack, struct unpack_step *step, const char **why);

/* Whether all frames that were begun are whole: packed bytes may end here. */
bool unpack_is_whole(const struct unpack *unpack);

/* Takes a null pointer. */
void unpack_close(struct unpack *unpack);

#endif
