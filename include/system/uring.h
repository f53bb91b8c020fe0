/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all users of an io_uring(7) of this program do alike. Threads: the ring's owner.
 */
#ifndef WIRETAPE_URING_H
#define WIRETAPE_URING_H

#include <liburing.h>

/* Has the kernel take all that is queued, sqe, which is prepared and the last of it, among that.
 * 0; or -errno, where sqe goes along with the next as nothing: its completion, with null for data,
 * is to be passed over. */
int uring_hand_over(struct io_uring *ring, struct io_uring_sqe *sqe);

#endif
