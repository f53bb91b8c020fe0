/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of servers are what a filter says, or those of who did not speak first.
 */
#include "ports.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send/talkers.h"
#include "system/filter.h"

struct ports {
	const struct options_ports *options;
	const struct file_feed *feed;
	struct bpf_program servers; /* BY_SERVER; else empty */
	struct talkers *talkers;    /* BY_CLIENT; else null */
};

/* A tag in front of a packet hides nothing. */
static int compile(struct ports *p, int dlt, struct error *err)
{
	struct filter_config config = {.option = "--split", .linktype = dlt};
	char *text;
	int rc;

	if (asprintf(&text, dlt == DLT_EN10MB ? "%s or (vlan and (%s))" : "%s", p->options->servers,
		     p->options->servers) < 0)
		return error_system(err, ENOMEM, "--split");
	config.expression = text;
	rc = filter_compile_offline(&config, &p->servers, err);
	free(text);
	return rc;
}

int ports_open(const struct options *options, int dlt, struct ports **result, struct error *err)
{
	struct ports *p = calloc(1, sizeof(*p));
	int rc = 0;

	if (!p)
		return error_system(err, ENOMEM, "-o");
	p->options = &options->ports;
	if (p->options->by == BY_SERVER)
		rc = compile(p, dlt, err);
	else if (p->options->by == BY_CLIENT)
		rc = talkers_open(dlt == DLT_EN10MB, &p->talkers) < 0
			     ? error_system(err, ENOMEM, "--split")
			     : 0;
	if (rc < 0) {
		ports_close(p);
		return rc;
	}
	*result = p;
	return 0;
}

void ports_set_feed(struct ports *p, const struct file_feed *feed)
{
	p->feed = feed;
}

int ports_check(const struct ports *p, const struct reader_interface *interface, struct error *err)
{
	if (p->options->by == BY_DIRECTION && !interface->has_ways)
		return error_usage(err,
				   "-o in=IF: a pcap file does not tell which way packets went: "
				   "--split client does");
	return 0;
}

static bool is_second(struct ports *p, const struct frame *frame)
{
	const char *second = p->options->keys[1], *name;
	struct pcap_pkthdr header = {.caplen = frame->caplen, .len = frame->len};

	switch (p->options->by) {
	case BY_INTERFACE:
		name = file_feed_interface(p->feed, frame->interface)->name;
		return name && strcmp(name, second) == 0;
	case BY_DIRECTION:
		return (frame->packet_type == PACKET_OUTGOING) == (strcmp(second, "out") == 0);
	case BY_CLIENT:
		return talkers_answers(p->talkers, frame->data, frame->caplen);
	default:
		return pcap_offline_filter(&p->servers, &header, frame->data) != 0;
	}
}

uint32_t ports_choose(void *ports, const struct frame *frame)
{
	return is_second(ports, frame) ? 1 : 0;
}

void ports_close(struct ports *p)
{
	if (!p)
		return;
	pcap_freecode(&p->servers);
	talkers_close(p->talkers);
	free(p);
}
