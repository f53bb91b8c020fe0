/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches network interfaces (rtnetlink, libnl-3), so that a recorder can wait
 * without using the processor for one that went down, was renamed, or was
 * deleted and made anew. One thread at a time. It tells of the network
 * namespace link_watch_open was called in.
 *
 * What the kernel does with a packet socket (net/packet/af_packet.c,
 * packet_notifier): it is bound to an index, not to a name. While the
 * interface is down it receives nothing, and goes on by itself once it is up
 * again; the first recv or poll gives ENETDOWN. Renaming changes nothing for
 * it. When the interface is deleted, or moved to another network namespace,
 * the socket is unbound for good: also where one with the same index is there
 * later (moved back, or made with "index"). getsockname then gives sll_ifindex
 * -1, which is what to go by.
 *
 * Names may hold any byte but '/', ':' and space: clean before printing.
 */
#ifndef WIRETAPE_LINK_WATCH_H
#define WIRETAPE_LINK_WATCH_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* An interface as it is. */
struct link_state {
	bool present; /* false: all else is 0 */
	bool up;      /* IFF_UP: somebody wants it to run */
	bool running; /* IFF_RUNNING, IFF_LOWER_UP: and it has a carrier */
	bool has_mac; /* a 6-byte link-layer address */
	int index;
	unsigned flags; /* IFF_* */
	unsigned mtu;
	unsigned arphrd; /* ARPHRD_* */
	uint8_t mac[6];
	char name[IF_NAMESIZE];
};

/* Something about an interface, as it was then. */
struct link_event {
	bool deleted; /* or gone to another namespace */
	int index;
	unsigned flags;         /* IFF_* */
	unsigned mtu;           /* 0 where it is not told */
	unsigned arphrd;        /* ARPHRD_* */
	char name[IF_NAMESIZE]; /* "" where it is not told */
};

struct link_watch;

/* Events are kept from now on. Two descriptors, both close-on-exec. */
int link_watch_open(struct link_watch **watch, struct error *err);
void link_watch_close(struct link_watch *watch);

/* For poll: POLLIN when there is something to read, POLLERR when some was
 * lost; link_watch_read for both. */
int link_watch_fd(const struct link_watch *watch);

/*
 * Takes in what is queued, without waiting, and calls changed (a null pointer
 * is taken) for each event in the order they came; one can come twice, and
 * without any change that shows here. An event tells what was: ask
 * link_watch_find for what is. It is valid during the call, which must
 * not close the watch. At most 1000 messages a call: poll says if there is more.
 *
 * 0; 1 when events were lost, so that the caller has to ask for every
 * interface it cares for; -errno with err set when the socket is broken.
 */
int link_watch_read(struct link_watch *watch,
		    void (*changed)(void *context, const struct link_event *event), void *context,
		    struct error *err);

/*
 * The interface with that name (alternative names are taken, and state->name
 * is then another one), or with that index where name is a null pointer, as it
 * is now. 0 or -errno; -ENODEV where there is none. *state is always set, and
 * not present unless 0 is returned. No event is lost by it.
 */
int link_watch_find(struct link_watch *watch, const char *name, int index,
		    struct link_state *state);

/* What to do about the interface that is recorded from. */
enum link_verdict {
	LINK_KEEP,    /* bound to it, and it is up */
	LINK_DOWN,    /* bound to it, but it is down: goes on by itself */
	LINK_BIND,    /* bind to view->by_name.index, which may be up or down */
	LINK_RENAMED, /* bound, up, but now named view->by_index.name, and no other has the name */
	LINK_GONE,    /* there is none: wait */
};

struct link_view {
	const char *name;           /* the one wanted */
	int bound;                  /* index the socket is bound to; 0 or less: none */
	struct link_state by_name;  /* who has the name now */
	struct link_state by_index; /* who has the index now */
};

/* Fills in view->by_name and view->by_index for view->name and view->bound. 0,
 * or -errno where asking failed, and there is nothing to decide upon; that
 * there is no such interface is no failure. */
int link_watch_look(struct link_watch *watch, struct link_view *view);

/* Pure. The caller sets view->bound to 0 once the socket is unbound. */
enum link_verdict link_decide(const struct link_view *view);

#endif
