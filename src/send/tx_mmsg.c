/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmmsg(): frames go out from where they are, ring memory or a mapped file,
 * and the kernel copies them. What it has accepted is sent.
 *
 * A header in front (PACKET_VNET_HDR) says what is left to the adapter: so frames pass
 * that are longer than the interface takes, because they are to be cut. The kernel looks at
 * no length then: packet_snd(), net/packet/af_packet.c. What it cannot cut is cut here.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "segments.h"
#include "tx_checksum.h"
#include "tx_way.h"

/* Frames in one call. */
#define BATCH 64u

/* A segment: the longest MTU, and headers. Nothing of it is memory before one has been
 * there. */
#define SEGMENT_ROOM (65536u + 512u)

/* linux/virtio_net.h, since Linux 6.2. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define NET_BYTES    ((uint32_t)sizeof(struct virtio_net_hdr))
#define SEND_BYTES   (16u << 20)
#define QUEUED_FRAME 2304u /* what a frame of 1500 bytes takes of the kernel's memory */

/* What can be left to the adapter is one of the few kinds there are. */
#define GSO_KINDS 8u

struct tx_mmsg {
	struct tx tx; /* first: the two are converted into each other */
	struct virtio_net_hdr headers[BATCH];
	struct iovec vectors[BATCH][2]; /* a header, and the frame */
	struct mmsghdr messages[BATCH];
	uint8_t *segments;      /* BATCH of SEGMENT_ROOM */
	bool cannot[GSO_KINDS]; /* the kernel was seen not to take them */
	bool must_cut;          /* of which the first of the frames left is one */
	/* A frame that is being cut: its segments count once, as that frame. */
	bool cutting;
	uint32_t cut;               /* segments of it dealt with, if it has to come again */
	_Atomic uint64_t *cut_loss; /* null: none was lost */
};

/* How a frame goes out. */
enum shape { SHAPE_WHOLE, SHAPE_CUT, SHAPE_LOST };

struct shaped {
	enum shape shape;
	struct segments segments; /* of one that is to be cut, here or by the kernel */
	_Atomic uint64_t *loss;   /* of one that is lost: what counts it */
};

/* --- what may be left to the adapter --------------------------------------------------- */

static uint8_t gso_kind(const struct virtio_net_hdr *net)
{
	return net->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
}

/* Where the way in says the transport header is; 0: it does not. */
static uint32_t transport_of(const struct virtio_net_hdr *net)
{
	return net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ? net->csum_start : 0;
}

static bool is_long(const struct frame *frame)
{
	return frame->offload && frame->offload->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* The kernel cuts what has one IP header, and the protocol that the header names. */
static bool kernel_cuts(const struct tx_mmsg *m, const struct segments *s,
			const struct virtio_net_hdr *net)
{
	const enum segments_kind ip = s->layers[0].kind;
	const enum segments_kind last = s->layers[s->layer_count - 1].kind;

	if (s->tunnel || s->layer_count != 2 || !(net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return false;
	switch (gso_kind(net)) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return !m->cannot[gso_kind(net)] && last == SEGMENTS_TCP &&
		       (ip == SEGMENTS_IPV4) == (gso_kind(net) == VIRTIO_NET_HDR_GSO_TCPV4);
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return !m->cannot[gso_kind(net)] && last == SEGMENTS_UDP;
	default:
		return false;
	}
}

static struct shaped lose(_Atomic uint64_t *cause)
{
	return (struct shaped){.shape = SHAPE_LOST, .loss = cause};
}

/* Of a frame that its sender or the way in wants cut, into segments of a length it says. */
static struct shaped shape_long(struct tx_mmsg *m, const struct frame *frame, struct stats *stats)
{
	const struct virtio_net_hdr *net = frame->offload;
	struct shaped as = {.shape = SHAPE_WHOLE};

	if (frame->caplen < frame->len)
		return lose(&stats->tx_cut);
	if (net->gso_size == 0 || !segments_read(&as.segments, frame->data, frame->len,
						 m->tx.config.header_bytes, transport_of(net)))
		return lose(&stats->tx_oversize);
	as.segments.bytes = net->gso_size;
	if (!tx_fits(&m->tx, frame, as.segments.headers + as.segments.bytes))
		return lose(&stats->tx_oversize);
	if (!kernel_cuts(m, &as.segments, net))
		as.shape = SHAPE_CUT;
	return as;
}

/* Of one that does not fit, or is no whole frame: what is in a file was perhaps longer than
 * the wire ever saw it. */
static struct shaped shape_unfit(struct tx_mmsg *m, const struct frame *frame, struct stats *stats,
				 _Atomic uint64_t *loss)
{
	const uint32_t longest = tx_longest(&m->tx, frame);
	struct shaped as = {.shape = SHAPE_CUT};

	if (loss != &stats->tx_oversize || !m->tx.config.patient || frame->caplen < frame->len ||
	    !segments_read(&as.segments, frame->data, frame->len, m->tx.config.header_bytes, 0) ||
	    as.segments.headers >= longest)
		return lose(loss);
	as.segments.bytes = longest - as.segments.headers;
	return as;
}

/* --- sending ----------------------------------------------------------------------- */

static void count_loss(struct tx_mmsg *m, _Atomic uint64_t *cause, uint32_t count)
{
	if (m->cutting)
		m->cut_loss = cause;
	else
		stats_add(cause, count);
}

static void count_sent(const struct tx_mmsg *m, uint32_t first, uint32_t count, struct stats *stats)
{
	uint64_t bytes = 0;

	for (uint32_t i = first; i < first + count; i++)
		bytes += m->vectors[i][1].iov_len;
	if (!m->cutting)
		stats_add(&stats->sent, count);
	stats_add(&stats->sent_bytes, bytes);
}

/* Frames of ours that wait to be sent, by the memory they take. */
static uint32_t count_waiting(const struct tx_mmsg *m)
{
	int bytes = 0;

	if (ioctl(m->tx.fd, SIOCOUTQ, &bytes) < 0 || bytes <= 0)
		return 0;
	return ((uint32_t)bytes + QUEUED_FRAME - 1) / QUEUED_FRAME;
}

/* The kernel refuses the first of the messages that are left. True: it is to be cut. */
static bool refuse(struct tx_mmsg *m, uint32_t at, int code, struct stats *stats)
{
	const uint8_t kind = gso_kind(&m->headers[at]);

	if (kind != VIRTIO_NET_HDR_GSO_NONE && kind < GSO_KINDS &&
	    (code == EINVAL || code == EMSGSIZE || code == EOPNOTSUPP)) {
		m->cannot[kind] = true;
		m->must_cut = true;
		return true;
	}
	if (code == EMSGSIZE)
		tx_look_at_mtu(&m->tx);
	count_loss(m, code == EMSGSIZE ? &stats->tx_oversize : &stats->tx_refused, 1);
	return false;
}

/* Sends the first so many messages. Returns how many of them are dealt with: all,
 * or, where the way out is down and patience is asked for, or one has to be cut, fewer. */
static uint32_t send_all(struct tx_mmsg *m, uint32_t count, struct stats *stats)
{
	uint32_t at = 0;

	while (at < count) {
		const bool cut_off = tx_is_cut_off(&m->tx);
		int sent = cut_off ? -1
				   : sendmmsg(m->tx.fd, m->messages + at, count - at, MSG_DONTWAIT);
		struct tx_attempt attempt = {.code = cut_off ? ENETDOWN : sent < 0 ? errno : 0};

		if (sent > 0) {
			count_sent(m, at, (uint32_t)sent, stats);
			at += (uint32_t)sent;
			m->tx.stuck_ns = 0;
			continue;
		}
		if (attempt.code == ENOBUFS)
			attempt.waiting = count_waiting(m);
		switch (tx_judge(&m->tx, &attempt)) {
		case TX_AGAIN:
			break;
		case TX_DOWN:
			if (m->tx.config.patient)
				return at;
			count_loss(m, &stats->tx_down, count - at);
			at = count;
			break;
		case TX_FULL:
			count_loss(m, &stats->tx_full, count - at);
			at = count;
			break;
		case TX_TOO_BIG:
		case TX_BAD:
			if (refuse(m, at, attempt.code, stats))
				return at;
			at++;
			break;
		}
	}
	return at;
}

static void set_message(struct tx_mmsg *m, uint32_t i, uint8_t *data, uint32_t bytes,
			struct virtio_net_hdr header)
{
	m->headers[i] = header;
	m->vectors[i][1] = (struct iovec){data, bytes};
}

/* What is left to the adapter goes on with the frame, what cannot be is done here. headers:
 * bytes of them, of one that is to be cut. */
static void set_whole(struct tx_mmsg *m, uint32_t i, struct frame *frame, uint32_t headers)
{
	const struct virtio_net_hdr *net = frame->offload;
	struct virtio_net_hdr header = {0};

	if (net && net->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.csum_start = net->csum_start;
		header.csum_offset = net->csum_offset;
	} else if (frame->status & TP_STATUS_CSUMNOTREADY) {
		tx_checksum_complete(frame->data, frame->len, m->tx.config.header_bytes);
		frame->status &= ~(uint32_t)TP_STATUS_CSUMNOTREADY;
	}
	if (is_long(frame)) {
		header.gso_type = net->gso_type;
		header.gso_size = net->gso_size;
		/* The way in says how much of it lay in one piece; the kernel would make
		 * that of it again. */
		header.hdr_len = (uint16_t)headers;
	}
	set_message(m, i, frame->data, frame->len, header);
}

/* Sends the segments of a frame; 0, or TX_WAIT with the rest for the next time. */
static int send_cut(struct tx_mmsg *m, const struct frame *frame, const struct segments *s,
		    struct stats *stats)
{
	uint32_t filled, done;

	m->cutting = true;
	do {
		for (filled = 0; filled < BATCH; filled++) {
			uint8_t *at = m->segments + (size_t)filled * SEGMENT_ROOM;
			const uint32_t bytes =
				segments_cut(s, frame->data, frame->len, m->cut + filled, at);

			if (bytes == 0)
				break;
			set_message(m, filled, at, bytes, (struct virtio_net_hdr){0});
		}
		done = send_all(m, filled, stats);
		m->cut += done;
	} while (filled > 0 && done == filled);
	m->cutting = false;
	if (done < filled)
		return TX_WAIT;
	stats_add(m->cut_loss ? m->cut_loss : &stats->sent, 1);
	m->cut_loss = NULL;
	m->cut = 0;
	return 0;
}

/* The messages of the first frames that go out as they are: how many. With none of them *as
 * says what the first frame is. */
static uint32_t gather(struct tx_mmsg *m, struct frame *frames, uint32_t count, struct stats *stats,
		       struct shaped *as)
{
	uint32_t filled = 0;

	for (; filled < count && filled < BATCH; filled++) {
		struct frame *frame = &frames[filled];

		if (is_long(frame)) {
			*as = shape_long(m, frame, stats);
			if (as->shape != SHAPE_WHOLE)
				break;
			set_whole(m, filled, frame, as->segments.headers);
		} else {
			_Atomic uint64_t *loss = tx_unfit(&m->tx, frame, stats);

			/* Behind others it comes again. */
			if (loss && filled == 0)
				*as = shape_unfit(m, frame, stats, loss);
			if (loss)
				break;
			set_whole(m, filled, frame, 0);
		}
	}
	return filled;
}

static int mmsg_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
		     uint32_t *taken)
{
	struct tx_mmsg *m = (struct tx_mmsg *)tx;

	while (*taken < count) {
		struct shaped as;
		const uint32_t filled = gather(m, frames + *taken, count - *taken, stats, &as);
		uint32_t done;

		if (filled > 0) {
			done = send_all(m, filled, stats);
			*taken += done;
			if (done < filled && !m->must_cut)
				return TX_WAIT;
			m->must_cut = false;
			continue;
		}
		if (as.shape == SHAPE_LOST)
			stats_add(as.loss, 1);
		else if (send_cut(m, &frames[*taken], &as.segments, stats) != 0)
			return TX_WAIT;
		++*taken;
	}
	return 0;
}

static void mmsg_close(struct tx *tx)
{
	struct tx_mmsg *m = (struct tx_mmsg *)tx;

	free(m->segments);
	free(m);
}

static int set_options(struct tx_mmsg *m, struct error *err)
{
	const int one = 1, memory = (int)SEND_BYTES;

	if (setsockopt(m->tx.fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0)
		return error_system(err, errno, "%s: set PACKET_VNET_HDR", m->tx.config.name);
	/* Without the right to more the usual has to do. */
	if (setsockopt(m->tx.fd, SOL_SOCKET, SO_SNDBUFFORCE, &memory, sizeof(memory)) < 0)
		(void)!setsockopt(m->tx.fd, SOL_SOCKET, SO_SNDBUF, &memory, sizeof(memory));
	return 0;
}

int tx_mmsg_open(const struct tx_config *config, struct tx **result, struct error *err)
{
	static const struct tx_ops ops = {.send = mmsg_send, .close = mmsg_close};
	struct tx_mmsg *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return error_system(err, ENOMEM, "%s", config->name);
	m->tx = (struct tx){.ops = &ops, .config = *config, .fd = -1};
	for (uint32_t i = 0; i < BATCH; i++) {
		m->vectors[i][0] = (struct iovec){&m->headers[i], NET_BYTES};
		m->messages[i].msg_hdr = (struct msghdr){.msg_iov = m->vectors[i], .msg_iovlen = 2};
	}
	m->segments = malloc((size_t)BATCH * SEGMENT_ROOM);
	rc = m->segments ? tx_socket_open(&m->tx, err)
			 : error_system(err, ENOMEM, "%s", config->name);
	if (rc == 0)
		rc = set_options(m, err);
	if (rc == 0)
		rc = tx_socket_bind(&m->tx, err);
	if (rc < 0) {
		tx_close(&m->tx);
		return rc;
	}
	*result = &m->tx;
	return 0;
}
