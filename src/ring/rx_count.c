/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted of a ring, whatever its version: how full it is, and what the kernel
 * has dropped.
 */
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "rx_parts.h"

static uint32_t units_of(const struct rx_ring *ring)
{
	const struct geometry *g = &ring->geometry;

	return g->version == RING_V3 ? g->block_nr : g->frame_nr;
}

void rx_mark_fill(struct rx_ring *ring, uint32_t count)
{
	const uint32_t units = units_of(ring);
	uint32_t now;

	ring->given += count;
	if (ring->seen < ring->given)
		ring->seen = ring->given;
	while (ring->seen - ring->returned < units &&
	       (rx_status(ring, (uint32_t)(ring->seen % units)) & TP_STATUS_USER))
		ring->seen++;
	now = (uint32_t)((ring->seen - ring->returned) * 1000 / units);
	if (now > atomic_load_explicit(&ring->most, memory_order_relaxed))
		atomic_store_explicit(&ring->most, now, memory_order_relaxed);
}

uint64_t rx_count_drops(struct rx_ring *ring)
{
	struct tpacket_stats_v3 now;
	socklen_t bytes = sizeof(now);
	uint64_t left_out;

	/* V1 and V2 fill the first two fields, which are the same. */
	if (getsockopt(ring->socket.fd, SOL_PACKET, PACKET_STATISTICS, &now, &bytes) < 0)
		return 0;
	/* What was filtered here was not received by the filter. The kernel has counted each
	 * of those before it was read; a count that was told of does not go back, but at the
	 * end, when there may be no further packet to take them from. */
	left_out = ring->left_out < now.tp_packets || atomic_load(&ring->stopped) ? ring->left_out
										  : now.tp_packets;
	ring->left_out -= left_out;
	stats_add(&ring->config.stats->received, now.tp_packets - left_out);
	stats_add(&ring->config.stats->dropped, now.tp_drops);
	return now.tp_drops;
}

uint32_t rx_ring_fill(const struct rx_ring *ring)
{
	const uint32_t units = units_of(ring);
	uint64_t used = 0;
	uint32_t i;

	for (i = 0; i < units; i++)
		used += rx_status(ring, i) & TP_STATUS_USER;
	return (uint32_t)(used * 1000 / units);
}

uint32_t rx_ring_fill_most(const struct rx_ring *ring)
{
	return atomic_load_explicit(&ring->most, memory_order_relaxed);
}
