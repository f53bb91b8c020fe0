/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the parser of pcapng: blocks, and what an Interface Description Block says.
 * Part of the reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PCAPNG_H
#define WIRETAPE_READER_PCAPNG_H

#include "reader_format.h"

#define PCAPNG_BLOCK_OLD 2u
#define PCAPNG_BLOCK_MIN 12u

/* Has the next block in the window whole, and says how long it is: 1; 0 at the end of the
 * file, or -errno. */
int reader_pcapng_need(struct reader_file *file, uint32_t *bytes, struct error *err);

/* Whether a block is neither section, interface nor packet: it can do without being looked
 * at, so it may be of any size. */
bool reader_pcapng_is_beside(uint32_t type);

/* Takes in one whole block, of the section at hand. 1, or -errno with err set (0:
 * it makes no sense, in a live file). */
int reader_read_idb(struct reader_file *file, const uint8_t *block, uint32_t bytes,
		    struct error *err);

#endif
