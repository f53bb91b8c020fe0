/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that fail. One that closes has closed all the same, as Linux does it. A
 * write given to io_uring becomes one that does nothing, whose result is
 * altered before the code under test sees it.
 */
#include "fault_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int __real_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
int __real_close(int fd);
int __real_fallocate(int fd, int mode, off_t offset, off_t bytes);
int __real_ftruncate(int fd, off_t bytes);
ssize_t __real_pread(int fd, void *data, size_t bytes, off_t offset);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __real_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __real_unlinkat(int dir, const char *path, int flags);
int __real_faccessat(int dir, const char *path, int mode, int flags);
int __real_statx(int dir, const char *path, int flags, unsigned mask, struct statx *result);
int __real_fstat(int fd, struct stat *result);
int __real_fstatvfs(int fd, struct statvfs *result);
int __real_fchmod(int fd, mode_t mode);
int __real_flock(int fd, int operation);
int __real_io_uring_submit(struct io_uring *ring);
void *__real_calloc(size_t count, size_t bytes);

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes);
int __wrap_ftruncate(int fd, off_t bytes);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_posix_fadvise(int fd, off_t offset, off_t bytes, int advice);
int __wrap_sync_file_range(int fd, off_t offset, off_t bytes, unsigned flags);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_faccessat(int dir, const char *path, int mode, int flags);
int __wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *result);
int __wrap_fstat(int fd, struct stat *result);
int __wrap_fstatvfs(int fd, struct statvfs *result);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_flock(int fd, int operation);
int __wrap_io_uring_submit(struct io_uring *ring);
void *__wrap_calloc(size_t count, size_t bytes);

static struct fault_plan armed;
static bool paused;
static unsigned calls, struck;

const char *fault_call_name(enum fault_call call)
{
	static const char *const names[] = {
#define X(call) #call,
		FAULT_CALLS(X)
#undef X
			"any"};

	return names[call];
}

void fault_calls_arm(const struct fault_plan *plan)
{
	armed = *plan;
	calls = struck = 0;
	paused = false;
}

void fault_calls_pause(bool pause)
{
	paused = pause;
}

unsigned fault_calls_disarm(void)
{
	armed.nth = 0;
	return struck;
}

/* Whether this call is one to fail; errno is set then. */
static bool strikes(enum fault_call call)
{
	if (paused || armed.nth == 0)
		return false;
	if (armed.call == FAULT_ANY ? call == FAULT_calloc : armed.call != call)
		return false;
	calls++;
	if (calls < armed.nth || calls - armed.nth >= (armed.count ? armed.count : 1))
		return false;
	struck++;
	errno = armed.error;
	return true;
}

/* A file or directory: neither of an eventfd nor of a terminal. */
static bool is_file(int fd)
{
	struct stat st;

	return __real_fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list rest;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return strikes(FAULT_open) ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list rest;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return strikes(FAULT_openat) ? -1 : __real_openat(dir, path, flags, mode);
}

int __wrap_close(int fd)
{
	bool fails = is_file(fd) && strikes(FAULT_close);
	int rc = __real_close(fd);

	if (!fails)
		return rc;
	errno = armed.error;
	return -1;
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	return strikes(FAULT_fallocate) ? -1 : __real_fallocate(fd, mode, offset, bytes);
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	return strikes(FAULT_ftruncate) ? -1 : __real_ftruncate(fd, bytes);
}

int __wrap_fsync(int fd)
{
	(void)fd;
	return strikes(FAULT_fsync) ? -1 : 0;
}

int __wrap_fdatasync(int fd)
{
	(void)fd;
	return strikes(FAULT_fdatasync) ? -1 : 0;
}

int __wrap_sync_file_range(int fd, off_t offset, off_t bytes, unsigned flags)
{
	(void)fd;
	(void)offset;
	(void)bytes;
	(void)flags;
	return strikes(FAULT_sync_file_range) ? -1 : 0;
}

int __wrap_posix_fadvise(int fd, off_t offset, off_t bytes, int advice)
{
	(void)fd;
	(void)offset;
	(void)bytes;
	(void)advice;
	return 0;
}

/* What a call that is to fail may do of its bytes: none, with errno set. */
static size_t part_of(size_t bytes)
{
	if (armed.error)
		return 0;
	return bytes < armed.bytes ? bytes : armed.bytes;
}

ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t offset)
{
	if (strikes(FAULT_pread)) {
		bytes = part_of(bytes);
		if (armed.error)
			return -1;
	}
	return __real_pread(fd, data, bytes, offset);
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
	if (!strikes(FAULT_pwrite))
		return __real_pwrite(fd, data, bytes, offset);
	if (armed.error)
		return -1;
	return part_of(bytes) ? write_part(fd, data, part_of(bytes), offset) : 0;
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return strikes(FAULT_renameat) ? -1 : __real_renameat(from_dir, from, to_dir, to);
}

int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (armed.nth > 0 && armed.no_flags) {
		errno = EINVAL;
		return -1;
	}
	return strikes(FAULT_renameat2) ? -1 : __real_renameat2(from_dir, from, to_dir, to, flags);
}

int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	return strikes(FAULT_linkat) ? -1 : __real_linkat(from_dir, from, to_dir, to, flags);
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
	return strikes(FAULT_unlinkat) ? -1 : __real_unlinkat(dir, path, flags);
}

int __wrap_faccessat(int dir, const char *path, int mode, int flags)
{
	return strikes(FAULT_faccessat) ? -1 : __real_faccessat(dir, path, mode, flags);
}

int __wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *result)
{
	return strikes(FAULT_statx) ? -1 : __real_statx(dir, path, flags, mask, result);
}

int __wrap_fstat(int fd, struct stat *result)
{
	return strikes(FAULT_fstat) ? -1 : __real_fstat(fd, result);
}

int __wrap_fstatvfs(int fd, struct statvfs *result)
{
	return strikes(FAULT_fstatvfs) ? -1 : __real_fstatvfs(fd, result);
}

int __wrap_fchmod(int fd, mode_t mode)
{
	return strikes(FAULT_fchmod) ? -1 : __real_fchmod(fd, mode);
}

int __wrap_flock(int fd, int operation)
{
	return strikes(FAULT_flock) ? -1 : __real_flock(fd, operation);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return strikes(FAULT_calloc) ? NULL : __real_calloc(count, bytes);
}

/* The completion of a write, which must be there. */
static struct io_uring_cqe *find_cqe(struct io_uring *ring, uint64_t user_data)
{
	unsigned at = *ring->cq.khead;

	while (ring->cq.cqes[at & *ring->cq.kring_mask].user_data != user_data)
		at++;
	return &ring->cq.cqes[at & *ring->cq.kring_mask];
}

/* EINTR and ENOMEM are of the call itself, others of the write. */
int __wrap_io_uring_submit(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];
	uint64_t user_data = sqe->user_data;
	ssize_t result = -armed.error;
	int rc;

	if (!strikes(FAULT_uring))
		return __real_io_uring_submit(ring);
	if (armed.error == EINTR || armed.error == ENOMEM)
		return -armed.error;
	if (!armed.error)
		result = write_part(sqe->fd, (const void *)(uintptr_t)sqe->addr, part_of(sqe->len),
				    (off_t)sqe->off);
	io_uring_prep_nop(sqe);
	sqe->user_data = user_data;
	rc = __real_io_uring_submit(ring);
	find_cqe(ring, user_data)->res = (int)result;
	return rc;
}
