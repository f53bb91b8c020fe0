/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames longer than their slot, and what of a frame is left to the adapter: tpacket_rcv()
 * and packet_recvmsg(), net/packet/af_packet.c. The kernel queues such a frame before it
 * hands its slot over, both under one lock: the queue has them in the order of the slots.
 */
#include "rx_uncut.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "frames/vlan.h"

#define NET_BYTES ((uint32_t)sizeof(struct virtio_net_hdr))

/* The longest frame Linux makes (GSO_MAX_SIZE, linux/netdevice.h), its headers, and
 * what may be put in front. Nothing of it is memory before a frame has been there. */
#define ROOM     (8u * 65535u + 1024u)
#define HEADROOM 64u

struct rx_uncut {
	uint8_t *memory; /* RUN_FRAMES of ROOM */
	uint32_t used;   /* in the run given out last */
	const struct block *run;
	int trouble;        /* that the socket told of meanwhile */
	uint32_t net_bytes; /* of what is in front of each frame */
	uint32_t snaplen;
};

int rx_uncut_open(bool offloads, uint32_t snaplen, struct rx_uncut **result)
{
	struct rx_uncut *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->net_bytes = offloads ? NET_BYTES : 0;
	u->snaplen = snaplen;
	u->memory = mmap(NULL, (size_t)RUN_FRAMES * ROOM, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (u->memory == MAP_FAILED) {
		free(u);
		return -ENOMEM;
	}
	*result = u;
	return 0;
}

void rx_uncut_close(struct rx_uncut *u)
{
	if (!u)
		return;
	munmap(u->memory, (size_t)RUN_FRAMES * ROOM);
	free(u);
}

bool rx_uncut_held(const struct rx_uncut *u)
{
	return u->used > 0 && u->run->refs > 0;
}

void rx_uncut_run(struct rx_uncut *u, const struct block *run)
{
	u->used = 0;
	u->run = run;
}

int rx_uncut_trouble(struct rx_uncut *u)
{
	const int trouble = u->trouble;

	u->trouble = 0;
	return trouble;
}

/* The next one queued: its bytes with the header in front, or -errno. An error of the
 * socket comes first, once. */
static ssize_t take(struct rx_uncut *u, int fd, uint8_t *at, size_t room)
{
	ssize_t bytes;

	do {
		bytes = recv(fd, at, room, MSG_DONTWAIT | MSG_TRUNC);
		if (bytes < 0 && errno == ENETDOWN)
			u->trouble = errno;
	} while (bytes < 0 && (errno == ENETDOWN || errno == EINTR));
	return bytes < 0 ? -errno : bytes;
}

static void take_whole(struct rx_uncut *u, int fd, struct frame *frame)
{
	uint8_t *at = u->memory + (size_t)u->used * ROOM + HEADROOM;
	const ssize_t bytes = take(u, fd, at, ROOM - HEADROOM);

	/* What is in the slot is cut then, and says so. */
	if (bytes < (ssize_t)u->net_bytes || bytes > (ssize_t)(ROOM - HEADROOM))
		return;
	u->used++;
	frame->data = at + u->net_bytes;
	frame->len = (uint32_t)bytes - u->net_bytes;
	frame->caplen = frame->len < u->snaplen ? frame->len : u->snaplen;
	frame->headroom = HEADROOM + u->net_bytes;
}

void rx_uncut_frame(struct rx_uncut *u, int fd, struct frame *frame)
{
	if (frame->status & TP_STATUS_COPY)
		take_whole(u, fd, frame);
	if (!u->net_bytes || frame->headroom < NET_BYTES + (frame->vlan_tpid ? VLAN_TAG_BYTES : 0))
		return;
	frame->headroom -= NET_BYTES;
	frame->offload = (void *)(frame->data - NET_BYTES);
	if (!frame->vlan_tpid)
		return;
	/* The tag will move the addresses to where the header is now. */
	frame->offload = (void *)(frame->data - VLAN_TAG_BYTES - NET_BYTES);
	memmove(frame->offload, frame->data - NET_BYTES, NET_BYTES);
	if (frame->offload->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		frame->offload->csum_start += VLAN_TAG_BYTES;
	if (frame->offload->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		frame->offload->hdr_len += VLAN_TAG_BYTES;
}
