/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PACKET_TX_RING. The kernel looks at one slot only, the one at its head, and
 * goes on to the next when it has taken that: slots are filled strictly in
 * order, and one that was filled but not taken is emptied again before any
 * other. The data of a slot belongs to the kernel until its status says so, also
 * where the kernel has copied the frame.
 *
 *        done ............ head ............ fill
 *   free  |  on their way   | not yet taken   |  free
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "tx_checksum.h"
#include "tx_ring.h"

/* The kernel copies a frame this long, instead of making its part of the ring a
 * fragment: that would cost more, and a veth or tap copies fragments all the same. */
#define COPIED_MOST 1536u

/* Slots are made for a frame this long at least, so that a larger MTU needs no
 * other ring. */
#define FRAME_LEAST 2048u
#define VLAN_BYTES  4u

#define LINGER_NS NS_PER_SECOND

static struct tpacket2_hdr *slot_header(const struct tx_ring *r, uint32_t slot)
{
	return (void *)(r->map + (size_t)(slot / r->frames_per_block) * r->block_size +
			(size_t)(slot % r->frames_per_block) * r->frame_size);
}

/* Its load acquires what the kernel did with the slot before its barrier in
 * __packet_set_status(). Time stamps, where asked for, set other bits. */
static uint32_t status_acquire(const struct tx_ring *r, uint32_t slot)
{
	return __atomic_load_n(&slot_header(r, slot)->tp_status, __ATOMIC_ACQUIRE) &
	       (TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING | TP_STATUS_WRONG_FORMAT);
}

/* Releases what was written into the slot before the kernel, which reads the
 * status first: __packet_get_status(). */
static void status_release(const struct tx_ring *r, uint32_t slot, uint32_t status)
{
	__atomic_store_n(&slot_header(r, slot)->tp_status, status, __ATOMIC_RELEASE);
}

static uint32_t after(const struct tx_ring *r, uint32_t slot)
{
	return slot + 1 == r->count ? 0 : slot + 1;
}

static uint32_t before(const struct tx_ring *r, uint32_t slot)
{
	return slot == 0 ? r->count - 1 : slot - 1;
}

/* Takes in how far the kernel has come. Whether it has come on. */
static bool look(struct tx_ring *r)
{
	const uint32_t was = r->pending + r->used;
	uint32_t status;

	while (r->pending > 0) {
		status = status_acquire(r, r->head);
		if (status & (TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT))
			break;
		r->head = after(r, r->head);
		r->pending--;
	}
	while (r->used > r->pending && status_acquire(r, r->done) == TP_STATUS_AVAILABLE) {
		const struct slot *slot = &r->slots[r->done];

		stats_add(&slot->stats->sent, 1);
		stats_add(&slot->stats->sent_bytes, slot->bytes);
		r->done = after(r, r->done);
		r->used--;
	}
	return r->pending + r->used != was;
}

/* Takes the last frame filled in back. */
static void unfill(struct tx_ring *r)
{
	r->fill = before(r, r->fill);
	status_release(r, r->fill, TP_STATUS_AVAILABLE);
	r->used--;
	r->pending--;
}

/* Leaves out the frame at the kernel's head: those behind it move up. */
static void drop_first(struct tx_ring *r, _Atomic uint64_t *loss)
{
	stats_add(loss, 1);
	for (uint32_t slot = r->head, i = 1; i < r->pending; i++, slot = after(r, slot)) {
		const uint32_t next = after(r, slot);
		struct tpacket2_hdr *to = slot_header(r, slot), *from = slot_header(r, next);

		memcpy((uint8_t *)to + DATA_OFFSET, (uint8_t *)from + DATA_OFFSET, from->tp_len);
		to->tp_len = to->tp_snaplen = from->tp_len;
		r->slots[slot] = r->slots[next];
		status_release(r, slot, TP_STATUS_SEND_REQUEST);
	}
	unfill(r);
}

/* Gives up all that the kernel has not taken. */
static void drop_pending(struct tx_ring *r, bool down)
{
	while (r->pending > 0) {
		struct stats *stats = r->slots[before(r, r->fill)].stats;

		stats_add(down ? &stats->tx_down : &stats->tx_full, 1);
		unfill(r);
	}
}

static int give_to_kernel(const struct tx_ring *r)
{
	if (tx_is_cut_off(&r->tx))
		return ENETDOWN;
	return sendto(r->tx.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? errno : 0;
}

/* Has the kernel take what is filled in. 0, or TX_WAIT with some of it left, for the
 * next time. */
static int push(struct tx_ring *r)
{
	while (r->pending > 0) {
		const uint32_t before = r->pending;
		const int code = give_to_kernel(r);
		struct tx_attempt attempt;
		struct stats *stats;

		look(r);
		if (r->pending == 0)
			break;
		stats = r->slots[r->head].stats;
		attempt = (struct tx_attempt){code, r->pending != before, r->used - r->pending};
		switch (tx_judge(&r->tx, &attempt)) {
		case TX_AGAIN:
			break;
		case TX_DOWN:
			if (r->tx.config.patient)
				return TX_WAIT;
			drop_pending(r, true);
			break;
		case TX_FULL:
			drop_pending(r, false);
			break;
		case TX_TOO_BIG:
			tx_look_at_mtu(&r->tx);
			drop_first(r, &stats->tx_oversize);
			break;
		case TX_BAD:
			drop_first(r, &stats->tx_refused);
			break;
		}
	}
	r->tx.stuck_ns = 0;
	return 0;
}

/* A free slot, waiting for one for a while. */
static bool find_room(struct tx_ring *r)
{
	while (r->used == r->count) {
		bool moved = look(r);

		if (r->used < r->count)
			break;
		/* The kernel sends what it has taken by itself. */
		if (tx_judge(&r->tx, &(struct tx_attempt){EAGAIN, moved, r->used}) == TX_FULL)
			return false;
	}
	r->tx.stuck_ns = 0;
	return true;
}

static void fill_slot(struct tx_ring *r, const struct frame *frame, struct stats *stats)
{
	struct tpacket2_hdr *header = slot_header(r, r->fill);
	struct virtio_net_hdr *net = (void *)((uint8_t *)header + DATA_OFFSET);
	uint8_t *data = (uint8_t *)header + FRAME_OFFSET;

	/* So many bytes are copied, and at least the link-layer header. */
	*net = (struct virtio_net_hdr){.hdr_len = frame->len <= COPIED_MOST ? (uint16_t)frame->len
									    : 0};
	memcpy(data, frame->data, frame->len);
	if (frame->offload && frame->offload->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		net->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		net->csum_start = frame->offload->csum_start;
		net->csum_offset = frame->offload->csum_offset;
	} else if (frame->status & TP_STATUS_CSUMNOTREADY) {
		tx_checksum_complete(data, frame->len, r->tx.config.header_bytes);
	}
	header->tp_len = header->tp_snaplen = (uint32_t)sizeof(*net) + frame->len;
	r->slots[r->fill] = (struct slot){stats, frame->len};
	status_release(r, r->fill, TP_STATUS_SEND_REQUEST);
	r->fill = after(r, r->fill);
	r->used++;
	r->pending++;
}

/* What no slot has room for, and what is to be cut. */
static bool is_for_slot(const struct tx_ring *r, const struct frame *frame)
{
	/* A long one from a file may be cut. */
	if (r->tx.config.patient && frame->len > r->tx.mtu + r->tx.config.header_bytes)
		return false;
	return frame->len <= r->frame_size - FRAME_OFFSET &&
	       (!frame->offload || frame->offload->gso_type == VIRTIO_NET_HDR_GSO_NONE);
}

/* Sends the frames from *at on that no slot is for, behind all that is in slots. */
static int send_whole(struct tx_ring *r, struct frame *frames, uint32_t count, uint32_t *at,
		      struct stats *stats)
{
	uint32_t end = *at, taken = 0;
	int rc = push(r);

	while (end < count && !is_for_slot(r, &frames[end]))
		end++;
	if (rc == 0)
		rc = r->tx.whole->ops->send(r->tx.whole, frames + *at, end - *at, stats, &taken);
	*at += taken;
	return rc;
}

/* Puts a frame into a slot, or counts it as lost. */
static int put_frame(struct tx_ring *r, const struct frame *frame, struct stats *stats)
{
	_Atomic uint64_t *loss = tx_unfit(&r->tx, frame, stats);

	if (!loss && r->used == r->count) {
		if (push(r) != 0)
			return TX_WAIT;
		if (!find_room(r))
			loss = &stats->tx_full;
	}
	if (loss)
		stats_add(loss, 1);
	else
		fill_slot(r, frame, stats);
	return 0;
}

static int ring_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
		     uint32_t *taken)
{
	struct tx_ring *r = (struct tx_ring *)tx;
	uint32_t at = 0;
	int rc = 0;

	while (at < count && rc == 0) {
		if (!is_for_slot(r, &frames[at])) {
			rc = send_whole(r, frames, count, &at, stats);
			continue;
		}
		rc = put_frame(r, &frames[at], stats);
		at += rc == 0;
	}
	if (rc == 0)
		rc = push(r);
	*taken = at;
	return rc;
}

static void ring_linger(struct tx *tx)
{
	struct tx_ring *r = (struct tx_ring *)tx;
	const struct timespec nap = {.tv_nsec = NS_PER_MS};
	const uint64_t end = clock_boot(&clock_system) + LINGER_NS;

	do {
		/* While it is down nothing will get away. */
		if (push(r) == TX_WAIT)
			break;
		look(r);
	} while (r->used > 0 && clock_boot(&clock_system) < end && nanosleep(&nap, NULL) == 0);
	for (; r->used > 0; r->used--, r->done = after(r, r->done))
		stats_add(&r->slots[r->done].stats->tx_unfinished, 1);
}

static void ring_close(struct tx *tx)
{
	struct tx_ring *r = (struct tx_ring *)tx;

	if (r->map)
		munmap(r->map, r->map_bytes);
	free(r->slots);
	free(r);
}

int tx_ring_open(const struct tx_config *config, struct tx **result, struct error *err)
{
	static const struct tx_ops ops = {ring_send, ring_linger, ring_close};
	const uint32_t longest = config->mtu + config->header_bytes + VLAN_BYTES;
	struct tx_ring *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return error_system(err, ENOMEM, "%s", config->name);
	r->tx = (struct tx){.ops = &ops, .config = *config, .fd = -1};
	tx_ring_plan(r, longest > FRAME_LEAST ? longest : FRAME_LEAST);
	r->slots = calloc(r->count, sizeof(*r->slots));
	rc = r->slots ? tx_socket_open(&r->tx, err) : error_system(err, ENOMEM, "%s", config->name);
	if (rc == 0)
		rc = tx_ring_map(r, err);
	if (rc == 0)
		rc = tx_socket_bind(&r->tx, err);
	if (rc == 0)
		rc = tx_mmsg_open(config, &r->tx.whole, err);
	if (rc < 0) {
		tx_close(&r->tx);
		return rc;
	}
	*result = &r->tx;
	return 0;
}
