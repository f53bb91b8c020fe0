/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets up a packet socket with a mapped receive ring, and binds it. Between
 * the two calls the socket takes nothing, because it has no protocol yet:
 * options, filter and ring are all in place before the first frame comes
 * (packet(7), Documentation/networking/packet_mmap.rst).
 *
 * Control thread; stop is the ring thread's.
 */
#ifndef WIRETAPE_RX_SOCKET_H
#define WIRETAPE_RX_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ring/geometry.h"
#include "system/filter.h"

struct rx_socket_config {
	const char *name; /* for messages, and for device stamps */
	int index;        /* interface; 0: any */
	bool cooked;      /* frames without link-layer header */
	bool promiscuous;
	bool ignore_outgoing; /* what is sent need not even be looked at */
	bool may_be_down;     /* an interface that is down is waited for */
	bool adapter_stamps;  /* --time-stamp-source adapter */
	const struct filter *filter;
	const struct geometry *geometry;
	uint32_t block_timeout_ms; /* V3; at least 1 */
	/* V1, V2: a frame longer than its slot comes whole, by the socket
	 * (PACKET_COPY_THRESH). Room for so many bytes of these, with the kernel's own; 0:
	 * it is cut. */
	uint32_t uncut_bytes;
	/* V2, with such room, not cooked: what is left to the adapter comes with each frame
	 * (PACKET_VNET_HDR). */
	bool offloads;
	uint8_t *map_at; /* where to map the ring, in memory set aside; null: anywhere */
};

struct rx_socket {
	int fd;
	uint8_t *map;         /* geometry->ring_bytes of it */
	uint32_t uncut_bytes; /* that were had: fewer without CAP_NET_ADMIN */
};

/* Whether there is a right to as much of that room as is asked for (CAP_NET_ADMIN). */
bool rx_socket_may_queue(void);

/* On failure *socket needs no close. */
int rx_socket_open(const struct rx_socket_config *config, struct rx_socket *socket,
		   struct error *err);

/* Joins promiscuous mode where wanted and binds: frames come from here on. */
int rx_socket_bind(const struct rx_socket_config *config, const struct rx_socket *socket,
		   struct error *err);

/* Binds to another interface, or to the same one made anew, with ring, filter and
 * options as they are. Takes no privilege; one that is down is no error. 0 or
 * -errno. */
int rx_socket_rebind(struct rx_socket_config *config, const struct rx_socket *socket, int index);

/* Ends the inflow: what is in the ring stays, nothing more comes until it is bound again.
 * 0 or -errno. */
int rx_socket_stop(const struct rx_socket *socket);

/* The interface it is bound to; -1 once that was deleted. */
int rx_socket_bound(const struct rx_socket *socket);

/* Error pending on the socket, cleared by reading: 0, ENETDOWN, ... */
int rx_socket_error(const struct rx_socket *socket);

void rx_socket_close(const struct rx_socket_config *config, struct rx_socket *socket);

#endif
