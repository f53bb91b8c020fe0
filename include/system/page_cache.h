/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of a file is in the page cache, so that reading past it is chosen where nothing
 * is there to be had sooner.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_PAGE_CACHE_H
#define WIRETAPE_PAGE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

/* So many bytes of a stretch of a regular file, in whole pages; or -errno: -EPERM where the
 * file is neither ours nor may be written by us, -ENOSYS before Linux 6.5. */
int64_t page_cache_bytes(int fd, uint64_t offset, uint64_t bytes);

/* Whether at least half of the stretch seems to be there. Where the kernel does not tell, a few
 * pages are tried, of which one may be read in by that; fd is without O_DIRECT. */
bool page_cache_has(int fd, uint64_t offset, uint64_t bytes);

#endif
