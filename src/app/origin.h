/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a capture file says of where it was made.
 */
#ifndef WIRETAPE_ORIGIN_H
#define WIRETAPE_ORIGIN_H

/* Texts, empty where they are not known. */
struct origin {
	char os[160], hardware[320];
};

void origin_read(struct origin *origin);

#endif
