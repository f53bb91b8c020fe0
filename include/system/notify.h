/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the service manager how it goes: the protocol of sd_notify(3), a
 * datagram of assignments, one a line, to the socket that NOTIFY_SOCKET names
 * (a path, or an abstract address behind '@'), and that of
 * sd_watchdog_enabled(3). Nothing here waits. What the manager has no room for
 * is dropped, except READY=1, without which it would end us: that goes out
 * with the next message.
 *
 * Threads: one at a time; notify_open before there are others, as it changes
 * the environment.
 */
#ifndef WIRETAPE_NOTIFY_H
#define WIRETAPE_NOTIFY_H

#include <stdint.h>

#include "base/error.h"

struct notify;

/*
 * Connects, so that it works after privilege is given up, and takes the three
 * variables out of the environment, so that hooks do not speak for us. *notify
 * is null where nobody asks; the functions below take that. 0 or -errno, which
 * is worth a warning, not an end: -EINVAL for a variable that makes no sense,
 * or what the system says where nobody listens. *notify is good after an error
 * too: it may be null, or without a watchdog.
 */
int notify_open(struct notify **notify, struct error *err);

/* Only the first one goes out. */
void notify_ready(struct notify *notify);
/* One line for people; what could break it becomes '?'. */
void __attribute__((format(printf, 2, 3)))
notify_status(struct notify *notify, const char *format, ...);
void notify_watchdog(struct notify *notify);
void notify_stopping(struct notify *notify);

/* How often notify_watchdog is to be called from notify_ready on, half of what
 * the manager waits; 0: never. */
uint64_t notify_watchdog_ns(const struct notify *notify);

/* Takes a null pointer. */
void notify_close(struct notify *notify);

#endif
