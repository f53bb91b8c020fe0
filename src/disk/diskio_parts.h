/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What diskio.c, which writes, and diskio_open.c share. Part of diskio.
 */
#ifndef WIRETAPE_DISKIO_PARTS_H
#define WIRETAPE_DISKIO_PARTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "disk/diskio.h"

/* Disk space that is reserved in one go, at least. */
#define DISKIO_STEP_LEAST_BYTES (8ull * 1024 * 1024)

struct diskio {
	struct outfile *file;
	int fd;        /* through the page cache, or a pipe */
	int direct_fd; /* O_DIRECT, or -1 */
	bool seekable;
	bool own_reserve;
	struct passed *passed;     /* null: a file, or nobody counts */
	bool pipe;                 /* a write may wait for a reader */
	_Atomic int mode;          /* enum diskio_mode */
	_Atomic int patience;      /* enum nowait_patience */
	struct write_queue *queue; /* null: the caller waits for each write */
	bool queue_shared;         /* and somebody else's */
	bool push_later;           /* once nothing is on its way any more */
	bool live;                 /* between its headers and its end: writes go into the queue */
	struct write_file on_queue;
	struct write_mark mark;      /* the newest record boundary */
	struct write_mark base_mark; /* the newest that is not behind base */
	uint8_t *stage;
	bool own_stage;              /* of malloc, not of the spill */
	size_t fill;                 /* bytes in the stage */
	size_t pushed;               /* of those, in the file already */
	uint64_t base;               /* file offset of the stage; whole units */
	uint64_t windowed;           /* buffered: written back so far */
	_Atomic uint64_t reserved;   /* space is reserved up to here */
	_Atomic uint64_t most;       /* the file does not grow beyond */
	uint64_t asked;              /* the reserved end at which more was asked for */
	_Atomic uint64_t step_bytes; /* reserved in one go */
	uint64_t step_ns;            /* when that was done last */
	_Atomic uint64_t position;   /* base, for the control thread */
};

/* All of data, at offset where the file can be seeked, by fd. Returns how many bytes were
 * written, and the error that stopped it in *rc. */
size_t diskio_write_all(struct diskio *io, int fd, const uint8_t *data, size_t bytes,
			uint64_t offset, int *rc);

#endif
