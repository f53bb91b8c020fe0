/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One count over all calls. Syncs do nothing, armed or not: the disk of the
 * machine that runs the test is not what is tested.
 */
#include "fault_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

static struct file_fault armed;
static unsigned calls, struck;

void file_fault_arm(const struct file_fault *fault)
{
	armed = *fault;
	calls = struck = 0;
}

unsigned file_fault_disarm(void)
{
	armed = (struct file_fault){0};
	return struck;
}

unsigned file_fault_calls(void)
{
	return calls;
}

/* Whether this call is to fail; errno is set then. A short write is none but
 * for pwrite. */
static bool strikes(bool writes)
{
	unsigned last = armed.last > armed.nth ? armed.last : armed.nth;

	calls++;
	if (armed.nth == 0 || calls < armed.nth || calls > last || (!armed.error && !writes))
		return false;
	struck++;
	errno = armed.error;
	return true;
}

/* Declares the real and the wrapped function, and passes calls on. */
#define WRAP(name, parameters, arguments)                             \
	int __real_##name parameters;                                 \
	int __wrap_##name parameters;                                 \
	int __wrap_##name parameters                                  \
	{                                                             \
		return strikes(false) ? -1 : __real_##name arguments; \
	}

WRAP(fallocate, (int fd, int mode, off_t at, off_t bytes), (fd, mode, at, bytes))
WRAP(ftruncate, (int fd, off_t bytes), (fd, bytes))
WRAP(renameat, (int dir, const char *from, int to_dir, const char *to), (dir, from, to_dir, to))
WRAP(renameat2, (int dir, const char *from, int to_dir, const char *to, unsigned flags),
     (dir, from, to_dir, to, flags))
WRAP(unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(statx, (int dir, const char *name, int flags, unsigned mask, struct statx *stx),
     (dir, name, flags, mask, stx))
WRAP(fstatvfs, (int fd, struct statvfs *fs), (fd, fs))
WRAP(fstat, (int fd, struct stat *st), (fd, st))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(flock, (int fd, int operation), (fd, operation))
WRAP(faccessat, (int dir, const char *name, int mode, int flags), (dir, name, mode, flags))

#define WRAP_SYNC(name, parameters)             \
	int __wrap_##name parameters;           \
	int __wrap_##name parameters            \
	{                                       \
		return strikes(false) ? -1 : 0; \
	}

WRAP_SYNC(fsync, (int fd __attribute__((unused))))
WRAP_SYNC(fdatasync, (int fd __attribute__((unused))))
WRAP_SYNC(sync_file_range,
	  (int fd __attribute__((unused)), off_t at __attribute__((unused)),
	   off_t bytes __attribute__((unused)), unsigned flags __attribute__((unused))))

ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset);

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
	/* A direct write ends at a block of the disk. */
	size_t part = bytes / 2, unit = fcntl(fd, F_GETFL) & O_DIRECT ? 512 : 1;

	if (!strikes(true))
		return __real_pwrite(fd, data, bytes, offset);
	if (armed.error)
		return -1;
	part -= part % unit;
	return __real_pwrite(fd, data, part ? part : bytes, offset);
}

int __real_openat(int dir, const char *name, int flags, mode_t mode);
int __wrap_openat(int dir, const char *name, int flags, ...);

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list list;

	va_start(list, flags);
	if (flags & O_CREAT)
		mode = va_arg(list, mode_t);
	va_end(list);
	return strikes(false) ? -1 : __real_openat(dir, name, flags, mode);
}
