/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another process, made by a fork before rights are given up, that keeps a few of them:
 * it does what it was made for, and only that, when it is asked. So what handles packets
 * and parses files needs no rights, not even where a file of root's is to be opened late.
 *
 * It has the memory and what was open at the fork, answers one request at a time, and
 * ends when who made it does, however that is. Signals to the process group are not its.
 * It must not trust a request more than the process it comes from.
 *
 * Threads: open and close are the control thread's, before any other; asking is anybody's.
 */
#ifndef WIRETAPE_BROKER_H
#define WIRETAPE_BROKER_H

#include <stddef.h>

#include "base/error.h"

/* Of a request, at most. */
#define BROKER_REQUEST_BYTES 8192u

struct broker;

struct broker_config {
	/* Does what was asked, in the other process: 0 or -errno with err, and the
	 * descriptor the asking process is to get, which is closed here; -1: none. */
	int (*serve)(void *context, const void *request, size_t bytes, int *fd, struct error *err);
	/* The asking process is gone. Null: nothing is to be done then. */
	void (*end)(void *context);
	void *context;
	const int *fds; /* that stay open besides standard error */
	size_t fd_count;
	const int *capabilities; /* CAP_*: those that are kept, as far as there are */
	size_t capability_count;
};

/* Forks. 0 or -errno. */
int broker_open(const struct broker_config *config, struct broker **broker, struct error *err);

/* Has a request served, and waits for that: what serve returned; or -errno, where the
 * other process is gone. fd: where a descriptor is expected, else null. */
int broker_ask(struct broker *broker, const void *request, size_t bytes, int *fd,
	       struct error *err);

/* Waits for its end. Takes a null pointer. */
void broker_close(struct broker *broker);

#endif
