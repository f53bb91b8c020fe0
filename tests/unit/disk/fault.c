/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A write that io_uring is to fail is turned into one that does nothing, which
 * ends at once, and its result is altered in the completion ring before the
 * code under test looks there. Of a short one the part is written here.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);
ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __real_pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
int __real_ftruncate(int fd, off_t bytes);
int __real_fallocate(int fd, int mode, off_t offset, off_t bytes);
int __real_io_uring_submit(struct io_uring *ring);

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
int __wrap_ftruncate(int fd, off_t bytes);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes);
int __wrap_io_uring_submit(struct io_uring *ring);

static struct fault armed;
static unsigned calls;
static uint64_t held; /* of a write that is late, what it is known by */

void fault_arm(const struct fault *fault)
{
	armed = *fault;
	calls = 0;
	held = 0;
}

bool fault_disarm(void)
{
	bool came = armed.nth > 0 && calls >= armed.nth;

	armed.nth = 0;
	return came;
}

static bool is_direct(int fd)
{
	return (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
}

/* Whether this call is one to fail. */
static bool strikes(bool direct)
{
	if (armed.direct && !direct)
		return false;
	calls++;
	if (armed.then && calls == armed.nth + 1)
		armed = (struct fault){.nth = calls,
				       .for_good = armed.for_good,
				       .error = armed.then};
	return armed.nth > 0 && (calls == armed.nth || (armed.for_good && calls > armed.nth));
}

/* The call's result, or 1 when it may write so many bytes. */
static int strike(bool direct, size_t *bytes)
{
	if (!strikes(direct) || armed.at_submit)
		return 1;
	if (armed.error) {
		errno = armed.error;
		return -1;
	}
	if (*bytes > armed.bytes)
		*bytes = armed.bytes;
	return armed.bytes > 0;
}

/* A direct write is cut anywhere, too. */
static ssize_t write_part(int fd, const void *data, size_t bytes, off_t offset)
{
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	fcntl(fd, F_SETFL, flags & ~O_DIRECT);
	n = __real_pwrite(fd, data, bytes, offset);
	fcntl(fd, F_SETFL, flags);
	return n;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
	bool direct = is_direct(fd);
	size_t most = bytes;
	int rc = strike(direct, &most);

	if (rc <= 0)
		return rc;
	if (most < bytes)
		return write_part(fd, data, most, offset);
	if (direct && ((uintptr_t)data | bytes | (size_t)offset) % DIRECT_UNIT) {
		errno = EINVAL;
		return -1;
	}
	return __real_pwrite(fd, data, bytes, offset);
}

ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	int rc = strike(false, &bytes);

	return rc > 0 ? __real_write(fd, data, bytes) : rc;
}

ssize_t __wrap_pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct iovec part = *parts;
	int rc = strike(false, &part.iov_len);

	/* Never more than one part here. */
	return rc > 0 ? __real_pwritev2(fd, &part, count, offset, flags) : rc;
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	size_t ignored = 0;

	/* There is no short one, and nothing interrupts it: signals are blocked. */
	if (strike(false, &ignored) < 0 && errno != EINTR)
		return -1;
	return __real_ftruncate(fd, bytes);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	size_t ignored = 0;

	return strike(false, &ignored) < 0 ? -1 : __real_fallocate(fd, mode, offset, bytes);
}

/* The completion of a write, which must be there. */
static struct io_uring_cqe *find_cqe(struct io_uring *ring, uint64_t user_data)
{
	unsigned at = *ring->cq.khead;

	while (ring->cq.cqes[at & *ring->cq.kring_mask].user_data != user_data)
		at++;
	return &ring->cq.cqes[at & *ring->cq.kring_mask];
}

int __wrap_io_uring_submit(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];
	uint64_t user_data = sqe->user_data;
	ssize_t result = -armed.error;
	struct io_uring_cqe *cqe;
	int rc;

	if (!strikes(true))
		return __real_io_uring_submit(ring);
	if (armed.at_submit)
		return -armed.error;
	if (!armed.error)
		result = write_part(sqe->fd, (const void *)(uintptr_t)sqe->addr,
				    sqe->len < armed.bytes ? sqe->len : armed.bytes,
				    (off_t)sqe->off);
	io_uring_prep_nop(sqe);
	sqe->user_data = user_data;
	if (armed.late && !held) {
		held = user_data;
		return 1; /* it goes with the next */
	}
	rc = __real_io_uring_submit(ring);
	cqe = find_cqe(ring, user_data);
	cqe->res = (int)result;
	if (held) {
		find_cqe(ring, held)->res = (int)result;
		find_cqe(ring, held)->user_data = user_data;
		cqe->user_data = held;
		held = 0;
	}
	return rc;
}
