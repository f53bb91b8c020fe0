/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A way out as others see it: whichever of the two kinds it is.
 *
 * While it is full, frames wait in the ring that they come from, and there may be room for
 * seconds of them: who waits for an answer would rather have it lost, and sent again. So
 * what is too old is left out as long as that is so: until frames come that are young.
 */
#include "send/tx.h"

#include "base/clock.h"
#include "tx_way.h"

/* Older than that a frame was not stamped by this clock. */
#define AGE_MOST_NS (60 * (int64_t)NS_PER_SECOND)

int tx_open(const struct tx_config *config, struct tx **tx, struct error *err)
{
	return config->mode == TX_RING ? tx_ring_open(config, tx, err)
				       : tx_mmsg_open(config, tx, err);
}

static uint64_t full_since(const struct tx *tx)
{
	return tx->full_ns ? tx->full_ns : tx->whole ? tx->whole->full_ns : 0;
}

static void set_not_full(struct tx *tx)
{
	tx->full_ns = 0;
	if (tx->whole)
		tx->whole->full_ns = 0;
}

/* How many of the frames are too old. */
static uint32_t count_late(struct tx *tx, const struct frame *frames, uint32_t count)
{
	const int64_t now = (int64_t)clock_wall(&clock_system);
	const int64_t most = (int64_t)tx->config.queue_ns;
	uint32_t late = 0;

	if (count > 0 && now - frames[0].time_ns < most / 2) {
		set_not_full(tx);
		return 0;
	}
	/* That it was this thread that did not get to run is no queue. */
	if (clock_boot(&clock_system) - full_since(tx) < tx->config.queue_ns)
		return 0;
	while (late < count && now - frames[late].time_ns > most &&
	       now - frames[late].time_ns < AGE_MOST_NS)
		late++;
	return late;
}

int tx_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
	    uint32_t *taken)
{
	uint32_t late = 0;
	int rc;

	if (tx->config.queue_ns && full_since(tx))
		late = count_late(tx, frames, count);
	if (late > 0)
		stats_add(&stats->tx_full, late);
	*taken = 0;
	rc = tx->ops->send(tx, frames + late, count - late, stats, taken);
	*taken += late;
	return rc;
}

void tx_linger(struct tx *tx)
{
	if (tx->ops->linger)
		tx->ops->linger(tx);
}
