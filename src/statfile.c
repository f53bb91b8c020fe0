/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written beside under a hidden name and renamed over. Not synced: after a
 * power cut nobody asks for the statistics before it.
 */
#include "statfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	if (file->dir < 0)
		rc = error_usage(err, "cannot write %s: directory %s: %s", file->path, name,
				 strerror(errno));
	else
		rc = privilege_check_directory(file->dir, name, writer, err);
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
	if (!*file->base || length >= (int)sizeof(file->hidden))
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

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, text, bytes);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			bytes -= (size_t)n;
		}
	}
	return 0;
}

int statfile_replace(struct statfile *file, const void *text, size_t bytes, struct error *err)
{
	int fd, rc;

	/* What a crash left. */
	unlinkat(file->dir, file->hidden, 0);
	fd = openat(file->dir, file->hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return error_system(err, errno, "write %s", file->path);
	rc = write_all(fd, text, bytes);
	(void)!fchmod(fd, STATFILE_MODE);
	if (close(fd) < 0 && rc == 0 && errno != EINTR)
		rc = -errno;
	if (rc == 0 && renameat(file->dir, file->hidden, file->dir, file->base) < 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	unlinkat(file->dir, file->hidden, 0);
	return error_system(err, -rc, "write %s", file->path);
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
