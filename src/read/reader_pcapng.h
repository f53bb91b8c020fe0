/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an Interface Description Block of pcapng says: who the interface is, and
 * how it counts time. Part of the reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PCAPNG_H
#define WIRETAPE_READER_PCAPNG_H

#include "reader_format.h"

/* Takes in one whole block, of the section at hand. 1, or -errno with err set (0:
 * it makes no sense, in a live file). */
int reader_read_idb(struct reader_file *file, const uint8_t *block, uint32_t bytes,
		    struct error *err);

#endif
