/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds where the whole records of a capture file end: after a write has
 * failed in the middle, or (later) a crash. Reads only the headers of records
 * from a known boundary on.
 */
#ifndef WIRETAPE_TRIM_H
#define WIRETAPE_TRIM_H

#include <stdint.h>

#include "outfile.h"

enum trim_format { TRIM_PCAP, TRIM_PCAPNG };

/*
 * Walks fd from offset, a record boundary, to size, the file's length.
 * *end becomes the end of the last whole record, *packets the number of
 * packets between offset and there. pcap headers are in this machine's byte
 * order, as is every file this program writes. A record whose header makes no
 * sense counts as torn. Returns 0 or -errno (reading failed).
 */
int trim_scan(int fd, enum trim_format format, uint64_t offset, uint64_t size, uint64_t *end,
	      uint64_t *packets);

/*
 * Cuts a regular file, of which size bytes were written, back to its whole
 * records after a failed write; leaves any other file alone. *packets as
 * above: 0 where it cannot be read back.
 */
int trim_outfile(struct outfile *file, enum trim_format format, uint64_t offset, uint64_t size,
		 uint64_t *packets);

#endif
