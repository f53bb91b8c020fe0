/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture filters: pcap-filter(7) expressions compiled by libpcap into a
 * program for the packet socket. The kernel runs it, so that what fails the
 * filter never takes room in a ring; its return value is the snap length.
 *
 * In front of libpcap's code stand a few instructions of our own, which drop
 * what the direction excludes and, on "any", the outgoing copy of each
 * loopback packet. On cooked sockets the kernel shows a filter no link-layer
 * header, so accesses to the LINUX_SLL2 header are turned into the kernel's
 * ancillary loads (SKF_AD_*, linux/filter.h) and offsets behind it move left.
 */
#ifndef WIRETAPE_FILTER_H
#define WIRETAPE_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum direction { DIRECTION_INOUT, DIRECTION_IN, DIRECTION_OUT };

/* What a file says of packets beside their bytes. */
enum filter_way {
	FILTER_WAY_UNKNOWN,
	FILTER_WAY_IN,
	FILTER_WAY_OUT,
	FILTER_WAY_TOTAL,
	FILTER_WAY_IN_PACKET = FILTER_WAY_TOTAL, /* the packet itself tells it */
};

struct filter_facts {
	const char *interface; /* its name; null: none */
	enum filter_way way;
};

struct filter_config {
	const char *expression; /* null or "": everything passes */
	const char *option;     /* that it was given with, put in front of errors; null: none */
	const char *interface;  /* live: lets "vlan" see stripped tags; null or
				   "any": compile without a device */
	int linktype;           /* DLT_* the expression is about */
	bool cooked;            /* packets come without link-layer header */
	bool loopback_once;     /* drop outgoing copies on the loopback device, unless
				   direction asks for them alone */
	enum direction direction;
	uint32_t snaplen;
	uint32_t netmask;   /* IPv4, in host order, for "ip broadcast"; 0: not known */
	bool not_optimized; /* -O */
	const struct filter_facts *facts; /* offline: what "inbound", "outbound" and "ifname"
					     are about; null: the file says nothing */
};

struct filter;
struct bpf_program;

/*
 * Compiles. Where the kernel cannot run it (loops, more than 4096 instructions, what it
 * shows no filter of a cooked socket), it gets one that passes all of the direction, whole,
 * and filter_passes has to be asked of each packet. A bad expression is a usage error with
 * libpcap's message and the expression; opening the interface for "vlan" can fail (permission).
 */
int filter_compile(const struct filter_config *config, struct filter **filter, struct error *err);
void filter_free(struct filter *filter);

/* One that nothing passes. 0 or -errno. */
int filter_make_nothing(struct filter **filter, struct error *err);

/* Why the kernel has a coarser one, as words for people; null: it has the whole. (In
 * filter_coarse.c, as is the next one.) */
const char *filter_coarse(const struct filter *filter);

/* Then: whether a packet passes, with its link-layer header and its VLAN tag in place. Any
 * thread. */
struct filter_packet {
	const uint8_t *data;
	uint32_t caplen, len;
	bool sent; /* by this machine */
};
bool filter_passes(const struct filter *filter, const struct filter_packet *packet);

/* A program for packets of files, which may have loops; pcap_freecode is the caller's.
 * Of config expression, option, linktype and facts. -EINVAL with a usage error where
 * packets of that link type cannot have it. (In filter_offline.c, as are the next two.) */
int filter_compile_offline(const struct filter_config *config, struct bpf_program *program,
			   struct error *err);

/* Whether the way of a packet matters, so that each way wants a program of its own. */
bool filter_asks_way(const char *expression);

/* Whether packets of any link type can have it; else it makes no sense. */
bool filter_has_sense(const char *expression);

/* Attaches to a packet socket. 0 or -errno. */
int filter_attach(const struct filter *filter, int fd);

/* Attaches a filter that takes nothing. 0 or -errno. */
int filter_attach_none(int fd);

/* Whatever happens to this process, the socket takes no packet from here on that its
 * filter does not pass: that can be neither replaced nor removed. 0 or -errno. */
int filter_lock(int fd);

/* Prints the program, the whole one, as tcpdump -d (1), -dd (2), -ddd (3) does. (In
 * filter_dump.c.) */
void filter_dump(const struct filter *filter, unsigned style, FILE *out);

/* Reads an expression from a file (-F): the whole text, '#' comments cut,
 * line ends turned to spaces. The caller frees *text. (In filter_file.c.) */
int filter_read_file(const char *path, char **text, struct error *err);

#endif
