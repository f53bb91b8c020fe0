/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets of streams. Sending, they wait for nobody.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_STREAM_SOCKET_H
#define WIRETAPE_STREAM_SOCKET_H

#include <stddef.h>
#include <sys/types.h>

#include "stream/address.h"

/* Listens at a resolved address: a descriptor, or -errno with err, a usage error where the
 * port is in use or the address is none of this machine's. A socket that is left in the file
 * system, and nobody listens at, is replaced; the new one is its owner's alone. */
int stream_socket_listen(const struct stream_address *address, struct error *err);

/* The file of a Unix socket. */
struct stream_socket_file {
	dev_t device;
	ino_t inode;
};

/* Which one lies at that path; zeros: none. */
struct stream_socket_file stream_socket_file_at(const char *path);

/* Removes it, if it is that one still: others may have put something there. */
void stream_socket_remove(const char *path, const struct stream_socket_file *file);

/* Begins to connect: a descriptor, which is writable once it is, or has failed
 * (SO_ERROR); or -errno. */
int stream_socket_connect(const struct sockaddr_storage *address);

/* What is set of one that is connected. peer: how it is called. */
void stream_socket_prepare(int fd, char *peer, size_t room);

#endif
