/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written beside under a hidden name and renamed over. Not synced: after a
 * power cut nobody asks for the statistics before it. Whoever makes the hidden
 * file holds a lock on it until it is renamed: what is in the way without one
 * was left by a crash, and two recorders with one file do not publish each
 * other's half.
 */
#include "system/statfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* It holds counts, no packets; whoever collects them is another user. */
#define STATFILE_MODE 0644

struct statfile {
	int dir;
	char *path; /* as the user named it */
	const char *base;
	char hidden[NAME_MAX + 1];
};

/* Its directory, as it was typed. The caller frees it. */
static char *directory_of(const struct statfile *file)
{
	size_t length = (size_t)(file->base - file->path);

	if (length == 0)
		return strdup(".");
	return strndup(file->path, length > 1 ? length - 1 : length);
}

static int open_directory(struct statfile *file, const struct privilege_target *writer,
			  struct error *err)
{
	char *name = directory_of(file);
	struct stat st;
	int rc = 0;

	if (!name)
		return error_system(err, ENOMEM, "%s", file->path);
	file->dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir < 0 && errno == ENOENT)
		rc = error_usage(err, "cannot write %s: there is no directory %s: make it first",
				 file->path, name);
	else if (file->dir < 0)
		rc = error_usage(err, "cannot write %s: directory %s: %s", file->path, name,
				 strerror(errno));
	else if (privilege_check_directory(file->dir, name, writer, err) < 0)
		rc = error_context(err, "%s", file->path);
	if (rc == 0 && fstatat(file->dir, file->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		rc = error_usage(err, "cannot write %s: not a regular file", file->path);
	free(name);
	return rc;
}

int statfile_open(const char *path, const struct privilege_target *writer, struct statfile **result,
		  struct error *err)
{
	struct statfile *file = calloc(1, sizeof(*file));
	const char *slash;
	int rc = 0, length;

	if (file) {
		file->dir = -1;
		file->path = strdup(path);
	}
	if (!file || !file->path) {
		statfile_close(file);
		return error_system(err, ENOMEM, "%s", path);
	}
	slash = strrchr(file->path, '/');
	file->base = slash ? slash + 1 : file->path;
	length = snprintf(file->hidden, sizeof(file->hidden), ".%s.new", file->base);
	if (!*file->base || strcmp(path, "-") == 0 || length >= (int)sizeof(file->hidden))
		rc = error_usage(err, "cannot write %s: not a file name, or too long a one", path);
	if (rc == 0)
		rc = open_directory(file, writer, err);
	if (rc < 0) {
		statfile_close(file);
		return rc;
	}
	*result = file;
	return 0;
}

/* Whether fd is what has the hidden name. */
static bool is_hidden(const struct statfile *file, int fd)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 &&
	       fstatat(file->dir, file->hidden, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == named.st_dev && st.st_ino == named.st_ino;
}

/* 0, also on a file system without locks, or -EBUSY. */
static int lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
}

/* Removes what a crash left. 0, also where there is nothing, or -errno. */
static int remove_stale(const struct statfile *file)
{
	int fd = openat(file->dir, file->hidden,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	rc = fd < 0 ? 0 : lock(fd);

	/* Published, or removed, before it was locked: then the name is another's.
	 * What cannot be opened is nothing we would have made. */
	if (rc == 0 && (fd < 0 || is_hidden(file, fd)) &&
	    unlinkat(file->dir, file->hidden, 0) < 0 && errno != ENOENT)
		rc = -errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* The hidden file, new and locked, or -errno. */
static int create_hidden(const struct statfile *file)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(file->dir, file->hidden, flags, 0600), rc;

	if (fd < 0 && errno == EEXIST) {
		rc = remove_stale(file);
		if (rc < 0)
			return rc;
		fd = openat(file->dir, file->hidden, flags, 0600);
	}
	if (fd < 0)
		return errno == EEXIST ? -EBUSY : -errno;
	/* Another may have taken it for stale in between. */
	if (lock(fd) < 0 || !is_hidden(file, fd)) {
		close(fd);
		return -EBUSY;
	}
	return fd;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, text, bytes);

		if (n == 0 || (n < 0 && errno != EINTR))
			return n == 0 ? -EIO : -errno;
		if (n > 0) {
			text += n;
			bytes -= (size_t)n;
		}
	}
	return 0;
}

/* Has errors told that some file systems keep for the close, while the lock,
 * which goes with the last descriptor, is still there. */
static int flush(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 || (close(copy) < 0 && errno != EINTR) ? -errno : 0;
}

int statfile_replace(struct statfile *file, const void *text, size_t bytes, struct error *err)
{
	int fd = create_hidden(file), rc;

	if (fd < 0)
		return error_system(err, -fd, "write %s", file->path);
	rc = write_all(fd, text, bytes);
	(void)!fchmod(fd, STATFILE_MODE);
	if (rc == 0)
		rc = flush(fd);
	if (rc == 0 && renameat(file->dir, file->hidden, file->dir, file->base) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(file->dir, file->hidden, 0);
		error_system(err, -rc, "write %s", file->path);
	}
	close(fd);
	return rc;
}

void statfile_close(struct statfile *file)
{
	if (!file)
		return;
	if (file->dir >= 0)
		close(file->dir);
	free(file->path);
	free(file);
}
