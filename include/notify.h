/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the service manager how it goes: the protocol of sd_notify(3), a
 * datagram of assignments to the socket that NOTIFY_SOCKET names. Nothing here
 * waits, and what cannot be delivered is not.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_NOTIFY_H
#define WIRETAPE_NOTIFY_H

#include <stdint.h>

#include "error.h"

struct notify;

/* Connects, and takes the variables out of the environment. *notify is null where
 * nobody asks; the functions below take that. 0; or -errno where the variables
 * make no sense or nobody is there, which need not end anything. */
int notify_open(struct notify **notify, struct error *err);

void notify_ready(struct notify *notify);
void __attribute__((format(printf, 2, 3)))
notify_status(struct notify *notify, const char *format, ...);
void notify_watchdog(struct notify *notify);
void notify_stopping(struct notify *notify);

/* How often notify_watchdog is to be called, half of what the manager waits;
 * 0: never. */
uint64_t notify_watchdog_ns(const struct notify *notify);

void notify_close(struct notify *notify);

#endif
