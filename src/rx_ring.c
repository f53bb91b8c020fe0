/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive ring: sets up a packet socket with PACKET_RX_RING, hands its
 * blocks out in the kernel's order and gives them back. The only place that
 * touches the status words shared with the kernel.
 */
#include "rx_ring.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "moderation.h"
#include "sll2.h"
#include "vlan.h"
#include "weave.h"

/* Longest run of V1 or V2 frames in one handle, and how many handles there
 * are: bounds how long a full ring waits for its first frame back. */
#define RUN_FRAMES  64u
#define RUN_HANDLES 256u

struct rx_handle {
	struct block block; /* first: the two are converted into each other */
	struct rx_ring *ring;
	uint32_t first; /* V3: block number; V1, V2: number of the first frame */
	uint32_t count; /* V1, V2: frames in the run */
};

struct rx_ring {
	struct feed feed; /* first: the two are converted into each other */
	struct rx_ring_config config;
	struct geometry geometry;
	struct rx_socket socket;
	struct rx_handle *handles;
	uint32_t handle_count;
	uint64_t *lost_before; /* V3, a block each: drops right before its next filling */
	uint64_t untold;       /* V3: their sum */
	uint32_t head;         /* V3: next block; V1, V2: next frame */
	uint32_t tail;         /* V3: oldest block not given back, or head */
	uint64_t runs;         /* V1, V2: handles given out so far */
	/* Blocks (V1, V2: frames) since the start: seen to be handed over, given
	 * out, and given back; and the most there ever were between the first and
	 * the last of these, in per mille. */
	uint64_t seen, given, returned;
	_Atomic uint32_t most;
	struct moderation moderation; /* V1, V2 */
	/* The walk over the block given out last. */
	struct block_walk walk;
	uint32_t at, left;
	uint64_t lost;
};

/*
 * The status word of a slot or a block. Its load acquires what the kernel
 * wrote before its own barrier in __packet_set_status() or
 * prb_flush_block(); its store releases all our reads and writes of the
 * memory before the kernel, which reads the word before it writes there again.
 */
static uint32_t status_acquire(const struct rx_ring *ring, uint32_t index)
{
	const struct geometry *g = &ring->geometry;
	const uint8_t *at;

	switch (g->version) {
	case RING_V1:
		at = ring->socket.map + geometry_frame_offset(g, index);
		return (uint32_t)
			__atomic_load_n(&((const struct tpacket_hdr *)(const void *)at)->tp_status,
					__ATOMIC_ACQUIRE);
	case RING_V2:
		at = ring->socket.map + geometry_frame_offset(g, index);
		return __atomic_load_n(&((const struct tpacket2_hdr *)(const void *)at)->tp_status,
				       __ATOMIC_ACQUIRE);
	case RING_V3:
		break;
	}
	at = ring->socket.map + geometry_block_offset(g, index);
	return __atomic_load_n(&((const struct tpacket_block_desc *)(const void *)at)
					->hdr.bh1.block_status,
			       __ATOMIC_ACQUIRE);
}

static void status_release(struct rx_ring *ring, uint32_t index)
{
	const struct geometry *g = &ring->geometry;
	uint8_t *at;

	switch (g->version) {
	case RING_V1:
		at = ring->socket.map + geometry_frame_offset(g, index);
		__atomic_store_n(&((struct tpacket_hdr *)(void *)at)->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		return;
	case RING_V2:
		at = ring->socket.map + geometry_frame_offset(g, index);
		__atomic_store_n(&((struct tpacket2_hdr *)(void *)at)->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		return;
	case RING_V3:
		break;
	}
	at = ring->socket.map + geometry_block_offset(g, index);
	__atomic_store_n(&((struct tpacket_block_desc *)(void *)at)->hdr.bh1.block_status,
			 TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static uint32_t units_of(const struct rx_ring *ring)
{
	const struct geometry *g = &ring->geometry;

	return g->version == RING_V3 ? g->block_nr : g->frame_nr;
}

/* So many more are given out. Looks at each unit once a round: how far the kernel
 * is ahead, at its most. */
static void mark_fill(struct rx_ring *ring, uint32_t count)
{
	const uint32_t units = units_of(ring);
	uint32_t now;

	ring->given += count;
	if (ring->seen < ring->given)
		ring->seen = ring->given;
	while (ring->seen - ring->returned < units &&
	       (status_acquire(ring, (uint32_t)(ring->seen % units)) & TP_STATUS_USER))
		ring->seen++;
	now = (uint32_t)((ring->seen - ring->returned) * 1000 / units);
	if (now > atomic_load_explicit(&ring->most, memory_order_relaxed))
		atomic_store_explicit(&ring->most, now, memory_order_relaxed);
}

/* The block after one, in the kernel's order. */
static uint32_t next_of(const struct rx_ring *ring, uint32_t block)
{
	return block + 1 == ring->geometry.block_nr ? 0 : block + 1;
}

/* Reads and restarts the kernel's counters; returns the new drops. */
static uint64_t count_drops(struct rx_ring *ring)
{
	struct tpacket_stats_v3 now;
	socklen_t bytes = sizeof(now);

	/* V1 and V2 fill the first two fields, which are the same. */
	if (getsockopt(ring->socket.fd, SOL_PACKET, PACKET_STATISTICS, &now, &bytes) < 0)
		return 0;
	stats_add(&ring->config.stats->received, now.tp_packets);
	stats_add(&ring->config.stats->dropped, now.tp_drops);
	return now.tp_drops;
}

static void feed_count(struct feed *feed)
{
	struct rx_ring *ring = (struct rx_ring *)feed;
	uint64_t drops = count_drops(ring);

	/* A full ring waits for the oldest block not given back, so what was
	 * dropped by now is missing right before that block's next filling. */
	if (ring->geometry.version == RING_V3) {
		ring->lost_before[ring->tail] += drops;
		ring->untold += drops;
	} else {
		ring->lost += drops;
	}
}

/* The ring has run empty, so the next block comes behind all that was dropped.
 * Some of that may have been counted a moment late, for a block that would come
 * a whole round from now. */
static void gather_losses(struct rx_ring *ring)
{
	if (ring->untold == ring->lost_before[ring->head])
		return;
	memset(ring->lost_before, 0, ring->geometry.block_nr * sizeof(*ring->lost_before));
	ring->lost_before[ring->head] = ring->untold;
}

/* Last put of a V3 block. */
static void release_block(struct block *block)
{
	struct rx_handle *handle = (struct rx_handle *)block;
	struct rx_ring *ring = handle->ring;

	feed_count(&ring->feed);
	status_release(ring, handle->first);
	/* Writes of blocks may end in another order. */
	while (ring->tail != ring->head && ring->handles[ring->tail].block.refs == 0) {
		ring->tail = next_of(ring, ring->tail);
		ring->returned++;
	}
}

/* Last put of a run of V1 or V2 frames. */
static void release_run(struct block *block)
{
	struct rx_handle *handle = (struct rx_handle *)block;
	uint32_t i;

	for (i = 0; i < handle->count; i++)
		status_release(handle->ring, handle->first + i);
	handle->ring->returned += handle->count;
}

static int next_block(struct rx_ring *ring, struct block **block)
{
	const struct geometry *g = &ring->geometry;
	struct rx_handle *handle = &ring->handles[ring->head];

	/* A held block still shows the status it came with. */
	if (handle->block.refs != 0)
		return 0;
	if (!(status_acquire(ring, ring->head) & TP_STATUS_USER)) {
		if (ring->tail == ring->head)
			gather_losses(ring);
		return 0;
	}
	handle->block.base = ring->socket.map + geometry_block_offset(g, ring->head);
	handle->block.bytes = g->block_size;
	handle->block.refs = 1;
	handle->block.used = g->priv_bytes == WEAVE_PRIV_BYTES
				     ? block_walk_used(handle->block.base, g->block_size)
				     : 0;
	if (block_walk_start(&ring->walk, handle->block.base, handle->block.bytes) < 0) {
		stats_add(&ring->config.stats->malformed, 1);
		ring->walk.left = 0;
	}
	handle->block.frames = ring->walk.left;
	ring->lost = ring->lost_before[ring->head];
	ring->lost_before[ring->head] = 0;
	ring->untold -= ring->lost;
	ring->head = next_of(ring, ring->head);
	mark_fill(ring, 1);
	handle->block.behind = (status_acquire(ring, ring->head) & TP_STATUS_USER) != 0;
	*block = &handle->block;
	return 1;
}

/* How many frames from the head on are handed over, up to most. */
static uint32_t count_run(const struct rx_ring *ring, uint32_t most)
{
	uint32_t count = 0;

	while (count < most && (status_acquire(ring, ring->head + count) & TP_STATUS_USER))
		count++;
	return count;
}

static int next_run(struct rx_ring *ring, struct block **block)
{
	const struct timespec nap = {.tv_nsec = MODERATION_NAP_NS};
	const struct geometry *g = &ring->geometry;
	struct rx_handle *handle = &ring->handles[ring->runs % ring->handle_count];
	uint32_t in_block = g->frames_per_block - ring->head % g->frames_per_block;
	uint32_t most = in_block < RUN_FRAMES ? in_block : RUN_FRAMES;
	uint32_t count;

	if (handle->block.refs != 0)
		return 0;
	count = count_run(ring, most);
	if (count == 0 && moderation_dry(&ring->moderation, clock_monotonic())) {
		nanosleep(&nap, NULL);
		count = count_run(ring, most);
	}
	if (count == 0)
		return 0;
	ring->moderation.frames += count;
	handle->first = ring->head;
	handle->count = count;
	handle->block.base = ring->socket.map + geometry_frame_offset(g, ring->head);
	handle->block.bytes = (size_t)count * g->frame_size;
	handle->block.frames = count;
	handle->block.refs = 1;
	ring->at = ring->head;
	ring->left = count;
	ring->head = ring->head + count == g->frame_nr ? 0 : ring->head + count;
	ring->runs++;
	mark_fill(ring, count);
	*block = &handle->block;
	return 1;
}

static int feed_next(struct feed *feed, struct block **block)
{
	struct rx_ring *ring = (struct rx_ring *)feed;

	return ring->geometry.version == RING_V3 ? next_block(ring, block) : next_run(ring, block);
}

/* The next frame as the kernel left it; 1, 0 or -EBADMSG. */
static int read_v3(struct rx_ring *ring, struct frame *frame)
{
	int rc = block_walk_next(&ring->walk, frame);

	if (rc < 0) {
		stats_add(&ring->config.stats->malformed, ring->walk.left ? ring->walk.left : 1);
		ring->walk.left = 0;
	}
	return rc;
}

static int read_slot(struct rx_ring *ring, struct frame *frame)
{
	const struct geometry *g = &ring->geometry;
	uint8_t *slot;
	int rc;

	if (ring->left == 0)
		return 0;
	slot = ring->socket.map + geometry_frame_offset(g, ring->at);
	ring->at++;
	ring->left--;
	if (g->version == RING_V1)
		rc = slot_read_v1(slot, g->frame_size, frame);
	else
		rc = slot_read_v2(slot, g->frame_size, frame);
	if (rc < 0) {
		stats_add(&ring->config.stats->malformed, 1);
		return rc;
	}
	/* The first frame to get in after a loss carries this flag until the
	 * counters are read. */
	if (frame->status & TP_STATUS_LOSING)
		ring->lost += count_drops(ring);
	return 1;
}

/* 1 with the next frame of the block given out last; 0 after its last one. */
static int read_frame(struct rx_ring *ring, struct frame *frame)
{
	const struct rx_ring_config *c = &ring->config;
	int rc;

	do {
		rc = ring->geometry.version == RING_V3 ? read_v3(ring, frame)
						       : read_slot(ring, frame);
	} while (rc < 0);
	if (rc == 0)
		return 0;
	if (frame->caplen < frame->len && frame->caplen < c->snaplen)
		stats_add(&c->stats->truncated, 1);
	if (c->socket.adapter_stamps && !(frame->status & TP_STATUS_TS_RAW_HARDWARE))
		stats_add(&c->stats->host_stamped, 1);
	frame->interface = c->interface;
	frame->lost = ring->lost;
	ring->lost = 0;
	/* The reserve makes room for both, so neither can fail. */
	if (c->socket.cooked)
		sll2_prepend(frame, c->snaplen);
	else if (frame->vlan_tpid)
		vlan_restore(frame, c->snaplen);
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

uint32_t rx_ring_reserve(bool cooked)
{
	/* Ethernet: 4-byte aligned data in every version, room for a tag. The
	 * cooked header with a tag takes 24 bytes, 4 more than the kernel's
	 * layout leaves free in V3. */
	return cooked ? 8 : 2;
}

static int feed_trouble(struct feed *feed)
{
	return rx_socket_error(&((struct rx_ring *)feed)->socket);
}

static int feed_stop(struct feed *feed)
{
	return filter_attach_none(feed->fd);
}

static const struct feed_ops ops = {
	.next = feed_next,
	.frames = feed_frames,
	.count = feed_count,
	.trouble = feed_trouble,
	.stop = feed_stop,
};

struct feed *rx_ring_feed(struct rx_ring *ring)
{
	return &ring->feed;
}

uint32_t rx_ring_fill(const struct rx_ring *ring)
{
	const uint32_t units = units_of(ring);
	uint64_t used = 0;
	uint32_t i;

	for (i = 0; i < units; i++)
		used += status_acquire(ring, i) & TP_STATUS_USER;
	return (uint32_t)(used * 1000 / units);
}

uint32_t rx_ring_fill_most(const struct rx_ring *ring)
{
	return atomic_load_explicit(&ring->most, memory_order_relaxed);
}

static int make_handles(struct rx_ring *ring)
{
	const struct geometry *g = &ring->geometry;
	bool v3 = g->version == RING_V3;
	uint32_t i;

	ring->handle_count = v3 ? g->block_nr : RUN_HANDLES;
	ring->handles = calloc(ring->handle_count, sizeof(*ring->handles));
	if (v3)
		ring->lost_before = calloc(g->block_nr, sizeof(*ring->lost_before));
	if (!ring->handles || (v3 && !ring->lost_before))
		return -ENOMEM;
	for (i = 0; i < ring->handle_count; i++) {
		ring->handles[i].ring = ring;
		ring->handles[i].first = i;
		ring->handles[i].block.interface = ring->config.interface;
		ring->handles[i].block.release = v3 ? release_block : release_run;
	}
	return 0;
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
	return rx_socket_rebind(&ring->config.socket, &ring->socket, index);
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
	free(ring->handles);
	free(ring->lost_before);
	free(ring);
}
