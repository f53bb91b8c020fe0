/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who of two has begun to talk: of TCP who sent the SYN, where that was seen; else the
 * sender of the first packet between the two. What is not IP is told by its MAC addresses.
 *
 * Exchanges are kept in a table of fixed size, 65,536 of them: what is beyond takes the place
 * of an older one, which begins anew with its next packet.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_TALKERS_H
#define WIRETAPE_TALKERS_H

#include <stdbool.h>
#include <stdint.h>

struct talkers;

/* ethernet: packets have such a header, else they begin with that of IP. 0 or -ENOMEM. */
int talkers_open(bool ethernet, struct talkers **talkers);

/* Whether the packet is of the one who answers. Learns from it. */
bool talkers_answers(struct talkers *talkers, const uint8_t *data, uint32_t bytes);

/* Takes a null pointer. */
void talkers_close(struct talkers *talkers);

#endif
