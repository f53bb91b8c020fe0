/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What spill.c, which hands buffers out, and spill_ready.c, which sees to their memory,
 * share. Part of spill.
 */
#ifndef WIRETAPE_SPILL_PARTS_H
#define WIRETAPE_SPILL_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "disk/spill.h"

/* What is filled, and given back, in one go: one large page, so that none is split. */
#define SPILL_PAGE_BYTES   (2u * 1024u * 1024u)
#define SPILL_PAGE_BUFFERS (SPILL_PAGE_BYTES / SPILL_BUFFER_BYTES)

/* No page is tended. */
#define SPILL_TENDED_NONE UINT32_MAX

enum spill_page {
	SPILL_COLD,  /* has no memory, or nobody knows */
	SPILL_READY, /* has some, which the system may take */
	SPILL_USED,  /* has some, from a buffer that was or is in use */
};

struct spill {
	pthread_mutex_t lock;
	uint8_t *map; /* all of it, with room to align */
	size_t map_bytes;
	uint8_t *memory;  /* the buffers */
	uint32_t count;   /* of them, whole pages */
	uint32_t bounded; /* of those, in use at most, but for those of files */
	uint32_t in_use;
	uint32_t files;              /* of those, for files that are open */
	_Atomic uint32_t used, most; /* beyond the base */
	/* A bit each: it is in use, or there is no such buffer. */
	_Atomic uint64_t *taken;
	uint32_t words;
	uint32_t full; /* words before it have none that is free */
	/* Each of count / SPILL_PAGE_BUFFERS: enum spill_page. */
	_Atomic uint8_t *pages;
	/* The page whose memory is seen to: its buffers cannot be had. Whoever takes one sets its
	 * bit and looks here, whoever tends sets this and looks there, so that no more than one of
	 * them goes on: a lock could be kept from the ring thread by one that has to wait for
	 * a processor. */
	_Atomic uint32_t tended;
};

#endif
