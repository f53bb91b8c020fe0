/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket by which a running capture is asked, and a thread of its own that serves it.
 * Whoever connects sends one request (request.h) and gets one answer. There are a bounded
 * number of them at a time, each with a bounded time to ask and to read; others wait to be
 * taken in. Root, and the user that the capture runs as, may ask.
 *
 * The thread itself answers nothing: requests wait, one for each caller, until they are
 * taken, and are answered by whom they concern.
 */
#ifndef WIRETAPE_CONTROL_H
#define WIRETAPE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "control/request.h"

/* What a socket is called in a recorder's directory. */
#define CONTROL_HIDDEN_NAME ".wiretape-control"

/* Callers at a time. */
#define CONTROL_CALLERS_MOST 128u

struct control;

struct control_config {
	const char *path;
	bool directory; /* it is one, and the socket has the hidden name in there */
	uid_t uid;      /* whose it is to be */
	/* How long a caller may take to ask, and to read: 0: some seconds. */
	uint64_t caller_ns;
};

/* Makes the socket; callers wait from now on. A usage error where there is something else of
 * that name, or another who listens; else 0 or -errno. Control thread. */
int control_open(const struct control_config *config, struct control **control, struct error *err);

/* Starts the thread, which has whatever rights there are left. 0 or -errno. Control thread. */
int control_start(struct control *control, struct error *err);

/* Readable while requests wait. */
int control_fd(const struct control *control);

/* A request that was taken: what it points to is there until it is answered, which it has to
 * be. */
struct control_asked {
	const struct control_request *request;
	unsigned number;
};

/* The next one: false, and there is none. Any thread. */
bool control_take(struct control *control, struct control_asked *asked);

/* Answers it: text of malloc, which becomes the socket's; null: there was no memory for one.
 * Any thread, also while there is none that serves. */
void control_answer(struct control *control, const struct control_asked *asked,
		    enum control_verdict verdict, char *text);

/* An answer that is a line of words, for people or as JSON: of malloc; null without memory. */
char *control_words(bool json, const char *text);

/* Sends what is answered by now, for no longer than a moment, and removes the socket. None of
 * the requests may be taken any more. Takes a null pointer. */
void control_close(struct control *control);

#endif
