/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that are rewritten, whatever they are: nothing outside of them is touched, which the
 * sanitizers see, and their end stays where it is.
 *
 * Input: one byte of flags (1: no Ethernet header, 2: sums are left to an adapter), then the
 * packet.
 */
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>

#include "frames/checksum_fix.h"
#include "frames/rewrite.h"

#define ROOM 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static struct rewrite *rules_of(const char *const *rules, size_t count)
{
	struct rewrite *rewrite;
	struct error err;

	require(rewrite_open(&rewrite, &err) == 0);
	for (size_t i = 0; i < count; i++)
		require(rewrite_add(rewrite, rules[i], &err) == 0);
	return rewrite;
}

static void walk(const uint8_t *data, size_t size, uint32_t link_bytes, uint32_t status)
{
	static const char *const there[] = {"ip:10.0.0.0/8=11.0.0.0/8", "ip:2001::/16=2002::/16",
					    "port:80=8080"};
	static const char *const back[] = {"ip:11.0.0.0/8=10.0.0.0/8", "ip:2002::/16=2001::/16",
					   "port:8080=80"};
	static const char *const more[] = {"ip:0.0.0.0/0=224.1.2.0/24", "ip:::/0=ff02::/16",
					   "ttl:+7", "dscp:9", "port:0=1"};
	static const char *const link[] = {"vlan:pop", "vlan:any=3", "vlan:push,5", "vlan:push,6",
					   "dst-mac:02:00:00:00:00:01"};
	struct rewrite *rules[] = {rules_of(there, 3), rules_of(back, 3), rules_of(more, 5),
				   rules_of(link, 5)};
	uint8_t *memory = malloc(ROOM + size);
	struct frame frame = {.data = memory + ROOM,
			      .caplen = (uint32_t)size,
			      .len = (uint32_t)size,
			      .headroom = ROOM,
			      .status = status};

	memcpy(frame.data, data, size);
	for (uint32_t i = 0; i < 2; i++)
		rewrite_frame(rules[i], &frame, link_bytes);
	require(frame.data == memory + ROOM && frame.caplen == size);
	rewrite_frame(rules[2], &frame, link_bytes);
	if (link_bytes > 0)
		require(rewrite_frame(rules[3], &frame, link_bytes));
	require(frame.data >= memory && frame.data + frame.caplen == memory + ROOM + size);
	/* Once is enough. */
	checksum_fix(frame.data, frame.caplen, link_bytes);
	require(!checksum_fix(frame.data, frame.caplen, link_bytes));
	free(memory);
	for (uint32_t i = 0; i < 4; i++)
		rewrite_close(rules[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1)
		walk(data + 1, size - 1, data[0] & 1 ? 0 : 14,
		     data[0] & 2 ? TP_STATUS_CSUMNOTREADY : 0);
	return 0;
}
