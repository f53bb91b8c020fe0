/* SPDX-License-Identifier: BSD-2-Clause */
#include "decode/tcp_flows.h"

#include <stdlib.h>
#include <string.h>

#define MOST  65536u
#define HEADS 65536u

/* One side is first: that with the lower port, or address. */
struct flow {
	uint8_t addresses[2][16]; /* zeros behind those of 4 bytes */
	uint16_t ports[2];
	uint32_t address_bytes;
	uint32_t start[2]; /* in front of the first byte of each side */
	uint32_t next;     /* with the same hash: number of its place, from 1 */
	bool seen;         /* since the hand last passed */
};

struct tcp_flows {
	uint32_t count, hand; /* the hand goes around looking for one not seen */
	uint32_t heads[HEADS];
	struct flow flows[MOST];
};

struct tcp_flows *tcp_flows_open(void)
{
	return calloc(1, sizeof(struct tcp_flows));
}

void tcp_flows_close(struct tcp_flows *flows)
{
	free(flows);
}

static uint32_t *head_of(struct tcp_flows *flows, const struct flow *key)
{
	uint64_t words[4], sum = (uint64_t)key->ports[0] << 16 | key->ports[1];

	memcpy(words, key->addresses, sizeof(words));
	for (int i = 0; i < 4; i++) {
		sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15ull;
		sum ^= sum >> 32;
	}
	return &flows->heads[sum % HEADS];
}

static bool same(const struct flow *a, const struct flow *b)
{
	return a->address_bytes == b->address_bytes &&
	       memcmp(a->ports, b->ports, sizeof(a->ports)) == 0 &&
	       memcmp(a->addresses, b->addresses, sizeof(a->addresses)) == 0;
}

static struct flow *find(struct tcp_flows *flows, const struct flow *key)
{
	for (uint32_t at = *head_of(flows, key); at; at = flows->flows[at - 1].next) {
		if (same(&flows->flows[at - 1], key))
			return &flows->flows[at - 1];
	}
	return NULL;
}

/* A place that is free, or was longest without a segment, more or less. */
static struct flow *make_room(struct tcp_flows *flows)
{
	struct flow *flow;
	uint32_t *link;

	if (flows->count < MOST)
		return &flows->flows[flows->count++];
	for (;;) {
		flow = &flows->flows[flows->hand];
		flows->hand = (flows->hand + 1) % MOST;
		if (!flow->seen)
			break;
		flow->seen = false;
	}
	link = head_of(flows, flow);
	while (*link != (uint32_t)(flow - flows->flows) + 1)
		link = &flows->flows[*link - 1].next;
	*link = flow->next;
	return flow;
}

static struct flow *add(struct tcp_flows *flows, const struct flow *key)
{
	struct flow *flow = make_room(flows);
	uint32_t *head = head_of(flows, key);

	*flow = *key;
	flow->next = *head;
	*head = (uint32_t)(flow - flows->flows) + 1;
	return flow;
}

uint32_t tcp_flows_relate(struct tcp_flows *flows, struct tcp_segment *s)
{
	struct flow key = {.address_bytes = s->address_bytes}, *flow;
	bool second = s->source_port > s->destination_port;

	if (s->source_port == s->destination_port)
		second = memcmp(s->source, s->destination, s->address_bytes) > 0;
	memcpy(key.addresses[second], s->source, s->address_bytes);
	memcpy(key.addresses[!second], s->destination, s->address_bytes);
	key.ports[second] = s->source_port;
	key.ports[!second] = s->destination_port;
	flow = find(flows, &key);
	if (flow && !s->syn) {
		s->seq -= flow->start[second];
		s->ack -= flow->start[!second];
	} else {
		flow = flow ? flow : add(flows, &key);
		flow->start[second] = s->seq;
		flow->start[!second] = s->ack - 1;
	}
	flow->seen = true;
	return flow->start[!second];
}
