/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network interfaces as rtnetlink tells them (libnl-route-3). Control thread
 * only. Names are the kernel's and may hold any byte but '/', ':' and space:
 * clean before printing.
 */
#ifndef WIRETAPE_NETDEV_H
#define WIRETAPE_NETDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* An alternative name, with its end. */
#define NETDEV_NAME_ROOM 128

struct netdev {
	int index; /* 0 for "any" */
	char name[IF_NAMESIZE];
	char asked[NETDEV_NAME_ROOM]; /* the one of its names by which it was found, else name */
	char alias[256];              /* what "ip link set alias" gave it, or "" */
	uint32_t netmask;             /* of its first IPv4 address, in host order; 0: it has none */
	char addresses[512];          /* "192.0.2.2/24 fe80::1/64", or "" */
	unsigned flags;               /* IFF_* */
	unsigned mtu;
	unsigned arphrd; /* ARPHRD_* */
	uint8_t mac[6];
	bool has_mac;       /* a 6-byte link-layer address */
	uint64_t speed_bps; /* 0 where unknown */
};

/* Frames lost before they reach any socket, since the interface was made. */
struct netdev_drops {
	uint64_t total; /* rx_missed_errors + rx_fifo_errors */
};

/*
 * Finds an interface by name, an alternative one of any length among them, or by number (as in
 * netdev_list) where no interface has that name; "any" is index 0. An unknown name is a usage error
 * that lists names near it, or those there are.
 */
int netdev_find(const char *name, struct netdev *dev, struct error *err);

/* All of them by index, "any" last. The caller frees *list. */
int netdev_list(struct netdev **list, size_t *count, struct error *err);

/* The other end of a pair of virtual interfaces, where that is in this network namespace.
 * 0 or -errno. */
int netdev_peer(const char *name, char peer[static IF_NAMESIZE]);

/* Their names, for a message: the first of them where they are many. Returns names. */
#define NETDEV_NAMES_ROOM 256
char *netdev_names(char names[static NETDEV_NAMES_ROOM]);

/* Drop counters of interface index (0: the sum over all). 0 or -errno;
 * -ENODEV when it is gone. */
int netdev_read_drops(int index, struct netdev_drops *drops);

#endif
