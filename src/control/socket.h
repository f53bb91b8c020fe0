/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of a socket: made, found and removed by way of a descriptor of its directory, so
 * that a path may be long, and is always the same place.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_CONTROL_SOCKET_H
#define WIRETAPE_CONTROL_SOCKET_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct socket_place {
	int dir; /* O_PATH; -1: none */
	char name[NAME_MAX + 1];
};

/* Where path is: itself, or within, where it is a directory, under the hidden name there. 0,
 * or a usage error. socket_place_close also after an error. */
int socket_place_open(const char *path, bool directory, struct socket_place *place,
		      struct error *err);
void socket_place_close(struct socket_place *place);

/* Makes it, 0600 and owner's, and listens; one that nobody listens at is replaced. The
 * descriptor, not blocking, or -errno: -EADDRINUSE, and somebody does; -EEXIST: it is
 * something else. identity is of the file. */
struct socket_identity {
	dev_t device;
	ino_t inode;
};
int socket_listen(const struct socket_place *place, uid_t owner, struct socket_identity *identity);

/* Removes it, if it is that one. */
void socket_remove(const struct socket_place *place, const struct socket_identity *identity);

/* Asks for a connection, and waits for no longer than wait_ms. The descriptor or -errno. */
int socket_connect(const struct socket_place *place, unsigned wait_ms);

#endif
