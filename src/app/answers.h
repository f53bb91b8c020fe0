/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a running capture answers when it is asked through its socket (control.h): by
 * --control, or, hidden, in the directory it records into.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_ANSWERS_H
#define WIRETAPE_ANSWERS_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"
#include "engine/session.h"
#include "lanes.h"
#include "monitor.h"
#include "output.h"
#include "system/privilege.h"

struct answers;

/* What it points to must outlive the answers. */
struct answers_config {
	const struct options *options;
	struct log *log;
	const struct output *output; /* null: nothing is written */
	const struct privilege_target *target;
	struct monitor *monitor;
	struct lanes *lanes;
};

/* Whether the options ask for a socket of a capture with this output, which may be null. */
bool answers_are_wanted(const struct options *options, const struct output *output);

/* Makes the socket: one that was named before rights are given up, the hidden one after, as
 * the directory is the new user's. Where the hidden one cannot be, that is said, and *answers
 * is null. 0 or -errno. */
int answers_open(const struct answers_config *config, struct answers **answers, struct error *err);

/* Serves it. 0 or -errno. */
int answers_start(struct answers *answers, struct error *err);

/* Readable while there is something to answer. */
int answers_fd(const struct answers *answers);

/* Answers one who has asked. */
void answers_give(struct answers *answers, struct session *session);

/* Takes a null pointer. */
void answers_close(struct answers *answers);

#endif
