/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which link type (DLT_*, pcap/dlt.h) frames of a device carry, from the
 * device's ARPHRD_* type (linux/if_arp.h), and whether they have to be taken
 * "cooked": without their link-layer header, which a LINUX_SLL2 header then
 * replaces. Pure.
 */
#ifndef WIRETAPE_LINKTYPE_H
#define WIRETAPE_LINKTYPE_H

#include <stdbool.h>

struct linktype {
	int dlt;
	bool cooked;
};

/* Always has an answer: types not known are taken cooked. */
struct linktype linktype_of_arphrd(unsigned arphrd);

/* The cooked link type, as used for "any". */
struct linktype linktype_any(void);

#endif
