/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A close() that fails has closed all the same, as Linux does it. A write that io_uring
 * is to fail is turned into one that does nothing, which ends at once, and its result
 * is altered in the completion ring before the code under test looks there; of a short
 * one the part is written here.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct fault armed;
static bool paused, spares_disk, forgets_births;
static _Atomic unsigned slow_us, slow_now, slow_most;
static _Atomic unsigned delay_us, delay_nth, delay_counted;
static _Atomic uint32_t delayed;
static unsigned counted, struck;
static uint64_t held; /* of a write that is late, what it is known by */

const char *fault_name(uint32_t calls)
{
	static const char *const names[] = {
#define X(call) #call,
		FAULT_CALLS(X)
#undef X
	};

	return calls && (calls & (calls - 1)) == 0 ? names[__builtin_ctz(calls)] : "any";
}

void fault_arm(const struct fault *fault)
{
	armed = *fault;
	armed.calls = armed.calls ? armed.calls : FAULT_WRITING;
	counted = struck = 0;
	held = 0;
	paused = false;
}

void fault_pause(bool pause)
{
	paused = pause;
}

bool fault_disarm(void)
{
	bool came = armed.nth > 0 && counted >= armed.nth;

	armed = (struct fault){0};
	return came;
}

unsigned fault_counted(void)
{
	return counted;
}

unsigned fault_struck(void)
{
	return struck;
}

void fault_slow(unsigned microseconds)
{
	slow_us = microseconds;
	slow_most = 0;
}

unsigned fault_slow_at_once(void)
{
	return slow_most;
}

void fault_delay(uint32_t calls, unsigned nth, unsigned microseconds)
{
	delayed = 0;
	delay_us = microseconds;
	delay_nth = nth;
	delay_counted = 0;
	delayed = calls;
}

static void delay(enum fault_call call)
{
	if ((delayed & FAULT_BIT(call)) && ++delay_counted % delay_nth == 0)
		usleep(delay_us);
}

void fault_spare_disk(void)
{
	spares_disk = true;
}

void fault_forget_births(bool forget)
{
	forgets_births = forget;
}

/* As long as it is by now, whatever it was. */
static void sleep_slowly(void)
{
	const unsigned step = 5000;
	unsigned us;

	for (unsigned slept = 0; slept < (us = slow_us); slept += step)
		usleep(us - slept < step ? us - slept : step);
}

/* Counts this call. Whether it is one to fail. */
static bool is_chosen(enum fault_call call, bool direct)
{
	if (paused || armed.nth == 0 || !(armed.calls & FAULT_BIT(call)) ||
	    (armed.direct && !direct))
		return false;
	counted++;
	if (armed.then && counted == armed.nth + 1) {
		armed.nth = counted;
		armed.error = armed.then;
		armed.then = 0;
	}
	return counted >= armed.nth && counted - armed.nth < (armed.count ? armed.count : 1);
}

/* Whether a call that is done or not is to fail; errno is set then. */
static bool fails(enum fault_call call)
{
	if (!is_chosen(call, false) || !armed.error || armed.at_submit)
		return false;
	struck++;
	errno = armed.error;
	return true;
}

/* What a short call may do of so many bytes. */
static size_t part_of(size_t bytes, bool direct)
{
	size_t half = bytes / 2;

	if (armed.bytes != FAULT_HALF)
		return bytes < armed.bytes ? bytes : armed.bytes;
	if (direct)
		half -= half % FAULT_DIRECT_UNIT;
	return half ? half : bytes;
}

/* The result of a call that reads or writes, or 1 when it may do so many bytes. */
static int cut(enum fault_call call, bool direct, size_t *bytes)
{
	if (!is_chosen(call, direct) || armed.at_submit)
		return 1;
	struck++;
	if (armed.error) {
		errno = armed.error;
		return -1;
	}
	*bytes = part_of(*bytes, direct);
	return *bytes > 0;
}

/* Declares the real and the wrapped function. */
#define WRAP(type, name, parameters)   \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters

/* One that is done, or fails with -1. */
#define WRAP_WHOLE(name, parameters, arguments)                            \
	WRAP(int, name, parameters)                                        \
	{                                                                  \
		delay(FAULT_##name);                                       \
		return fails(FAULT_##name) ? -1 : __real_##name arguments; \
	}

/* One that makes the disk work. */
#define WRAP_SYNC(name, parameters, arguments)                    \
	WRAP(int, name, parameters)                               \
	{                                                         \
		if (fails(FAULT_##name))                          \
			return -1;                                \
		if (is_regular(fd))                               \
			delay(FAULT_##name);                      \
		return spares_disk ? 0 : __real_##name arguments; \
	}

int __real_fstat(int fd, struct stat *st);

static bool is_regular(int fd)
{
	struct stat st;

	return __real_fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* --- calls that are done or not ------------------------------------------------- */

WRAP_WHOLE(fallocate, (int fd, int mode, off_t at, off_t bytes), (fd, mode, at, bytes))
WRAP_WHOLE(ftruncate, (int fd, off_t bytes), (fd, bytes))
WRAP_WHOLE(renameat, (int dir, const char *from, int to_dir, const char *to),
	   (dir, from, to_dir, to))
WRAP_WHOLE(linkat, (int dir, const char *from, int to_dir, const char *to, int flags),
	   (dir, from, to_dir, to, flags))
WRAP_WHOLE(unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP_WHOLE(faccessat, (int dir, const char *name, int mode, int flags), (dir, name, mode, flags))
WRAP(int, statx, (int dir, const char *name, int flags, unsigned mask, struct statx *stx))
{
	int rc = fails(FAULT_statx) ? -1 : __real_statx(dir, name, flags, mask, stx);

	if (rc == 0 && forgets_births)
		stx->stx_mask &= ~STATX_BTIME;
	return rc;
}
WRAP_WHOLE(fstat, (int fd, struct stat *st), (fd, st))
WRAP_WHOLE(fstatvfs, (int fd, struct statvfs *fs), (fd, fs))
WRAP_WHOLE(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP_WHOLE(flock, (int fd, int operation), (fd, operation))

WRAP_SYNC(fsync, (int fd), (fd))
WRAP_SYNC(fdatasync, (int fd), (fd))
WRAP_SYNC(sync_file_range, (int fd, off_t at, off_t bytes, unsigned flags), (fd, at, bytes, flags))

WRAP(int, posix_fadvise, (int fd, off_t at, off_t bytes, int advice))
{
	return spares_disk ? 0 : __real_posix_fadvise(fd, at, bytes, advice);
}

WRAP(int, renameat2, (int dir, const char *from, int to_dir, const char *to, unsigned flags))
{
	if (armed.nth > 0 && armed.no_flags) {
		errno = EINVAL;
		return -1;
	}
	return fails(FAULT_renameat2) ? -1 : __real_renameat2(dir, from, to_dir, to, flags);
}

WRAP(int, open, (const char *path, int flags, ...))
{
	mode_t mode = 0;
	va_list rest;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return fails(FAULT_open) ? -1 : __real_open(path, flags, mode);
}

WRAP(int, openat, (int dir, const char *path, int flags, ...))
{
	mode_t mode = 0;
	va_list rest;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return fails(FAULT_openat) ? -1 : __real_openat(dir, path, flags, mode);
}

static bool is_file(int fd)
{
	struct stat st;

	return __real_fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

WRAP(int, close, (int fd))
{
	bool failing = is_file(fd) && fails(FAULT_close);
	int rc = __real_close(fd);

	if (!failing)
		return rc;
	errno = armed.error;
	return -1;
}

WRAP(void *, calloc, (size_t count, size_t bytes))
{
	return fails(FAULT_calloc) ? NULL : __real_calloc(count, bytes);
}

/* --- calls that read and write ---------------------------------------------------- */

WRAP(ssize_t, pread, (int fd, void *data, size_t bytes, off_t offset))
{
	int rc = cut(FAULT_pread, false, &bytes);

	return rc > 0 ? __real_pread(fd, data, bytes, offset) : rc;
}

WRAP(ssize_t, write, (int fd, const void *data, size_t bytes))
{
	int rc = cut(FAULT_write, false, &bytes);

	return rc > 0 ? __real_write(fd, data, bytes) : rc;
}

WRAP(ssize_t, pwritev2, (int fd, const struct iovec *parts, int count, off_t offset, int flags))
{
	struct iovec part = *parts;
	int rc = cut(FAULT_pwritev2, false, &part.iov_len);

	/* Never more than one part here. */
	return rc > 0 ? __real_pwritev2(fd, &part, count, offset, flags) : rc;
}

ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);

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

WRAP(ssize_t, pwrite, (int fd, const void *data, size_t bytes, off_t offset))
{
	bool direct = (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
	size_t most = bytes;
	int rc = cut(FAULT_pwrite, direct, &most);

	delay(FAULT_pwrite);
	if (direct && slow_us) {
		unsigned now = ++slow_now;

		slow_most = now > slow_most ? now : slow_most;
		sleep_slowly();
		slow_now--;
	}
	if (rc <= 0)
		return rc;
	if (most < bytes)
		return write_part(fd, data, most, offset);
	if (direct && ((uintptr_t)data | bytes | (size_t)offset) % FAULT_DIRECT_UNIT) {
		errno = EINVAL;
		return -1;
	}
	return __real_pwrite(fd, data, bytes, offset);
}

/* The completion of a write, which must be there. */
static struct io_uring_cqe *find_cqe(struct io_uring *ring, uint64_t user_data)
{
	unsigned at = *ring->cq.khead;

	while (ring->cq.cqes[at & *ring->cq.kring_mask].user_data != user_data)
		at++;
	return &ring->cq.cqes[at & *ring->cq.kring_mask];
}

WRAP(int, io_uring_submit, (struct io_uring * ring))
{
	struct io_uring_sqe *sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];
	uint64_t user_data = sqe->user_data;
	ssize_t result = -armed.error;
	struct io_uring_cqe *cqe;
	int rc;

	if (!is_chosen(FAULT_uring, true))
		return __real_io_uring_submit(ring);
	struck++;
	if (armed.at_submit)
		return -armed.error;
	if (!armed.error)
		result = write_part(sqe->fd, (const void *)(uintptr_t)sqe->addr,
				    part_of(sqe->len, true), (off_t)sqe->off);
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
