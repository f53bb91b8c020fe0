/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that hold numbers in the byte order of the machine that captured them, as some
 * link types have it: turned into this machine's order, so that filters, printing and
 * copies are right. Part of reader. Pure.
 */
#ifndef WIRETAPE_READER_SWAP_H
#define WIRETAPE_READER_SWAP_H

#include <stdbool.h>
#include <stdint.h>

/* Whether packets of a link type (DLT_*) have such numbers. */
bool reader_swap_is_needed(int dlt);

/* Turns those that are whole. */
void reader_swap(int dlt, uint8_t *data, uint32_t caplen);

struct frame;
struct reader_table;

/* The same of frames of a pcapng file whose bytes have just been read again. */
void reader_swap_again(const struct reader_table *table, struct frame *frames, uint32_t count);

#endif
