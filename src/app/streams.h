/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of -w: sockets that packets are sent to, beside the file there may be.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_STREAMS_H
#define WIRETAPE_STREAMS_H

#include "base/error.h"
#include "base/status.h"
#include "cli/log.h"
#include "cli/options.h"
#include "frames/sink.h"
#include "ring/source.h"
#include "stream/sink_stream.h"

/* All zeros: none, and may be closed. */
struct streams {
	const struct options *options;
	struct log *log;
	struct stream_address addresses[OPTIONS_STREAMS_MAX];
	struct sink *sinks[OPTIONS_STREAMS_MAX];
	uint32_t count; /* of open sinks */
	bool described; /* of files, in pcap */
	int linktype;   /* likewise */
	/* Matches the packets of their own: on the loopback interface, and on any other;
	 * null: there are none. */
	char *own[2];
	struct status_stream status[OPTIONS_STREAMS_MAX];
	struct status_client *clients;
};

/* Looks up names. Before what follows; streams_close also after an error. 0 or -errno. */
int streams_find(struct streams *streams, const struct options *options, struct log *log,
		 struct error *err);

/* Listens, with the rights there are. patient: packets are of files, which wait. */
int streams_open(struct streams *streams, bool patient, struct error *err);

/* Says what they begin with. Of files interface by interface: see sink_ops.add_interface. */
int streams_describe_sources(struct streams *streams, const struct source *sources, uint32_t count,
			     struct error *err);
int streams_describe(struct streams *streams, const struct sink_stream_header *header,
		     struct error *err);

/* All rights are gone: connects, and lets clients in. */
int streams_start(struct streams *streams, struct error *err);

/* What has become of them: streams->count of them, valid until the next call. */
const struct status_stream *streams_status(struct streams *streams);

/* Lines of the closing report. */
void streams_report(struct streams *streams);

void streams_close(struct streams *streams);

#endif
