/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a stream of packets (PCAP-over-IP) goes to or comes from, as it is typed:
 *
 *   tcp:HOST:PORT           connects
 *   tcp-listen:[ADDR:]PORT  listens, on the loopback address unless ADDR is given
 *   unix:PATH               a socket in the file system
 *
 * An IPv6 address stands in brackets. Which of the two ends of a Unix socket listens is
 * told by what it is for: who writes listens, who reads connects.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_STREAM_ADDRESS_H
#define WIRETAPE_STREAM_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

#define STREAM_HOST_ROOM 256
/* Addresses of one name that are kept. */
#define STREAM_ADDRESSES_MOST 8u

enum stream_kind { STREAM_CONNECT, STREAM_LISTEN, STREAM_UNIX };

struct stream_address {
	const char *text; /* as it was typed, whose owner is the caller */
	enum stream_kind kind;
	char host[STREAM_HOST_ROOM]; /* of tcp; "": the loopback address */
	uint16_t port;
	const char *path; /* of unix; within text */
	/* What stream_address_resolve has found. */
	struct sockaddr_storage addresses[STREAM_ADDRESSES_MOST];
	uint32_t count;
};

/* Whether it begins as one of these; a file of such a name is ./tcp:... */
bool stream_is_address(const char *text);

/* 0 or a usage error. */
int stream_address_parse(const char *text, struct stream_address *address, struct error *err);

/* Asks for the addresses of the name, which may take a while. Control thread. 0 or a usage
 * error. */
int stream_address_resolve(struct stream_address *address, struct error *err);

/* Bytes of one of them, for connect(2). */
socklen_t stream_address_bytes(const struct sockaddr_storage *address);

/* An address and its port, as people write them, into text of so many bytes. */
char *stream_address_name(const struct sockaddr_storage *address, char *text, size_t room);

/*
 * Of a resolved one: the filter expression that matches the packets of its own connections,
 * into text; false where there are none, or they do not pass an interface: the loopback
 * interface, or any other.
 */
bool stream_address_filter(const struct stream_address *address, bool loopback, char *text,
			   size_t room);

#endif
