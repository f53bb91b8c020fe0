/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds and finds numbered frames. The pattern is one fixed pseudo-random
 * string, so that the sender needs no copying: it hands the kernel the head
 * and a pointer into the string.
 */
#include "numbered.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC        0x57545031u
#define MAGIC_BYTES  12u /* with the number */
#define IPV4_BYTES   20u
#define UDP_BYTES    8u
#define TCP_BYTES    20u
#define TYPE_IPV4    0x0800u
#define TYPE_LOCAL   0x88b5u     /* IEEE 802 local experimental */
#define ADDRESS      0xc6120001u /* 198.18.0.1, set aside for benchmarks */
#define PORT_FROM    40000u
#define PORT_DEFAULT 9000u

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void numbered_init(struct numbered *numbered)
{
	uint32_t state = 1;

	*numbered = (struct numbered){
		.sizes = {64},
		.ports = {PORT_DEFAULT},
		.size_count = 1,
		.port_count = 1,
		.destination = {2, 0, 0, 0, 0, 2},
		.source = {2, 0, 0, 0, 0, 1},
	};
	for (size_t i = 0; i < sizeof(numbered->pattern); i++) {
		state = state * 1664525u + 1013904223u;
		numbered->pattern[i] = (uint8_t)(state >> 24);
	}
}

bool numbered_parse(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0' && *value <= max;
}

static bool parse_list(const char *text, uint32_t min, uint32_t max, uint32_t *list,
		       unsigned *count)
{
	char copy[256], *rest = copy;
	uint64_t value;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	*count = 0;
	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		if (*count == NUMBERED_LIST_MAX || !numbered_parse(word, max, &value) ||
		    value < min)
			return false;
		list[(*count)++] = (uint32_t)value;
	}
	return true;
}

static bool parse_tag(const char *text, struct numbered *numbered)
{
	unsigned tpid, tci;
	char junk;

	/* Four tags are as many as the head has room for. */
	if (numbered->tag_count == 4 ||
	    sscanf(text, "%i:%i%c", (int *)&tpid, (int *)&tci, &junk) != 2 || tpid > 0xffff ||
	    tci > 0xffff)
		return false;
	numbered->tags[numbered->tag_count++] = tpid << 16 | tci;
	return true;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	char junk;

	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx%c", &mac[0], &mac[1], &mac[2], &mac[3],
		      &mac[4], &mac[5], &junk) == 6;
}

bool numbered_option(struct numbered *numbered, int option, const char *value)
{
	/* The shortest frame without IP but with the tags and the number. */
	const uint32_t min = NUMBERED_ETHERNET + MAGIC_BYTES + 4 * 4;
	uint64_t type;

	switch (option) {
	case 'g':
		numbered->gso = true;
		/* fall through */
	case 's':
		return parse_list(value, min, NUMBERED_SIZE_MAX, numbered->sizes,
				  &numbered->size_count);
	case 'P':
		return parse_list(value, 0, 0xffff, numbered->ports, &numbered->port_count);
	case 'v':
		return parse_tag(value, numbered);
	case 'E':
		if (!numbered_parse(value, 0xffff, &type))
			return false;
		numbered->ethertype = (uint16_t)type;
		return true;
	case 'A':
		return parse_mac(value, numbered->source);
	case 'D':
		return parse_mac(value, numbered->destination);
	case 'S':
		return numbered_parse(value, UINT64_MAX, &numbered->start);
	default:
		return false;
	}
}

uint32_t numbered_size(const struct numbered *numbered, uint64_t number)
{
	return numbered->sizes[number % numbered->size_count];
}

/* One's complement sum of an even number of bytes, not inverted. */
static uint32_t checksum(const uint8_t *at, size_t bytes, uint32_t sum)
{
	for (size_t i = 0; i < bytes; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static size_t put_ipv4(uint8_t *at, uint32_t bytes, uint8_t protocol)
{
	static const uint8_t fixed[] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64};

	memcpy(at, fixed, sizeof(fixed));
	put16(at + 2, bytes);
	at[9] = protocol;
	put16(at + 10, 0);
	put32(at + 12, ADDRESS);
	put32(at + 16, ADDRESS + 1);
	put16(at + 10, ~checksum(at, IPV4_BYTES, 0));
	return IPV4_BYTES;
}

static size_t put_udp(uint8_t *at, uint32_t bytes, uint32_t port)
{
	put16(at, PORT_FROM);
	put16(at + 2, port);
	put16(at + 4, bytes);
	put16(at + 6, 0); /* none, as IPv4 allows */
	return UDP_BYTES;
}

static size_t put_tcp(uint8_t *at, uint32_t bytes, uint32_t port)
{
	memset(at, 0, TCP_BYTES);
	put16(at, PORT_FROM);
	put16(at + 2, port);
	put16(at + 12, 5u << 12 | 0x10); /* header length, ACK */
	put16(at + 14, 0xffff);
	/* The addresses stand right before. What the kernel completes a
	 * checksum from: the sum over the pseudo header. */
	put16(at + 16, checksum(at - 8, 8, IPPROTO_TCP + bytes));
	return TCP_BYTES;
}

size_t numbered_head(const struct numbered *numbered, uint64_t number, uint8_t *at)
{
	uint32_t size = numbered_size(numbered, number);
	uint32_t port = numbered->ports[number % numbered->port_count];
	uint32_t l4_bytes = numbered->gso ? TCP_BYTES : UDP_BYTES;
	uint32_t type = numbered->ethertype;
	size_t used = 12;

	memcpy(at, numbered->destination, 6);
	memcpy(at + 6, numbered->source, 6);
	for (unsigned i = 0; i < numbered->tag_count; i++, used += 4)
		put32(at + used, numbered->tags[i]);
	if (type == 0)
		type = size >= used + 2 + IPV4_BYTES + l4_bytes + MAGIC_BYTES ? TYPE_IPV4
									      : TYPE_LOCAL;
	put16(at + used, type);
	used += 2;
	if (type == TYPE_IPV4) {
		used += put_ipv4(at + used, size - (uint32_t)used,
				 numbered->gso ? IPPROTO_TCP : IPPROTO_UDP);
		used += numbered->gso ? put_tcp(at + used, size - (uint32_t)used, port)
				      : put_udp(at + used, size - (uint32_t)used, port);
	}
	put32(at + used, MAGIC);
	put32(at + used + 4, (uint32_t)(number >> 32));
	put32(at + used + 8, (uint32_t)number);
	return used + MAGIC_BYTES;
}

const uint8_t *numbered_rest(const struct numbered *numbered, uint64_t number)
{
	return numbered->pattern + number % NUMBERED_PATTERN_STEP;
}

bool numbered_find(const uint8_t *data, size_t bytes, uint16_t ethertype, uint64_t *number)
{
	size_t at = 0;

	if (ethertype == TYPE_IPV4) {
		if (bytes < IPV4_BYTES + TCP_BYTES || data[0] != 0x45)
			return false;
		at = IPV4_BYTES + (data[9] == IPPROTO_TCP ? TCP_BYTES : UDP_BYTES);
	}
	if (bytes < at + MAGIC_BYTES || get32(data + at) != MAGIC)
		return false;
	*number = (uint64_t)get32(data + at + 4) << 32 | get32(data + at + 8);
	return true;
}
