/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring thread's part: packets are put into the hub's log as the bytes that are sent.
 */
#include "stream/sink_stream.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "stream_hub.h"
#include "stream_record.h"

struct sink_stream {
	struct sink base;
	struct stream_hub hub;
	bool pcapng, patient;
	uint32_t tick_ns; /* one unit of a stamp's fraction */
	uint64_t packets; /* appended */
	uint64_t lost;    /* there was no room for */
	uint64_t untold;  /* of these, by no packet yet */
	uint8_t *pending; /* blocks that come before the next packet */
	size_t pending_bytes;
};

/* --- headers ------------------------------------------------------------------------- */

static int add_pending(struct sink_stream *s, const uint8_t *bytes, size_t count)
{
	uint8_t *more = realloc(s->pending, s->pending_bytes + count);

	if (!more)
		return -ENOMEM;
	memcpy(more + s->pending_bytes, bytes, count);
	s->pending = more;
	s->pending_bytes += count;
	return 0;
}

/* 0, SINK_WAIT or -errno. */
static int give_pending(struct sink_stream *s)
{
	int rc;

	if (s->pending_bytes == 0)
		return 0;
	rc = stream_hub_add_header(&s->hub, s->pending, s->pending_bytes, s->packets, s->lost);
	if (rc <= 0)
		return rc == 0 ? SINK_WAIT : rc;
	s->pending_bytes = 0;
	return 0;
}

static int add_pcap_header(struct sink_stream *s, const struct pcapng_interface *interface)
{
	const struct pcap_file_header header = {
		.magic = s->tick_ns == 1 ? 0xA1B23C4Du : 0xA1B2C3D4u,
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = interface->snaplen ? interface->snaplen : 262144,
		.linktype = (bpf_u_int32)interface->linktype,
	};

	return add_pending(s, (const uint8_t *)&header, sizeof(header));
}

static int add_idb(struct sink_stream *s, const struct pcapng_interface *interface)
{
	const size_t room = pcapng_idb_most(interface);
	uint8_t *block = malloc(room);
	int rc;

	if (!block)
		return -ENOMEM;
	rc = add_pending(s, block, pcapng_put_idb(block, room, interface));
	free(block);
	return rc;
}

static int add_shb(struct sink_stream *s, const struct pcapng_section *section)
{
	const size_t room = pcapng_shb_most(section);
	uint8_t *block = malloc(room);
	int rc;

	if (!block)
		return -ENOMEM;
	rc = add_pending(s, block, pcapng_put_shb(block, room, section));
	free(block);
	return rc;
}

int sink_stream_describe(struct sink *sink, const struct sink_stream_header *header,
			 struct error *err)
{
	struct sink_stream *s = (struct sink_stream *)sink;
	int rc = s->pcapng ? add_shb(s, &header->section)
			   : add_pcap_header(s, &header->interfaces[0]);

	for (uint32_t i = 0; rc == 0 && s->pcapng && i < header->count; i++)
		rc = add_idb(s, &header->interfaces[i]);
	if (rc == 0)
		rc = give_pending(s);
	return rc < 0 ? error_system(err, -rc, "%s", s->hub.config.address->text) : 0;
}

/* --- ring thread ---------------------------------------------------------------------- */

static int sink_stream_block_begin(struct sink *sink, struct block *block,
				   const struct stats_snapshot *stats)
{
	(void)sink;
	(void)block;
	(void)stats;
	return 0;
}

static void put_pcap(const struct sink_stream *s, uint8_t *to, const struct frame *frame)
{
	const uint64_t time_ns = (uint64_t)frame->time_ns;
	const uint32_t header[] = {
		(uint32_t)(time_ns / 1000000000u),
		(uint32_t)(time_ns % 1000000000u / s->tick_ns),
		frame->caplen,
		frame->len,
	};

	_Static_assert(sizeof(header) == STREAM_PCAP_RECORD_BYTES, "a record's header");
	memcpy(to, header, sizeof(header));
	memcpy(to + sizeof(header), frame->data, frame->caplen);
}

/* False where there is no room. */
static bool put_frame(struct sink_stream *s, const struct frame *frame)
{
	const size_t most = (size_t)frame->caplen + PCAPNG_EPB_OVERHEAD_MAX;
	uint8_t *to = stream_log_room(&s->hub.log, most);

	if (!to)
		return false;
	if (!s->pcapng) {
		put_pcap(s, to, frame);
		s->hub.log.end += STREAM_PCAP_RECORD_BYTES + frame->caplen;
	} else if (s->untold > 0) {
		struct frame told = *frame;

		told.lost += s->untold;
		s->untold = 0;
		s->hub.log.end += pcapng_put_epb(to, most, &told);
	} else {
		s->hub.log.end += pcapng_put_epb(to, most, frame);
	}
	s->packets++;
	return true;
}

static void publish(struct sink_stream *s)
{
	stream_hub_publish(&s->hub, s->packets, s->lost);
	s->base.dirty = false;
	atomic_store_explicit(&s->base.bytes, s->hub.log.end, memory_order_relaxed);
}

/* The stream thread is told to say when there is room, or somebody who listens. */
static int wait_for_room(struct sink_stream *s)
{
	publish(s);
	atomic_store(&s->hub.waits, true);
	return SINK_WAIT;
}

static int sink_stream_frames(struct sink *sink, struct frame *frames, uint32_t count,
			      uint32_t *taken)
{
	struct sink_stream *s = (struct sink_stream *)sink;
	int rc = give_pending(s);

	*taken = 0;
	if (rc == SINK_WAIT)
		return wait_for_room(s);
	if (rc < 0)
		return error_system(&s->base.error, -rc, "%s", s->hub.config.address->text);
	if (atomic_load_explicit(&s->hub.listeners, memory_order_acquire) == 0) {
		if (s->patient)
			return wait_for_room(s);
		stats_add(&s->hub.unheard, count);
		*taken = count;
		return 0;
	}
	for (; *taken < count; ++*taken) {
		if (put_frame(s, &frames[*taken]))
			continue;
		if (s->patient)
			return wait_for_room(s);
		s->lost++;
		s->untold++;
	}
	s->base.dirty = true;
	return 0;
}

static int sink_stream_block_end(struct sink *sink, struct block *block)
{
	struct sink_stream *s = (struct sink_stream *)sink;

	(void)block;
	if (s->base.dirty)
		publish(s);
	return 0;
}

static int sink_stream_flush(struct sink *sink)
{
	publish((struct sink_stream *)sink);
	return 0;
}

static void sink_stream_limit(struct sink *sink, uint64_t max_bytes, uint64_t max_packets)
{
	(void)sink;
	(void)max_bytes;
	(void)max_packets;
}

static int sink_stream_add_interface(struct sink *sink, const struct pcapng_interface *interface)
{
	struct sink_stream *s = (struct sink_stream *)sink;
	int rc = s->pcapng ? add_idb(s, interface) : 0;

	return rc < 0 ? error_system(&s->base.error, -rc, "%s", s->hub.config.address->text) : 0;
}

/* --- control thread ------------------------------------------------------------------- */

static void sink_stream_abandon(struct sink *sink)
{
	stream_hub_abandon(&((struct sink_stream *)sink)->hub);
}

/* The final counts of each interface, where the format has a place for them. */
static void put_counts(struct sink_stream *s, const struct stats_snapshot *stats,
		       uint32_t interfaces)
{
	for (uint32_t i = 0; i < interfaces; i++) {
		uint8_t *to = stream_log_room(&s->hub.log, PCAPNG_ISB_MAX);

		if (to)
			s->hub.log.end += pcapng_put_isb(to, PCAPNG_ISB_MAX, i, &stats[i], NULL);
	}
}

static int sink_stream_finish(struct sink *sink, const struct stats_snapshot *stats,
			      uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_stream *s = (struct sink_stream *)sink;

	*unwritten = 0;
	if (s->pcapng && !s->patient)
		put_counts(s, stats, interfaces);
	publish(s);
	stream_hub_finish(&s->hub);
	return 0;
}

static void sink_stream_close(struct sink *sink)
{
	struct sink_stream *s = (struct sink_stream *)sink;

	if (!s)
		return;
	stream_hub_close(&s->hub);
	free(s->pending);
	free(s);
}

static const struct sink_ops stream_ops = {
	.block_begin = sink_stream_block_begin,
	.frames = sink_stream_frames,
	.block_end = sink_stream_block_end,
	.limit = sink_stream_limit,
	.add_interface = sink_stream_add_interface,
	.flush = sink_stream_flush,
	.abandon = sink_stream_abandon,
	.finish = sink_stream_finish,
	.close = sink_stream_close,
};

int sink_stream_open(const struct sink_stream_config *config, struct sink **sink, struct error *err)
{
	struct sink_stream *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return error_system(err, ENOMEM, "%s", config->address->text);
	s->base.ops = &stream_ops;
	s->base.event_fd = s->base.peer_fd = -1;
	s->base.keeps = true;
	s->pcapng = config->pcapng;
	s->patient = config->patient;
	s->tick_ns = config->nano ? 1 : 1000;
	rc = stream_hub_open(&s->hub, config, err);
	if (rc < 0) {
		sink_stream_close(&s->base);
		return rc;
	}
	s->base.wake_fd = s->hub.room_fd;
	*sink = &s->base;
	return 0;
}

int sink_stream_start(struct sink *sink, struct error *err)
{
	return stream_hub_start(&((struct sink_stream *)sink)->hub, stream_thread, err);
}

void sink_stream_status(struct sink *sink, struct status_stream *status,
			struct status_client *clients)
{
	struct stream_hub *hub = &((struct sink_stream *)sink)->hub;

	*status = (struct status_stream){.to = hub->config.address->text, .clients = clients};
	pthread_mutex_lock(&hub->lock);
	status->ended = hub->ended;
	status->ended_count = hub->ended_count;
	for (const struct stream_client *client = hub->clients; client; client = client->next) {
		struct status_client *to = &clients[status->client_count++];

		memcpy(to->peer, client->peer, sizeof(to->peer));
		to->packets = client->packets;
		to->bytes = client->bytes;
		to->dropped = client->dropped;
	}
	pthread_mutex_unlock(&hub->lock);
	status->unheard = hub->unheard;
}
