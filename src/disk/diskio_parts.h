/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What diskio.c, which writes, and diskio_open.c share. Part of diskio.
 */
#ifndef WIRETAPE_DISKIO_PARTS_H
#define WIRETAPE_DISKIO_PARTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "disk/diskio.h"
#include "disk/diskio_uring.h"

struct diskio {
	struct outfile *file;
	int fd;        /* through the page cache, or a pipe */
	int direct_fd; /* O_DIRECT, or -1 */
	bool seekable;
	bool own_reserve;
	bool pipe; /* a write may wait for a reader */
	bool nonblocking;
	bool finishing;   /* and then not for ever */
	_Atomic int mode; /* enum diskio_mode */
	_Atomic bool abandoned;
	struct uring *uring;
	bool uring_shared; /* and somebody else's */
	struct uring_file on_uring;
	uint8_t *stage;
	size_t fill;               /* bytes in the stage */
	size_t pushed;             /* of those, in the file already */
	uint64_t base;             /* file offset of the stage; whole units */
	uint64_t windowed;         /* buffered: written back so far */
	_Atomic uint64_t reserved; /* space is reserved up to here */
	_Atomic uint64_t most;     /* the file does not grow beyond */
	uint64_t asked;            /* the reserved end at which more was asked for */
	_Atomic uint64_t position; /* base, for the control thread */
};

#endif
