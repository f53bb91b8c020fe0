/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmmsg(): frames go out from where they are, ring memory or a mapped file,
 * and the kernel copies them. What it has accepted is sent.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tx_checksum.h"
#include "tx_way.h"

/* Frames in one call. */
#define BATCH 64u

struct tx_mmsg {
	struct tx tx; /* first: the two are converted into each other */
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
};

static void count_sent(const struct tx_mmsg *m, uint32_t first, uint32_t count, struct stats *stats)
{
	uint64_t bytes = 0;

	for (uint32_t i = first; i < first + count; i++)
		bytes += m->vectors[i].iov_len;
	stats_add(&stats->sent, count);
	stats_add(&stats->sent_bytes, bytes);
}

/* Sends the first so many messages. Returns how many of them are dealt with: all,
 * or, where the way out is down and patience is asked for, fewer. */
static uint32_t send_all(struct tx_mmsg *m, uint32_t count, struct stats *stats)
{
	uint32_t at = 0;

	while (at < count) {
		const bool cut_off = tx_is_cut_off(&m->tx);
		int sent = cut_off ? -1
				   : sendmmsg(m->tx.fd, m->messages + at, count - at, MSG_DONTWAIT);
		int code = cut_off ? ENETDOWN : sent < 0 ? errno : 0;

		if (sent > 0) {
			count_sent(m, at, (uint32_t)sent, stats);
			at += (uint32_t)sent;
			m->tx.stuck_ns = 0;
			continue;
		}
		switch (tx_judge(&m->tx, code, false)) {
		case TX_AGAIN:
			break;
		case TX_DOWN:
			if (m->tx.config.patient)
				return at;
			stats_add(&stats->tx_down, count - at);
			at = count;
			break;
		case TX_FULL:
			stats_add(&stats->tx_full, count - at);
			at = count;
			break;
		case TX_TOO_BIG:
			tx_look_at_mtu(&m->tx);
			stats_add(&stats->tx_oversize, 1);
			at++;
			break;
		case TX_BAD:
			stats_add(&stats->tx_refused, 1);
			at++;
			break;
		}
	}
	return at;
}

static int mmsg_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
		     uint32_t *taken)
{
	struct tx_mmsg *m = (struct tx_mmsg *)tx;

	while (*taken < count) {
		uint32_t origin[BATCH], filled = 0, at = *taken, done;

		for (; at < count && filled < BATCH; at++) {
			struct frame *frame = &frames[at];
			_Atomic uint64_t *loss = tx_unfit(tx, frame, stats);

			/* Behind others it waits: if they are given again it must
			 * not be counted twice. */
			if (loss && filled > 0)
				break;
			if (loss) {
				stats_add(loss, 1);
				*taken = at + 1;
				continue;
			}
			if (frame->status & TP_STATUS_CSUMNOTREADY) {
				tx_checksum_complete(frame->data, frame->len,
						     tx->config.header_bytes);
				frame->status &= ~(uint32_t)TP_STATUS_CSUMNOTREADY;
			}
			m->vectors[filled] = (struct iovec){frame->data, frame->len};
			origin[filled++] = at;
		}
		done = send_all(m, filled, stats);
		*taken = done < filled ? origin[done] : at;
		if (done < filled)
			return TX_WAIT;
	}
	return 0;
}

static void mmsg_close(struct tx *tx)
{
	free(tx);
}

int tx_mmsg_open(const struct tx_config *config, struct tx **result, struct error *err)
{
	static const struct tx_ops ops = {.send = mmsg_send, .close = mmsg_close};
	struct tx_mmsg *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return error_system(err, ENOMEM, "%s", config->name);
	m->tx = (struct tx){.ops = &ops, .config = *config, .fd = -1};
	for (uint32_t i = 0; i < BATCH; i++)
		m->messages[i].msg_hdr =
			(struct msghdr){.msg_iov = &m->vectors[i], .msg_iovlen = 1};
	rc = tx_socket_open(&m->tx, err);
	if (rc == 0)
		rc = tx_socket_bind(&m->tx, err);
	if (rc < 0) {
		tx_close(&m->tx);
		return rc;
	}
	*result = &m->tx;
	return 0;
}
