/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files are opened as their turn comes, which can be when the rights to open them are
 * given up.
 */
#include "reader_access.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_ourselves(const struct reader_access *access, const char *name)
{
	int fd;

	if (name)
		fd = openat(access->dir, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	else if (strcmp(access->path, READER_STANDARD_INPUT) == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		/* The writer of a named pipe is waited for by whoever reads it. */
		fd = open(access->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int reader_access_open(const struct reader_access *access, const char *name)
{
	int fd = open_ourselves(access, name);

	return fd == -EACCES && access->open ? access->open(access->context, access->number, name)
					     : fd;
}

int reader_access_lend(const struct reader_access *access, const char *name)
{
	struct stat st;
	int fd;

	if (name && (access->dir < 0 || strchr(name, '/') || strcmp(name, "..") == 0))
		return -EINVAL;
	if (name && fstatat(access->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* Opening a device may do something. */
	if (name && !S_ISREG(st.st_mode) && strcmp(name, ".") != 0)
		return -EINVAL;
	fd = open_ourselves(access, name);
	if (!name || fd < 0 || strcmp(name, ".") == 0)
		return fd;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int reader_access_stat(const struct reader_access *access, const char *name, struct stat *st)
{
	int fd, rc;

	if (fstatat(access->dir, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != EACCES || !access->open)
		return -errno;
	fd = access->open(access->context, access->number, name);
	if (fd < 0)
		return fd;
	rc = fstat(fd, st) < 0 ? -errno : 0;
	close(fd);
	return rc;
}
