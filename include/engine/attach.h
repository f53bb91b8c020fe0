/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps sockets attached to their interfaces, by name: one that went down is
 * waited for (the kernel takes it up again by itself), one that was deleted
 * and made anew is bound to again, one that was renamed is followed until
 * another has its name. Binding again takes no privilege.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_ATTACH_H
#define WIRETAPE_ATTACH_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum attach_change {
	ATTACH_DOWN,    /* it is there, and takes nothing */
	ATTACH_GONE,    /* there is none of that name */
	ATTACH_OTHER,   /* there is one, of another link type: as if it were gone */
	ATTACH_RENAMED, /* it goes on under another name; no gap */
	ATTACH_BACK,    /* it is there again, after one of the first three */
};

struct attach_event {
	uint32_t interface;
	enum attach_change change;
	enum attach_change cause; /* ATTACH_BACK: the worst of the gap */
	uint64_t from_ns, to_ns;  /* of this state, ns since 1970; with to_ns, which ATTACH_BACK
				     alone has, of the gap */
	char name[IF_NAMESIZE];   /* ATTACH_RENAMED: the new one */
};

/* What is attached: a socket of a ring. */
struct attach_ops {
	/* The interface it was bound to last. */
	int (*index)(const void *socket);
	/* The one it is bound to now: -1 when that was deleted. */
	int (*bound)(const void *socket);
	/* Goes on with another. 0 or -errno. */
	int (*rebind)(void *socket, int index);
	/* Whether the interface is up and has a carrier, each time it is looked at; one
	 * without is as if it were down. Null: the carrier does not matter. */
	void (*usable)(void *socket, bool usable);
};

struct attach_interface {
	const char *name;  /* the one looked for, which may be an alternative one */
	const char *known; /* what it was called when it was opened */
	unsigned arphrd;
	const struct attach_ops *ops;
	void *socket; /* null: not watched ("any") */
};

struct attach_config {
	const struct attach_interface *interfaces;
	uint32_t count;
	void (*changed)(void *context, const struct attach_event *event);
	void *context;
}; /* what it points to must outlive the attachment */

struct attach;

/* Watches from now on. Takes no notice yet of how things are: attach_look. */
int attach_open(const struct attach_config *config, struct attach **attach, struct error *err);

/* Readable when something may have changed. */
int attach_fd(const struct attach *attach);

/* Takes in what has changed, binds again where that is due and tells. With all
 * set every interface is looked at, whether or not there is news of it. */
void attach_look(struct attach *attach, bool all);

/* In words (attach_words.c); any thread. As a state: "interface down". */
const char *attach_state(enum attach_change change);

/* What it did, whatever it is called: "went down". One of another link type "is gone". */
const char *attach_verb(enum attach_change change);

/* A sentence, which text has room for: "the interface went down". Returns text. */
#define ATTACH_TEXT_ROOM 64u
const char *attach_tell(char text[static ATTACH_TEXT_ROOM], const struct attach_event *event);

/* Takes a null pointer. */
void attach_close(struct attach *attach);

#endif
