/* SPDX-License-Identifier: BSD-2-Clause */
#include "system/uring.h"

#include <errno.h>
#include <stddef.h>

int uring_hand_over(struct io_uring *ring, struct io_uring_sqe *sqe)
{
	unsigned queued;
	int rc;

	do {
		queued = io_uring_sq_ready(ring);
		rc = io_uring_submit(ring);
	} while (rc == -EINTR || rc == -EAGAIN || rc == -EBUSY ||
		 (rc >= 0 && (unsigned)rc < queued));
	if (rc >= 0)
		return 0;
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data(sqe, NULL);
	return rc;
}
