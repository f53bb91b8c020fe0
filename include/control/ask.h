/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other end of the socket: who asks.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_CONTROL_ASK_H
#define WIRETAPE_CONTROL_ASK_H

#include <stdbool.h>

#include "base/error.h"
#include "control/request.h"

struct control_answer {
	enum control_verdict verdict;
	char *text; /* to be freed */
};

/*
 * Asks who listens at path: a socket, or a recorder's directory. 0, whatever the verdict;
 * -ENOENT or -ECONNREFUSED: nobody listens there; or another -errno: it is forbidden, or there
 * was no answer within half a minute.
 */
int control_ask(const char *path, const struct control_request *request,
		struct control_answer *answer, struct error *err);

#endif
