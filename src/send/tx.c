/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A way out as others see it: whichever of the two kinds it is.
 */
#include "send/tx.h"

#include "tx_way.h"

int tx_open(const struct tx_config *config, struct tx **tx, struct error *err)
{
	return config->mode == TX_RING ? tx_ring_open(config, tx, err)
				       : tx_mmsg_open(config, tx, err);
}

int tx_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
	    uint32_t *taken)
{
	*taken = 0;
	return tx->ops->send(tx, frames, count, stats, taken);
}

void tx_linger(struct tx *tx)
{
	if (tx->ops->linger)
		tx->ops->linger(tx);
}
