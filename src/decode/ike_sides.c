/* SPDX-License-Identifier: BSD-2-Clause */
#include "decode/ike_sides.h"

#include <string.h>

#define COOKIE_BYTES 8u

char ike_sides_relate(struct ike_sides *sides, const struct ike_message *message)
{
	static const uint8_t none[COOKIE_BYTES];
	uint32_t bytes = message->address_bytes, i = 0;

	while (i < IKE_SIDES &&
	       memcmp(sides->exchanges[i].cookie, message->initiator, COOKIE_BYTES) != 0)
		i++;
	if (i < IKE_SIDES) {
		/* A cookie of zeros finds places that are empty: no side of theirs is known. */
		if (sides->exchanges[i].address_bytes != bytes)
			return '?';
		if (memcmp(sides->exchanges[i].addresses[0], message->source, bytes) == 0)
			return 'I';
		return memcmp(sides->exchanges[i].addresses[1], message->source, bytes) == 0 ? 'R'
											     : '?';
	}
	if (memcmp(message->responder, none, COOKIE_BYTES) != 0)
		return '?';
	i = sides->next;
	memcpy(sides->exchanges[i].cookie, message->initiator, COOKIE_BYTES);
	memcpy(sides->exchanges[i].addresses[0], message->source, bytes);
	memcpy(sides->exchanges[i].addresses[1], message->destination, bytes);
	sides->exchanges[i].address_bytes = message->address_bytes;
	sides->next = (i + 1) % IKE_SIDES;
	return 'I';
}
