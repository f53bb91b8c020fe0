/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbered frames: test traffic in which every byte follows from a run's
 * parameters and a sequence number. generate sends them, verify builds them
 * again from what it finds in a file and compares byte for byte.
 *
 * A frame is Ethernet, VLAN tags, IPv4 and UDP (TCP for super-packets; neither
 * where the frame is too short or another EtherType is asked for), 4 bytes of
 * magic, the 64-bit number, and a stretch of a fixed pattern that begins at a
 * place given by the number. Numbers on the wire are big-endian.
 */
#ifndef WIRETAPE_TESTS_NUMBERED_H
#define WIRETAPE_TESTS_NUMBERED_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBERED_SIZE_MAX     65535u
#define NUMBERED_HEAD_MAX     96u
#define NUMBERED_LIST_MAX     16u
#define NUMBERED_ETHERNET     14u
#define NUMBERED_PATTERN_STEP 4093u

struct numbered {
	uint64_t start;
	uint32_t sizes[NUMBERED_LIST_MAX]; /* frame number n has size n % count */
	uint32_t ports[NUMBERED_LIST_MAX]; /* likewise, destination port */
	uint32_t tags[NUMBERED_LIST_MAX];  /* outer first, TPID << 16 | TCI */
	unsigned size_count, port_count, tag_count;
	uint16_t ethertype; /* 0: IPv4 */
	bool gso;           /* TCP super-packets */
	uint8_t destination[6], source[6];
	uint8_t pattern[NUMBERED_SIZE_MAX + NUMBERED_PATTERN_STEP];
};

/* The options both tools have: entries for getopt_long, and their help. */
#define NUMBERED_SHORT "s:"
#define NUMBERED_LONG                                                                             \
	{"gso", required_argument, NULL, 'g'}, {"vlan", required_argument, NULL, 'v'},            \
		{"ports", required_argument, NULL, 'P'}, {"start", required_argument, NULL, 'S'}, \
		{"ethertype", required_argument, NULL, 'E'},                                      \
		{"src", required_argument, NULL, 'A'},                                            \
	{                                                                                         \
		"dst", required_argument, NULL, 'D'                                               \
	}
#define NUMBERED_HELP                                                                 \
	"  -s SIZE[,SIZE...]   frame sizes without FCS, in turn (64)\n"               \
	"  --gso SIZE[,...]    the same, as TCP super-packets of up to 65535 bytes\n" \
	"  --vlan TPID:TCI     a tag, repeated for more: outer first\n"               \
	"  --ports PORT[,...]  destination ports, in turn (9000)\n"                   \
	"  --ethertype TYPE    no IP, this EtherType\n"                               \
	"  --src MAC, --dst MAC\n"                                                    \
	"  --start N           first number (0)\n"

void numbered_init(struct numbered *numbered);

/* Takes one of the options above; false when the value is wrong. */
bool numbered_option(struct numbered *numbered, int option, const char *value);

/* A decimal or 0x number up to max with nothing behind it. */
bool numbered_parse(const char *text, uint64_t max, uint64_t *value);

uint32_t numbered_size(const struct numbered *numbered, uint64_t number);

/* Writes all up to the pattern (at most NUMBERED_HEAD_MAX bytes); returns the
 * length, which is never more than the frame's size. */
size_t numbered_head(const struct numbered *numbered, uint64_t number, uint8_t *at);

/* What follows the head, as many bytes as the size leaves. */
const uint8_t *numbered_rest(const struct numbered *numbered, uint64_t number);

/* Looks for the magic behind a link-layer header; tags must be gone. */
bool numbered_find(const uint8_t *data, size_t bytes, uint16_t ethertype, uint64_t *number);

#endif
