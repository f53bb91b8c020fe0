/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters that the kernel cannot run: all packets come, and the whole filter is run here,
 * as for files. What was taken off a packet is back in its place then: VLAN tags, and the
 * header that stands for a link-layer one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter_parts.h"

int filter_make_whole(struct filter *filter, const struct filter_config *config, const char *why,
		      struct error *err)
{
	struct filter_facts facts = {.interface = config->interface};
	struct filter_config offline = *config;
	int ret = 0;

	offline.facts = &facts;
	/* It names itself and its option. */
	filter->by_way = config->expression && filter_asks_way(config->expression);
	for (int sent = 0; sent < 1 + filter->by_way && ret == 0; sent++) {
		facts.way = sent ? FILTER_WAY_OUT : FILTER_WAY_IN;
		ret = filter_compile_offline(&offline, &filter->whole[sent], err);
	}
	if (ret == 0) {
		filter->coarse = strdup(why);
		ret = filter->coarse ? 0 : error_system(err, ENOMEM, "make the program");
	}
	return ret;
}

const char *filter_coarse(const struct filter *filter)
{
	return filter->coarse;
}

bool filter_passes(const struct filter *filter, const struct filter_packet *packet)
{
	const struct bpf_program *program = &filter->whole[filter->by_way && packet->sent];
	const struct pcap_pkthdr header = {.caplen = packet->caplen, .len = packet->len};

	return pcap_offline_filter(program, &header, packet->data) != 0;
}
