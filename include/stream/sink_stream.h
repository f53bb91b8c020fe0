/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends packets to whoever is connected: PCAP-over-IP, a stream of pcap or pcapng for each
 * client, its header first, packets from when it has come. Nothing comes back. Where it
 * connects it does so again a second after the connection has ended, with a new header.
 *
 * A live capture is never held up: what a client has not taken when queue_bytes are behind
 * it is dropped for it, in whole packets, and counted; in pcapng the next one tells
 * (epb_dropcount). Files are read no faster than it is sent, and wait for a client.
 *
 * One copy of each packet, whatever the number of clients; none where there is no client.
 *
 * Threads: as frames/sink.h has it. A thread of its own sends, connects and accepts, from
 * sink_stream_start on.
 */
#ifndef WIRETAPE_SINK_STREAM_H
#define WIRETAPE_SINK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/note.h"
#include "base/status.h"
#include "frames/pcapng.h"
#include "frames/sink.h"
#include "stream/address.h"

/* Clients of one listener at once; more are refused. */
#define STREAM_CLIENTS_MOST 128u

#define STREAM_BUFFER_DEFAULT (UINT64_C(16) << 20)
#define STREAM_BUFFER_LEAST   (UINT64_C(1) << 20)

struct sink_stream_config {
	const struct stream_address *address; /* resolved; has to outlive the sink */
	bool pcapng;
	bool nano;            /* of pcap */
	bool patient;         /* clients are waited for */
	uint64_t queue_bytes; /* at least STREAM_BUFFER_LEAST */
	/* That clients come and go: any thread. */
	void (*note)(void *context, enum note_cause cause, const char *text);
	void *context;
};

/* What a stream begins with: pcapng takes all, pcap the first interface's. */
struct sink_stream_header {
	struct pcapng_section section;
	const struct pcapng_interface *interfaces;
	uint32_t count;
};

/* Listens, where it is to. Nothing is sent before sink_stream_start. */
int sink_stream_open(const struct sink_stream_config *config, struct sink **sink,
		     struct error *err);

/* Once, before frames come. 0 or -errno. */
int sink_stream_describe(struct sink *sink, const struct sink_stream_header *header,
			 struct error *err);

/* Starts the thread, with the rights there are. 0 or -errno. */
int sink_stream_start(struct sink *sink, struct error *err);

/* What has become of its clients; clients has room for STREAM_CLIENTS_MOST. Any thread. */
void sink_stream_status(struct sink *sink, struct status_stream *status,
			struct status_client *clients);

#endif
