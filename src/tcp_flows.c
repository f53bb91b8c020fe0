/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp_flows.h"

#include <stdlib.h>
#include <string.h>

#define SETS 16384u
#define WAYS 4u

/* One side is first: that with the lower port, or address. */
struct flow {
	uint8_t addresses[2][16]; /* zeros behind those of 4 bytes */
	uint16_t ports[2];
	uint32_t address_bytes; /* 0: not in use */
	uint32_t start[2];      /* in front of the first byte of each side */
	uint64_t used;
};

struct tcp_flows {
	uint64_t clock;
	struct flow sets[SETS][WAYS];
};

struct tcp_flows *tcp_flows_open(void)
{
	return calloc(1, sizeof(struct tcp_flows));
}

void tcp_flows_close(struct tcp_flows *flows)
{
	free(flows);
}

static uint32_t hash(const struct flow *key)
{
	uint64_t words[4], sum = (uint64_t)key->ports[0] << 16 | key->ports[1];

	memcpy(words, key->addresses, sizeof(words));
	for (int i = 0; i < 4; i++) {
		sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15ull;
		sum ^= sum >> 32;
	}
	return (uint32_t)sum % SETS;
}

static struct flow *find(struct tcp_flows *flows, const struct flow *key, bool *known)
{
	struct flow *set = flows->sets[hash(key)], *oldest = set;

	*known = true;
	for (struct flow *flow = set; flow < set + WAYS; flow++) {
		if (flow->address_bytes == key->address_bytes &&
		    memcmp(flow->ports, key->ports, sizeof(key->ports)) == 0 &&
		    memcmp(flow->addresses, key->addresses, sizeof(key->addresses)) == 0)
			return flow;
		if (flow->used < oldest->used)
			oldest = flow;
	}
	*known = false;
	return oldest;
}

uint32_t tcp_flows_relate(struct tcp_flows *flows, struct tcp_segment *s)
{
	struct flow key = {.address_bytes = s->address_bytes}, *flow;
	bool second = s->source_port > s->destination_port, known;

	if (s->source_port == s->destination_port)
		second = memcmp(s->source, s->destination, s->address_bytes) > 0;
	memcpy(key.addresses[second], s->source, s->address_bytes);
	memcpy(key.addresses[!second], s->destination, s->address_bytes);
	key.ports[second] = s->source_port;
	key.ports[!second] = s->destination_port;
	flow = find(flows, &key, &known);
	if (known && !s->syn) {
		s->seq -= flow->start[second];
		s->ack -= flow->start[!second];
	} else {
		*flow = key;
		flow->start[second] = s->seq;
		flow->start[!second] = s->ack - 1;
	}
	flow->used = ++flows->clock;
	return flow->start[!second];
}
