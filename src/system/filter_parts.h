/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter as it is made: what goes into the kernel, and what is done here beside that.
 * Part of filter.
 */
#ifndef WIRETAPE_FILTER_PARTS_H
#define WIRETAPE_FILTER_PARTS_H

#include <linux/filter.h>
#include <pcap/pcap.h>

#include "system/filter.h"

struct filter {
	char *coarse;                /* why the kernel has a coarser one; null: it has all of it */
	struct bpf_program whole[2]; /* then: for packets received, and for those sent; */
	bool by_way;                 /* else the first is for both */
	unsigned short count;
	struct sock_filter code[];
};

/* Has a filter, which takes what it should and more, checked here for the rest; why is what
 * the kernel cannot do. 0 or -errno. */
int filter_make_whole(struct filter *filter, const struct filter_config *config, const char *why,
		      struct error *err);

#endif
