/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * News of network interfaces from rtnetlink (RTNLGRP_LINK, rtnetlink(7)), and
 * what to make of them for a socket that is bound to one by its name.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_LINK_WATCH_H
#define WIRETAPE_LINK_WATCH_H

#include <net/if.h>
#include <stdbool.h>

#include "error.h"

/* An interface as it is. */
struct link_state {
	bool present;
	int index;
	char name[IF_NAMESIZE];
	bool up;         /* IFF_UP */
	unsigned arphrd; /* ARPHRD_* */
};

/* Something about an interface may have changed. */
struct link_event {
	int index;
	char name[IF_NAMESIZE];
	bool deleted;
};

struct link_watch;

int link_watch_open(struct link_watch **watch, struct error *err);

/* Readable when there is news. */
int link_watch_fd(const struct link_watch *watch);

/* Takes in all news there is, without waiting. 0; 1 where some was lost, so that
 * anything may have changed; or -errno. */
int link_watch_read(struct link_watch *watch,
		    void (*changed)(void *context, const struct link_event *event), void *context,
		    struct error *err);

/* How the interface of that name, or with a null name of that index, is now. 0, or
 * -errno (-ENODEV) with state->present false. */
int link_watch_find(struct link_watch *watch, const char *name, int index,
		    struct link_state *state);

/* Takes a null pointer. */
void link_watch_close(struct link_watch *watch);

/* What is known of an interface that a socket is to be bound to. */
struct link_view {
	const char *name;           /* wanted */
	int bound;                  /* index the socket is bound to; 0: to nothing any more */
	struct link_state by_name;  /* the one that has the name */
	struct link_state by_index; /* the one it is bound to */
};

enum link_verdict {
	LINK_KEEP,    /* bound to what it is to be bound to, which is up */
	LINK_DOWN,    /* the same, and down: it goes on by itself once that is up */
	LINK_BIND,    /* another one has the name: bind to that */
	LINK_RENAMED, /* bound to one that has another name now, and none has that */
	LINK_GONE,    /* there is none */
};

/* Pure. */
enum link_verdict link_decide(const struct link_view *view);

#endif
