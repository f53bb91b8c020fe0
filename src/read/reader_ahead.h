/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long stretches of files are read past the page cache, blocks ahead of who parses them, by
 * io_uring. A search through a recorder's directory must not throw out what others have
 * cached, and without the copy it takes half of the CPU. Where pages are in the cache
 * already the copy is the faster way; so a scan ends where it comes to such.
 *
 * Whatever is not as it should be, from a file system that refuses to a disk that fails, ends
 * a scan in front of it: who reads on with pread() finds the same, and tells of it.
 *
 * Part of reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_AHEAD_H
#define WIRETAPE_READER_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read/reader.h"
#include "reader_window.h"

/* So much is looked at to decide how it is read. */
#define READER_STRETCH_BYTES (4u * 1024 * 1024)

struct reader_ahead; /* of a reader: what all its scans share */
struct reader_scan;

/* Null also where nothing is to be read like that. 0 or -ENOMEM. The ring is made when it is
 * first needed: by then all rights are gone. */
int reader_ahead_open(enum reader_io io, struct reader_ahead **ahead);

/* When all scans are closed and no window of theirs is in use. Takes a null pointer. */
void reader_ahead_close(struct reader_ahead *ahead);

/* Why there is no scan. */
enum reader_scan_state {
	READER_SCAN_OPEN,
	READER_SCAN_LATER, /* the next stretch is better read as files are, or all is in use */
	READER_SCAN_NEVER, /* of this file */
};

/* Begins to read a stretch of a regular file, from the start of the page that has from; nobody
 * else reads the handle in the meantime but by reader_place_read. */
enum reader_scan_state reader_scan_open(struct reader_ahead *ahead, struct reader_handle *handle,
					uint64_t from, uint64_t end, struct reader_scan **scan);

/* The next bytes; in front of them the window has room for READER_KEPT_MOST. */
struct reader_block {
	struct reader_window *window; /* its reference is the caller's */
	uint8_t *data;
	uint64_t offset; /* in the file; where those before ended */
	size_t bytes;    /* not 0 */
};

/* Waits for them: 1; 0 where the scan ends, after which it is to be closed: *never says whether
 * it is so for all of the file. */
int reader_scan_next(struct reader_scan *scan, struct reader_block *block, bool *never);

/* Has more blocks read, up to so many that wait in all; returns how many do. */
unsigned reader_scan_ask(struct reader_scan *scan, unsigned most);

/* Whether all there is has been asked for. */
bool reader_scan_is_asked(const struct reader_scan *scan);

/* Blocks that are read ahead of who is the only one to read. */
#define READER_AHEAD_BLOCKS 16u

/* Takes a null pointer. The handle can be read by pread() again. */
void reader_scan_close(struct reader_scan *scan);

#endif
