/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a packed file, unpacked as they are asked for. It takes the place of the
 * descriptor behind an input, which then counts unpacked bytes. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PACKED_H
#define WIRETAPE_READER_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct reader_packed;

struct reader_packed_config {
	int fd;           /* stays the caller's */
	bool regular;     /* it is read from offset, else where it stands */
	uint64_t offset;  /* of what follows head */
	const char *name; /* for messages; has to outlive it */
	/* What was read of it already, from its first byte on; copied. */
	const uint8_t *head;
	size_t head_bytes;
};

/* What packed a file that begins so, and can be unpacked; null: nothing has. */
const char *reader_packed_program(const uint8_t *head, size_t bytes);

/* 0 or -errno with err; -ENOTSUP: the library that it takes was left out of this program. */
int reader_packed_open(const struct reader_packed_config *config, struct reader_packed **packed,
		       struct error *err);

/* The next unpacked bytes, at least one; 0 at the end; or -errno with err: -ENODATA: it is cut
 * within a frame, -EBADMSG: damaged; all in front of that was given. -EAGAIN and -EINTR, as a
 * pipe has no more yet, lose nothing. */
ssize_t reader_packed_read(struct reader_packed *packed, uint8_t *to, size_t bytes,
			   struct error *err);

/* So many packed bytes were used. */
uint64_t reader_packed_done(const struct reader_packed *packed);

/* Takes a null pointer. */
void reader_packed_close(struct reader_packed *packed);

#endif
