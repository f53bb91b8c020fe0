/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ids: addresses, ports, numbers and names of protocols, alone or several in brackets.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expression_parts.h"

#define IPV4_BITS 32u
#define IPV6_BITS 128u

uint32_t give_up(struct reading *r)
{
	r->lost = true;
	return NODE_EVERYTHING;
}

/* --- numbers ------------------------------------------------------------------------ */

bool number_of(const char *word, uint32_t most, uint32_t *number)
{
	char *end;
	unsigned long value;

	if (word[0] < '0' || word[0] > '9')
		return false;
	value = strtoul(word, &end, word[0] == '0' && (word[1] | 0x20) == 'x' ? 16 : 10);
	/* Octal is what libpcap takes a 0 in front for. */
	if (*end != 0 || value > most ||
	    (word[0] == '0' && word[1] != 0 && (word[1] | 0x20) != 'x'))
		return false;
	*number = (uint32_t)value;
	return true;
}

/* Of the keys that begin with these bits. */
static uint32_t prefix(struct reading *r, enum index_kind kind, const uint8_t *key, uint32_t bits)
{
	struct node node = {.type = NODE_FIND, .kind = kind};

	for (uint32_t i = 0; i < index_key_bytes(kind); i++) {
		const uint32_t left = bits > 8 * i ? bits - 8 * i : 0;
		const uint8_t mask = left >= 8 ? 0xff : (uint8_t)(0xff00u >> left);

		node.first[i] = key[i] & mask;
		node.last[i] = key[i] | (uint8_t)~mask;
	}
	return node_add(r->expression, &node);
}

/* --- ids ------------------------------------------------------------------------------ */

bool is_id(const struct words *w)
{
	return w->token == TOKEN_WORD || w->token == TOKEN_OPEN;
}

/* "/ 24" or "mask 255.255.255.0" behind a network. False: neither is what it should be. */
static bool read_mask(struct reading *r, uint32_t most, uint32_t *bits)
{
	struct in_addr mask;

	if (r->words.token == TOKEN_SLASH) {
		words_next(&r->words);
		if (!number_of(r->words.word, most, bits))
			return false;
		words_next(&r->words);
		return true;
	}
	if (!words_is(&r->words, "mask"))
		return true;
	words_next(&r->words);
	if (inet_pton(AF_INET, r->words.word, &mask) != 1)
		return false;
	words_next(&r->words);
	/* With holes in it the bits in front of the first one hold all the same. */
	*bits = 0;
	while (*bits < IPV4_BITS && ntohl(mask.s_addr) << *bits & 0x80000000u)
		++*bits;
	return true;
}

/* "10.1" stands for 10.1.0.0/16. */
static bool ipv4_of(const char *word, uint8_t address[4], uint32_t *bits)
{
	unsigned octets[4] = {0};
	int used = 0, count;

	count = sscanf(word, "%3u.%3u.%3u.%3u%n", &octets[0], &octets[1], &octets[2], &octets[3],
		       &used);
	if (count < 4) {
		used = 0;
		count = 0;
		for (const char *at = word; count < 4; at++) {
			int part = 0;

			if (sscanf(at, "%3u%n", &octets[count], &part) != 1)
				return false;
			count++;
			at += part;
			used = (int)(at - word);
			if (*at != '.')
				break;
		}
	}
	if (word[used] != 0)
		return false;
	for (int i = 0; i < 4; i++) {
		if (octets[i] > 255)
			return false;
		address[i] = i < count ? (uint8_t)octets[i] : 0;
	}
	*bits = 8u * (unsigned)count;
	/* A number alone may be all of an address. */
	return count > 1 || octets[0] > 0;
}

static uint32_t with_proto(struct reading *r, const struct qualifiers *q, uint32_t node)
{
	static const uint16_t types[] = {[PROTO_IP] = ETH_P_IP,
					 [PROTO_IP6] = ETH_P_IPV6,
					 [PROTO_ARP] = ETH_P_ARP,
					 [PROTO_RARP] = ETH_P_RARP};
	static const uint8_t protocols[] =
		{[PROTO_TCP] = IPPROTO_TCP, [PROTO_UDP] = IPPROTO_UDP, [PROTO_SCTP] = IPPROTO_SCTP};

	switch (q->proto) {
	case PROTO_IP:
	case PROTO_IP6:
	case PROTO_ARP:
	case PROTO_RARP:
		return node_both(r->expression,
				 node_number(r->expression, INDEX_ETHERTYPE, types[q->proto],
					     types[q->proto]),
				 node);
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
		return node_both(r->expression,
				 node_number(r->expression, INDEX_PROTOCOL, protocols[q->proto],
					     protocols[q->proto]),
				 node);
	default:
		return node;
	}
}

static uint32_t read_address(struct reading *r, const struct qualifiers *q)
{
	char word[WORD_ROOM];
	struct in6_addr ipv6;
	uint8_t ipv4[4];
	uint32_t bits, node;

	memcpy(word, r->words.word, sizeof(word));
	words_next(&r->words);
	if (inet_pton(AF_INET6, word, &ipv6) == 1) {
		bits = IPV6_BITS;
		if (!read_mask(r, IPV6_BITS, &bits))
			return give_up(r);
		node = prefix(r, INDEX_IPV6, ipv6.s6_addr, bits);
	} else if (ipv4_of(word, ipv4, &bits)) {
		if (!read_mask(r, IPV4_BITS, &bits))
			return give_up(r);
		node = prefix(r, INDEX_IPV4, ipv4, bits);
	} else {
		/* A name. */
		bits = 0;
		if (!read_mask(r, IPV6_BITS, &bits))
			return give_up(r);
		node = NODE_EVERYTHING;
	}
	return with_proto(r, q, node);
}

static uint32_t read_mac(struct reading *r)
{
	unsigned b[6];
	int used = 0;
	uint32_t node = NODE_EVERYTHING;

	if (sscanf(r->words.word, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4],
		   &b[5], &used) == 6 &&
	    r->words.word[used] == 0) {
		const uint8_t mac[] = {(uint8_t)b[0], (uint8_t)b[1], (uint8_t)b[2],
				       (uint8_t)b[3], (uint8_t)b[4], (uint8_t)b[5]};

		node = prefix(r, INDEX_MAC, mac, 48);
	}
	words_next(&r->words);
	return node;
}

static uint32_t read_port(struct reading *r, const struct qualifiers *q)
{
	char *dash = strchr(r->words.word, '-');
	uint32_t first, last, node = NODE_EVERYTHING;

	if (q->type == TYPE_PORTRANGE && dash)
		*dash = 0;
	if (number_of(r->words.word, UINT16_MAX, &first)) {
		last = first;
		/* Either end may come first. */
		if (q->type != TYPE_PORTRANGE || !dash || number_of(dash + 1, UINT16_MAX, &last))
			node = node_number(r->expression, INDEX_PORT, first < last ? first : last,
					   first < last ? last : first);
	}
	words_next(&r->words);
	return with_proto(r, q, node);
}

uint32_t protocol_named(const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} names[] = {{"icmp", 1}, {"igmp", 2},   {"tcp", 6},   {"udp", 17},   {"esp", 50},
		     {"ah", 51},  {"icmp6", 58}, {"pim", 103}, {"vrrp", 112}, {"sctp", 132}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].number;
	return UINT32_MAX;
}

uint32_t type_named(const char *name)
{
	if (strcmp(name, "ip") == 0)
		return ETH_P_IP;
	if (strcmp(name, "ip6") == 0)
		return ETH_P_IPV6;
	if (strcmp(name, "arp") == 0)
		return ETH_P_ARP;
	return strcmp(name, "rarp") == 0 ? ETH_P_RARP : UINT32_MAX;
}

/* "ip proto 17", "ether proto 0x88cc". */
static uint32_t read_proto(struct reading *r, const struct qualifiers *q)
{
	const char *name = r->words.word[0] == '\\' ? r->words.word + 1 : r->words.word;
	const bool link = q->proto == PROTO_ETHER;
	uint32_t number = link ? type_named(name) : protocol_named(name), node = NODE_EVERYTHING;

	if (number == UINT32_MAX && !number_of(name, link ? UINT16_MAX : UINT8_MAX, &number))
		number = UINT32_MAX;
	/* Below that is a length, and a filter looks further. */
	if (number != UINT32_MAX && link && number >= ETH_P_802_3_MIN)
		node = node_number(r->expression, INDEX_ETHERTYPE, number, number);
	else if (number != UINT32_MAX && !link && q->proto != PROTO_OTHER)
		node = node_number(r->expression, INDEX_PROTOCOL, number, number);
	words_next(&r->words);
	return node;
}

static uint32_t read_one(struct reading *r, const struct qualifiers *q)
{
	switch (q->type) {
	case TYPE_PORT:
	case TYPE_PORTRANGE:
		return read_port(r, q);
	case TYPE_PROTO:
		return read_proto(r, q);
	case TYPE_OTHER:
		words_next(&r->words);
		return NODE_EVERYTHING;
	case TYPE_NONE:
	case TYPE_HOST:
	case TYPE_NET:
		break;
	}
	if (q->proto == PROTO_ETHER)
		return read_mac(r);
	return read_address(r, q);
}

/* One, or several in brackets: "port (80 or 443)". */
uint32_t read_id(struct reading *r, const struct qualifiers *q)
{
	uint32_t node;

	if (r->words.token == TOKEN_WORD)
		return read_one(r, q);
	words_next(&r->words);
	node = r->words.token == TOKEN_WORD ? read_one(r, q) : give_up(r);
	while (!r->lost && (r->words.token == TOKEN_OR || r->words.token == TOKEN_AND)) {
		const bool either = r->words.token == TOKEN_OR;
		uint32_t more;

		words_next(&r->words);
		if (r->words.token != TOKEN_WORD)
			return give_up(r);
		more = read_one(r, q);
		node = either ? node_either(r->expression, node, more)
			      : node_both(r->expression, node, more);
	}
	if (r->words.token != TOKEN_CLOSE)
		return give_up(r);
	words_next(&r->words);
	return node;
}
