/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends of a packet, the lower one first, and which of them has sent it, are looked up
 * in a table. Every length is held against the packet's end.
 */
#include "send/talkers.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "frames/load.h"

#define SETS        16384u
#define WAYS        4u
#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define FRAGMENT    0x1fffu /* this is a later one; behind the first, too, are ports left out */
#define MORE        0x2000u
#define TCP_FLAGS   13u
#define SYN         0x02u
#define ACK         0x10u

struct end {
	uint8_t address[16];
	uint8_t port[2];
};

struct exchange {
	struct end ends[2]; /* the lower one first */
	uint8_t protocol;
	uint8_t version; /* 4, 6; 1: MAC addresses; 0: none is here */
	bool lower_asks;
};

struct talkers {
	bool ethernet;
	uint32_t next[SETS]; /* of each set, whose place is taken */
	struct exchange sets[SETS][WAYS];
};

struct packet {
	struct end from, to;
	uint8_t protocol, version;
	bool asks, answers; /* it says so itself */
};

int talkers_open(bool ethernet, struct talkers **talkers)
{
	*talkers = calloc(1, sizeof(**talkers));
	if (!*talkers)
		return -ENOMEM;
	(*talkers)->ethernet = ethernet;
	return 0;
}

static void read_transport(struct packet *p, const uint8_t *at, uint32_t bytes)
{
	if ((p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP) || bytes < 4)
		return;
	memcpy(p->from.port, at, 2);
	memcpy(p->to.port, at + 2, 2);
	if (p->protocol == IPPROTO_TCP && bytes > TCP_FLAGS && at[TCP_FLAGS] & SYN) {
		p->asks = !(at[TCP_FLAGS] & ACK);
		p->answers = !p->asks;
	}
}

static bool read_ip(struct packet *p, const uint8_t *at, uint32_t bytes)
{
	uint32_t header;

	if (bytes >= IPV4_HEADER && at[0] >> 4 == 4) {
		header = (at[0] & 15u) * 4;
		p->version = 4;
		p->protocol = at[9];
		memcpy(p->from.address, at + 12, 4);
		memcpy(p->to.address, at + 16, 4);
		/* A later fragment has no ports. */
		if (header >= IPV4_HEADER && header <= bytes &&
		    (load_be16(at + 6) & (FRAGMENT | MORE)) == 0)
			read_transport(p, at + header, bytes - header);
		return true;
	}
	if (bytes < IPV6_HEADER || at[0] >> 4 != 6)
		return false;
	p->version = 6;
	p->protocol = at[6];
	memcpy(p->from.address, at + 8, 16);
	memcpy(p->to.address, at + 24, 16);
	read_transport(p, at + IPV6_HEADER, bytes - IPV6_HEADER);
	return true;
}

/* What is not IP has MAC addresses. */
static bool read_packet(const struct talkers *t, struct packet *p, const uint8_t *data,
			uint32_t bytes)
{
	uint32_t at = ETH_HLEN;
	uint16_t type;

	*p = (struct packet){0};
	if (!t->ethernet)
		return read_ip(p, data, bytes);
	if (bytes < ETH_HLEN)
		return false;
	type = load_be16(data + 12);
	for (; (type == ETH_P_8021Q || type == ETH_P_8021AD) && bytes >= at + 4; at += 4)
		type = load_be16(data + at + 2);
	if ((type == ETH_P_IP || type == ETH_P_IPV6) && read_ip(p, data + at, bytes - at))
		return true;
	p->version = 1;
	memcpy(p->to.address, data, ETH_ALEN);
	memcpy(p->from.address, data + ETH_ALEN, ETH_ALEN);
	return true;
}

static uint32_t hash_of(const struct exchange *e)
{
	const uint8_t *bytes = (const uint8_t *)e->ends;
	uint32_t hash = 2166136261u ^ e->protocol;

	for (size_t i = 0; i < sizeof(e->ends); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash ^ hash >> 16;
}

static struct exchange *find(struct talkers *t, const struct exchange *wanted, bool *found)
{
	const uint32_t set = hash_of(wanted) % SETS;
	struct exchange *ways = t->sets[set];

	for (uint32_t i = 0; i < WAYS; i++) {
		*found = memcmp(&ways[i], wanted, offsetof(struct exchange, lower_asks)) == 0;
		if (*found)
			return &ways[i];
	}
	return &ways[t->next[set]++ % WAYS];
}

bool talkers_answers(struct talkers *t, const uint8_t *data, uint32_t bytes)
{
	struct exchange wanted = {0}, *e;
	struct packet p;
	bool lower, found;

	if (!read_packet(t, &p, data, bytes))
		return false;
	lower = memcmp(&p.from, &p.to, sizeof(p.from)) <= 0;
	wanted.ends[0] = lower ? p.from : p.to;
	wanted.ends[1] = lower ? p.to : p.from;
	wanted.protocol = p.protocol;
	wanted.version = p.version;
	e = find(t, &wanted, &found);
	if (!found) {
		*e = wanted;
		e->lower_asks = lower;
	}
	if (p.asks || p.answers)
		e->lower_asks = lower == p.asks;
	return e->lower_asks != lower;
}

void talkers_close(struct talkers *t)
{
	free(t);
}
