/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the oldest packet that is kept was taken: read from the beginning of
 * the oldest segment, once for each that becomes the oldest.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

/* The first packet is near the beginning. */
#define LOOK_BYTES (128u * 1024u)

uint64_t tape_oldest_ns(struct tape *tape)
{
	const struct tape_entry *oldest = tape_index_at(&tape->index, 0);
	struct trim_result found = {0};
	struct stat st;
	uint64_t size;
	int fd;

	if (!oldest)
		return 0;
	if (tape->oldest_sequence == oldest->sequence)
		return tape->oldest_ns;
	fd = openat(tape->dir, oldest->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		size = (uint64_t)st.st_size < LOOK_BYTES ? (uint64_t)st.st_size : LOOK_BYTES;
		trim_scan(fd, tape->config.format, 0, size, &found);
	}
	if (fd >= 0)
		close(fd);
	/* What is packed is not read for that. */
	if (found.packets == 0 && oldest->order.known)
		found = (struct trim_result){.packets = 1,
					     .first_ns = (uint64_t)oldest->order.least_ns};
	tape->oldest_sequence = oldest->sequence;
	tape->oldest_ns = found.packets > 0 ? found.first_ns : 0;
	return tape->oldest_ns;
}
