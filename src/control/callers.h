/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who are connected: what each has sent so far, and what it is sent. Part of control.
 *
 * Threads: the one that serves the socket, but for what is said of a state.
 */
#ifndef WIRETAPE_CONTROL_CALLERS_H
#define WIRETAPE_CONTROL_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/request.h"

enum caller_state {
	CALLER_NONE,
	CALLER_ASKING,
	CALLER_WAITING, /* it has asked; */
	CALLER_TAKEN,   /* and whoever took that has request and in */
	CALLER_READING, /* it is sent out */
};

struct caller {
	_Atomic int state; /* enum caller_state; the lock's, but to look for one's own */
	int fd;
	uint64_t time_ns;  /* for asking, and for reading */
	uint64_t until_ns; /* of the one it does */
	uint64_t turn;     /* those that wait are taken in this order */
	struct control_request request;
	char *in;
	size_t in_bytes, in_room;
	char *out;
	size_t out_bytes, out_done;
};

/* Puts an answer together; text as in control_answer. It has as long as it takes to read. */
void caller_answer(struct caller *caller, enum control_verdict verdict, char *text);

/* Reads what has come. True: the request is whole, or it is answered, as it is none, or is
 * gone. */
enum caller_news { CALLER_MORE, CALLER_ASKED, CALLER_REFUSED, CALLER_GONE };
enum caller_news caller_read(struct caller *caller);

/* Sends what it can. False: there is no more to send, or nobody to send it to. */
bool caller_write(struct caller *caller);

/* Whether who connected may ask: root, or that user. */
bool caller_may(int fd, uid_t uid);

void caller_close(struct caller *caller);

#endif
