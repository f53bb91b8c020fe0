/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who began an exchange of keys (IKE version 1): a message says so only before
 * the other side has answered. Holds 20 exchanges; one more replaces the oldest.
 * All zeros is empty. Pure.
 */
#ifndef WIRETAPE_IKE_SIDES_H
#define WIRETAPE_IKE_SIDES_H

#include <stdint.h>

#define IKE_SIDES 20u

struct ike_sides {
	struct {
		uint8_t cookie[8];
		uint8_t addresses[2][16]; /* of who began, and of the other */
		uint8_t address_bytes;    /* 4 or 16; 0: no exchange */
	} exchanges[IKE_SIDES];
	uint32_t next;
};

struct ike_message {
	const uint8_t *initiator, *responder; /* cookies, of 8 bytes */
	const uint8_t *source, *destination;  /* of address_bytes, 4 or 16 */
	uint8_t address_bytes;
};

/* 'I', 'R', or '?' for an exchange whose first message was not seen. Remembers
 * that of a first message. */
char ike_sides_relate(struct ike_sides *sides, const struct ike_message *message);

#endif
