/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file is to have beside its packets and came up after the first segment was
 * opened: interfaces, and blocks of other files. Lasting ones are for every segment from
 * then on, others for the one that is next to get packets. Part of tape_writer.
 *
 * Threads: the ring thread, or the control thread while that does not run.
 */
#ifndef WIRETAPE_TAPE_ADDED_H
#define WIRETAPE_TAPE_ADDED_H

#include "frames/pcapng.h"
#include "frames/sink.h"

/* Zeros at first. */
struct tape_added {
	struct tape_addition *lasting, *passing;
	uint32_t lasting_count, passing_count;
	uint32_t passed; /* of the passing ones, from the first on */
};

/* Strings have to outlive this; blocks are copied. 0 or -ENOMEM. */
int tape_added_interface(struct tape_added *added, const struct pcapng_interface *interface);
int tape_added_block(struct tape_added *added, const struct pcapng_block *block);

/* Gives a segment's sink what it has not had: *had is how many of the lasting ones it had
 * before. 0, SINK_FULL or -errno. */
int tape_added_give(struct tape_added *added, struct sink *sink, uint32_t *had);

void tape_added_clear(struct tape_added *added);

#endif
