/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds where the whole records of a capture file end, and what they are:
 * after a write has failed in the middle, or a crash. Reads the headers of
 * records, and the lengths at their ends, from a known boundary on.
 *
 * Threads: none of its own.
 */
#ifndef WIRETAPE_TRIM_H
#define WIRETAPE_TRIM_H

#include <stdint.h>

#include "disk/outfile.h"
#include "frames/time_order.h"

enum trim_format { TRIM_PCAP, TRIM_PCAPNG };

struct trim_result {
	uint64_t end;               /* of the last whole record, in the file */
	uint64_t packets;           /* between offset and there */
	uint64_t first_ns, last_ns; /* of the first and last of them, since 1970; 0
				       without any, or where an interface does not
				       count nanoseconds */
	struct time_order order;    /* of all; not known where those are not */
};

/*
 * Walks fd from offset to size, the file's length. offset is a record boundary,
 * or 0: then the file's header comes first. Files are as this program writes
 * them: in this machine's byte order, and one that
 * begins otherwise has no whole record (pcapng is looked at from 0 only). A
 * record whose header makes no sense, or whose lengths at both ends differ,
 * counts as torn. Returns 0 or -errno (reading failed: the result is what was
 * whole before).
 */
int trim_scan(int fd, enum trim_format format, uint64_t offset, uint64_t size,
	      struct trim_result *result);

/*
 * Cuts a regular file, of which size bytes were written, back to its whole
 * records after a failed write; leaves any other file alone. The result as
 * above: all 0 where it cannot be read back.
 */
int trim_outfile(struct outfile *file, enum trim_format format, uint64_t offset, uint64_t size,
		 struct trim_result *result);

#endif
