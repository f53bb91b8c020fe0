/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a running capture is asked, as it goes through its socket. A line each way, with what
 * there is to read behind the second:
 *
 *   wiretape 1 text|json VERB [REST]      the request, which ends with its line
 *   wiretape 1 ok|unwell|failed BYTES     the answer, and so many bytes of text
 *
 * REST of "pin" is FROM TO NAME, of "unpin" NAME. Times are nanoseconds since 1970. Bytes that are
 * no characters have no place in a request.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_CONTROL_REQUEST_H
#define WIRETAPE_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "disk/pins.h"

/* Longest request, its end included. */
#define CONTROL_REQUEST_MOST 65536u

enum control_verb {
	CONTROL_STATUS,
	CONTROL_ROTATE,
	CONTROL_FLUSH,
	CONTROL_PIN,
	CONTROL_UNPIN,
	CONTROL_PINS,
	CONTROL_TRIGGER,
	CONTROL_STOP,
	CONTROL_VERBS
};

enum control_verdict { CONTROL_OK, CONTROL_UNWELL, CONTROL_FAILED };

struct control_request {
	enum control_verb verb;
	bool json;      /* how the answer is wanted */
	struct pin pin; /* of pin; of unpin the name */
};

/* Which one a word is: false, and it is none. */
bool control_verb_find(const char *word, enum control_verb *verb);
const char *control_verb_name(enum control_verb verb);

/* Reads a line without its end, which has bytes bytes, and is changed. 0, or -EINVAL with
 * err. */
int control_request_read(char *line, size_t bytes, struct control_request *request,
			 struct error *err);

/* The line, to be freed; null without memory. */
char *control_request_write(const struct control_request *request);

/* The first line of an answer, and where it is read: whether it is one. */
#define CONTROL_ANSWER_ROOM 64u
void control_answer_write(char line[static CONTROL_ANSWER_ROOM], enum control_verdict verdict,
			  size_t bytes);
bool control_answer_read(const char *line, enum control_verdict *verdict, size_t *bytes);

#endif
