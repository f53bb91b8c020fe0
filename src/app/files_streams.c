/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_streams.h"

#include <errno.h>
#include <pcap/pcap.h>

int files_streams_open(struct streams *s, const struct options *options, struct log *log,
		       struct error *err)
{
	const struct sink_stream_header header = {
		.section.application = "wiretape " WIRETAPE_VERSION,
	};
	int rc = streams_find(s, options, log, err);

	if (rc == 0)
		rc = streams_open(s, true, err);
	/* pcap begins with its link type, which is not known yet. */
	if (rc == 0 && options->stream_format == FORMAT_PCAPNG)
		rc = streams_describe(s, &header, err);
	return rc;
}

/* Stamps are nanoseconds, whatever they were in the file. */
static struct pcapng_interface describe(const struct reader_interface *from)
{
	return (struct pcapng_interface){
		.linktype = pcapng_linktype(from->dlt),
		.snaplen = from->longest > from->snaplen ? from->longest : from->snaplen,
		.name = from->name,
		.description = from->description,
		.filter = from->filter,
		.os = from->os,
		.mac = from->has_mac ? from->mac : NULL,
		.speed_bps = from->speed_bps,
		.tsresol = 9,
	};
}

static int start_pcap(struct streams *s, const struct pcapng_interface *interface,
		      struct error *err)
{
	const struct sink_stream_header header = {.interfaces = interface, .count = 1};

	s->linktype = interface->linktype;
	s->described = true;
	return streams_describe(s, &header, err);
}

int files_streams_met(struct streams *s, const struct reader_interface *interface,
		      struct error *err)
{
	const struct pcapng_interface ours = describe(interface);
	int rc = 0;

	if (s->count == 0)
		return 0;
	if (s->options->stream_format == FORMAT_PCAP && !s->described)
		return start_pcap(s, &ours, err);
	if (s->options->stream_format == FORMAT_PCAP && ours.linktype != s->linktype)
		return error_usage(err,
				   "-w %s: packets of several link-types do not fit into one pcap "
				   "stream: --format pcapng has several",
				   s->addresses[0].text);
	for (uint32_t i = 0; i < s->count && rc == 0; i++) {
		rc = s->sinks[i]->ops->add_interface(s->sinks[i], &ours);
		if (rc < 0)
			*err = s->sinks[i]->error;
	}
	return rc;
}
