/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a capture file says of where it was made.
 */
#ifndef WIRETAPE_ORIGIN_H
#define WIRETAPE_ORIGIN_H

#include "frames/pcapng.h"
#include "ring/source.h"

/* Texts, empty where they are not known. */
struct origin {
	char os[160], hardware[320];
};

void origin_read(struct origin *origin);

/* What it says of a source; points into both. */
struct pcapng_interface origin_interface(const struct origin *origin, const struct source *source);

#endif
