/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written beside under a hidden name and renamed over. Not synced: after a
 * power cut nobody asks for the statistics before it. Whoever makes a hidden
 * file holds a lock on it until it is renamed: one without was left by a crash.
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

#include "system/unique_file.h"
#include "system/write_all.h"

/* It holds counts, no packets; whoever collects them is another user. */
#define STATFILE_MODE 0644

#define TRIES 10

struct statfile {
	int dir;
	char *path; /* as the user named it */
	const char *base;
	bool swept;
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
	int rc = 0;

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
	if (!*file->base || strcmp(path, "-") == 0 || strlen(file->base) > NAME_MAX)
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

/* Whether fd is what has the name. */
static bool is_named(const struct statfile *file, const char *name, int fd)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(file->dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == named.st_dev && st.st_ino == named.st_ino;
}

/* A hidden file, new and locked, and its name; or -errno. On a file system without locks
 * it is not. */
static int create_hidden(struct statfile *file, char name[static UNIQUE_NAME_ROOM])
{
	for (int i = 0; i < TRIES; i++) {
		int fd = unique_create(file->dir, file->base, name);

		if (fd < 0)
			return fd;
		/* Another may have taken it for stale in between. */
		if ((flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
		    is_named(file, name, fd))
			return fd;
		close(fd);
	}
	return -EBUSY;
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
	char name[UNIQUE_NAME_ROOM];
	int fd, rc;

	/* Once is enough: a crash is one of a program before. */
	if (!file->swept)
		unique_sweep(file->dir, file->base, true);
	file->swept = true;
	fd = create_hidden(file, name);
	if (fd < 0)
		return error_system(err, -fd, "write %s", file->path);
	rc = write_all(fd, text, bytes);
	(void)!fchmod(fd, STATFILE_MODE);
	if (rc == 0)
		rc = flush(fd);
	if (rc == 0 && renameat(file->dir, name, file->dir, file->base) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(file->dir, name, 0);
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
