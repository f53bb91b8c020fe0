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

#include <stddef.h>
#include <sys/types.h>

/* What has come, up to bytes; 0 at the end; -EAGAIN: nothing yet, which a pipe
 * opened without O_NONBLOCK, and a named one that no writer has opened, say as well;
 * or -errno. */
ssize_t nowait_read(int fd, void *to, size_t bytes);

/* As much as fits now: at least 1; -EAGAIN: nothing; or -errno. */
ssize_t nowait_write(int fd, const void *from, size_t bytes);

#endif
