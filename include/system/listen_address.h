/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where others connect to: an address of this machine with a port, or the path of a Unix
 * socket. No name is looked up.
 *
 * Threads: any; opening a Unix socket is main's, before there is another thread (umask).
 */
#ifndef WIRETAPE_LISTEN_ADDRESS_H
#define WIRETAPE_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

#define LISTEN_ADDRESS_ROOM 128u

struct listen_address {
	struct sockaddr_storage socket;
	socklen_t bytes;
	bool loopback; /* nobody beyond this machine reaches it */
	bool local;    /* a Unix socket */
};

/*
 * Reads "PORT", ":PORT", "ADDR:PORT", "[ADDR6]:PORT" or "unix:PATH". Without an address it is
 * 127.0.0.1; port 0: the kernel chooses one. Usage errors, which leave naming the option to the
 * caller.
 */
int listen_address_parse(const char *text, struct listen_address *address, struct error *err);

/* As it is typed, and safe to print. Returns text. */
char *listen_address_text(const struct listen_address *address,
			  char text[static LISTEN_ADDRESS_ROOM]);

/*
 * Listens there, without blocking; the port that the kernel has chosen is in address then. A
 * Unix socket is its owner's alone (0600); one that nobody listens on any more is replaced.
 * *fd is the caller's. 0, or a usage error where the place is taken or not ours, or -errno.
 */
int listen_address_open(struct listen_address *address, int backlog, int *fd, struct error *err);

#endif
