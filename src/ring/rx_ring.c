/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive ring: sets up a packet socket with PACKET_RX_RING, hands what is in it
 * out in the kernel's order, frame headers put in place.
 */
#include "ring/rx_ring.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "frames/rewrite.h"
#include "frames/sll2.h"
#include "frames/vlan.h"
#include "rx_parts.h"
#include "rx_uncut.h"

static void feed_count(struct feed *feed)
{
	struct rx_ring *ring = (struct rx_ring *)feed;
	uint64_t drops = rx_count_drops(ring);

	if (ring->geometry.version == RING_V3)
		rx_block_lost(ring, drops);
	else
		ring->lost += drops;
}

static int feed_next(struct feed *feed, struct block **block)
{
	struct rx_ring *ring = (struct rx_ring *)feed;

	return ring->geometry.version == RING_V3 ? rx_block_next(ring, block)
						 : rx_run_next(ring, block);
}

/* 1 with the next frame of the block given out last, as the kernel left it; 0 after its
 * last one. */
static int next_frame(struct rx_ring *ring, struct frame *frame)
{
	int rc;

	do {
		rc = ring->geometry.version == RING_V3 ? rx_block_frame(ring, frame)
						       : rx_run_frame(ring, frame);
	} while (rc < 0);
	return rc;
}

/* Puts in place what was taken off. The reserve makes room for both, so neither can
 * fail. */
static void complete_frame(const struct rx_ring_config *c, struct frame *frame, uint32_t snaplen)
{
	if (c->socket.cooked)
		sll2_prepend(frame, snaplen);
	else if (frame->vlan_tpid)
		vlan_restore(frame, snaplen);
}

/* The next one that the whole filter lets pass, complete, where the kernel has a coarser
 * one. 1 or 0. */
static int next_passing(struct rx_ring *ring, struct frame *frame, bool *truncated)
{
	const struct rx_ring_config *c = &ring->config;

	while (next_frame(ring, frame)) {
		struct filter_packet packet;

		*truncated = frame->caplen < frame->len && frame->caplen < c->snaplen;
		complete_frame(c, frame, UINT32_MAX);
		packet = (struct filter_packet){
			.data = frame->data,
			.caplen = frame->caplen,
			.len = frame->len,
			.sent = frame->packet_type == PACKET_OUTGOING,
		};
		if (filter_passes(c->socket.filter, &packet)) {
			if (frame->caplen > c->snaplen)
				frame->caplen = c->snaplen;
			return 1;
		}
		ring->left_out++;
	}
	return 0;
}

/* 1 with the next frame of the block given out last; 0 after its last one. */
static int read_frame(struct rx_ring *ring, struct frame *frame)
{
	const struct rx_ring_config *c = &ring->config;
	const bool coarse = filter_coarse(c->socket.filter) != NULL;
	bool truncated;

	if (!(coarse ? next_passing(ring, frame, &truncated) : next_frame(ring, frame)))
		return 0;
	if (!coarse) {
		truncated = frame->caplen < frame->len && frame->caplen < c->snaplen;
		complete_frame(c, frame, c->snaplen);
	}
	if (truncated)
		stats_add(&c->stats->truncated, 1);
	if (c->socket.adapter_stamps && !(frame->status & TP_STATUS_TS_RAW_HARDWARE))
		stats_add(&c->stats->host_stamped, 1);
	if (c->rewrite) {
		rewrite_frame(c->rewrite, frame, c->link_bytes);
		frame->caplen = frame->caplen < c->snaplen ? frame->caplen : c->snaplen;
	}
	frame->interface = c->interface;
	frame->lost = ring->lost;
	ring->lost = 0;
	return 1;
}

static uint32_t feed_frames(struct feed *feed, struct block *block, struct frame *frames,
			    uint32_t most)
{
	struct rx_ring *ring = (struct rx_ring *)feed;
	uint32_t count = 0;

	(void)block;
	while (count < most && read_frame(ring, &frames[count]))
		count++;
	return count;
}

uint32_t rx_ring_uncut_bytes(const struct rx_ring *ring)
{
	return ring->socket.uncut_bytes;
}

uint32_t rx_ring_reserve(bool cooked)
{
	/* Ethernet: 4-byte aligned data in every version, room for a tag. The
	 * cooked header with a tag takes 24 bytes, 4 more than the kernel's
	 * layout leaves free in V3. */
	return cooked ? 8 : 2;
}

static int feed_trouble(struct feed *feed)
{
	struct rx_ring *ring = (struct rx_ring *)feed;
	const int code = ring->uncut ? rx_uncut_trouble(ring->uncut) : 0;

	return code ? code : rx_socket_error(&ring->socket);
}

static int feed_stop(struct feed *feed)
{
	struct rx_ring *ring = (struct rx_ring *)feed;

	atomic_store(&ring->stopped, true);
	return rx_socket_stop(&ring->socket);
}

static int feed_rest(struct feed *feed, struct block **block)
{
	struct rx_ring *ring = (struct rx_ring *)feed;

	return ring->geometry.version == RING_V3 ? rx_block_rest(ring, block) : 0;
}

static const struct feed_ops ops = {
	.next = feed_next,
	.frames = feed_frames,
	.count = feed_count,
	.trouble = feed_trouble,
	.stop = feed_stop,
	.rest = feed_rest,
};

struct feed *rx_ring_feed(struct rx_ring *ring)
{
	return &ring->feed;
}

static int make_handles(struct rx_ring *ring)
{
	const struct geometry *g = &ring->geometry;
	bool v3 = g->version == RING_V3;
	uint32_t i;

	ring->handle_count = v3 ? g->block_nr : RUN_HANDLES;
	ring->handles = calloc(ring->handle_count, sizeof(*ring->handles));
	if (v3) {
		ring->lost_before = calloc(g->block_nr, sizeof(*ring->lost_before));
		/* Nothing of it is touched before the end. */
		ring->rest_memory = malloc(g->block_size);
	}
	if (!ring->handles || (v3 && (!ring->lost_before || !ring->rest_memory)))
		return -ENOMEM;
	for (i = 0; i < ring->handle_count; i++) {
		ring->handles[i].ring = ring;
		ring->handles[i].first = i;
		ring->handles[i].block.interface = ring->config.interface;
		ring->handles[i].block.release = v3 ? rx_block_release : rx_run_release;
	}
	return 0;
}

/* What is forwarded goes on whole, and so is filtered what the kernel does not filter. */
static int open_uncut(struct rx_ring *ring)
{
	const struct rx_ring_config *c = &ring->config;
	const bool whole = c->socket.offloads || filter_coarse(c->socket.filter);

	return rx_uncut_open(c->socket.offloads, whole ? UINT32_MAX : c->snaplen, &ring->uncut);
}

int rx_ring_open(const struct rx_ring_config *config, struct rx_ring **result, struct error *err)
{
	struct rx_ring *ring = calloc(1, sizeof(*ring));
	int rc;

	if (!ring)
		return error_system(err, ENOMEM, "%s", config->socket.name);
	ring->feed = (struct feed){.ops = &ops, .fd = -1, .stats = config->stats};
	ring->config = *config;
	ring->geometry = *config->socket.geometry;
	ring->config.socket.geometry = &ring->geometry;
	rc = rx_socket_open(&ring->config.socket, &ring->socket, err);
	if (rc < 0)
		goto out;
	ring->feed.fd = ring->socket.fd;
	rc = make_handles(ring);
	if (rc == 0 && config->socket.uncut_bytes > 0)
		rc = open_uncut(ring);
	if (rc < 0)
		error_system(err, -rc, "%s: ring book-keeping", config->socket.name);
out:
	if (rc < 0) {
		rx_ring_close(ring);
		return rc;
	}
	*result = ring;
	return 0;
}

int rx_ring_start(struct rx_ring *ring, struct error *err)
{
	return rx_socket_bind(&ring->config.socket, &ring->socket, err);
}

int rx_ring_rebind(struct rx_ring *ring, int index)
{
	int rc = rx_socket_rebind(&ring->config.socket, &ring->socket, index);

	/* Whichever of the two binds last, nothing more comes. */
	if (rc == 0 && atomic_load(&ring->stopped))
		rc = rx_socket_stop(&ring->socket);
	return rc;
}

int rx_ring_index(const struct rx_ring *ring)
{
	return ring->config.socket.index;
}

int rx_ring_bound(const struct rx_ring *ring)
{
	return rx_socket_bound(&ring->socket);
}

void rx_ring_close(struct rx_ring *ring)
{
	if (!ring)
		return;
	rx_socket_close(&ring->config.socket, &ring->socket);
	rx_uncut_close(ring->uncut);
	free(ring->handles);
	free(ring->lost_before);
	free(ring->rest_memory);
	free(ring);
}
