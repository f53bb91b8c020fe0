/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes that wait for nobody, on descriptors that others share: their
 * flags belong to all who have them, so O_NONBLOCK is never set here. For pipes,
 * sockets and terminals; a regular file is always ready.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_NOWAIT_H
#define WIRETAPE_NOWAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What has come, up to bytes; 0 at the end; -EAGAIN: nothing yet, which a pipe
 * opened without O_NONBLOCK, and a named one that no writer has opened, say as well;
 * or -errno. */
ssize_t nowait_read(int fd, void *to, size_t bytes);

/* As much as fits now: at least 1; -EAGAIN: nothing; or -errno. */
ssize_t nowait_write(int fd, const void *from, size_t bytes);

/* How long the reader of a pipe is waited for; another thread may change it. */
enum nowait_patience {
	NOWAIT_FOR_EVER,
	NOWAIT_A_WHILE, /* NOWAIT_WHILE_MS, from when it is so or something was taken last */
	NOWAIT_NOT,
};
#define NOWAIT_WHILE_MS 5000u

/* Waits until something fits, or nothing ever will, which the write then tells: 0; or
 * -ETIMEDOUT or -ECANCELED where patience has ended. */
int nowait_until_writable(int fd, const _Atomic int *patience);

/* Whether it is a pipe or a socket: of these poll() tells, as an error, when whoever is
 * at the other end has gone. */
bool nowait_has_peer(int fd);

/* Whether whoever could read it has gone. */
bool nowait_is_deserted(int fd);

/* Whether it may have to be waited for: a pipe, a socket, a terminal or another device;
 * no file. */
bool nowait_may_wait(int fd);

#endif
