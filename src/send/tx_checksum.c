/* SPDX-License-Identifier: BSD-2-Clause */
#include "tx_checksum.h"

#include <netinet/in.h>

#include "frames/checksum.h"
#include "frames/transport.h"

/* Where TCP and UDP have their checksum. */
#define TCP_CHECKSUM 16u
#define UDP_CHECKSUM 6u

bool tx_checksum_complete(uint8_t *frame, uint32_t bytes, uint32_t header_bytes)
{
	struct transport found;
	uint32_t offset;
	uint16_t sum;
	uint8_t *field;

	if (!transport_find(frame, bytes, header_bytes, &found))
		return false;
	if (found.protocol != IPPROTO_TCP && found.protocol != IPPROTO_UDP)
		return false;
	offset = found.protocol == IPPROTO_TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
	if (found.carried.bytes < offset + sizeof(sum))
		return false;
	sum = checksum_finish(checksum_add(0, found.carried.at, found.carried.bytes));
	if (sum == 0 && found.protocol == IPPROTO_UDP)
		sum = 0xffff;
	field = found.carried.at + offset;
	field[0] = (uint8_t)(sum >> 8);
	field[1] = (uint8_t)sum;
	return true;
}
