/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output files. The directory is held open from the start, so that the hidden
 * file, its final name and its removal all mean the same place even when the
 * path's directories are renamed meanwhile.
 */
#include "disk/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/unique_file.h"

struct outfile {
	int fd;
	int dir; /* where a new file is; else -1 */
	bool regular;
	bool wrapped; /* fd and the name are somebody else's */
	bool published;
	mode_t mode;                /* of a new file, from when it has its name on */
	struct outfile_maker maker; /* nulls: it is made here */
	uid_t uid;                  /* and whose; -1: as it is made */
	gid_t gid;
	bool must_give;
	char *path; /* as the user named it */
	char hidden[UNIQUE_NAME_ROOM];
};

/* What follows the last slash. */
static const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int dir_open(const char *path, struct error *err)
{
	size_t bytes = (size_t)(path_base(path) - path);
	char *name = bytes ? strndup(path, bytes) : strdup(".");
	int dir;

	if (!name)
		return error_system(err, ENOMEM, "%s", path);
	/* O_PATH: a directory one may write to need not be readable. */
	dir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		dir = error_usage(err, "cannot write %s: directory %s: %s", path, name,
				  strerror(errno));
	free(name);
	return dir;
}

/*
 * What is to be written to at path: S_IFREG for a new file or one that can be
 * replaced, S_IFIFO or S_IFCHR to write to as it is. Anything else is refused.
 */
static int target_kind(int dir, const char *path, mode_t *kind, struct error *err)
{
	const char *base = path_base(path);
	struct stat st;

	if (!*base)
		return error_usage(err, "cannot write %s: not a file name", path);
	*kind = S_IFREG;
	if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return error_usage(err, "cannot write %s: %s", path, strerror(errno));
	}
	*kind = st.st_mode & S_IFMT;
	switch (*kind) {
	case S_IFREG:
	case S_IFIFO:
	case S_IFCHR:
		return 0;
	case S_IFLNK:
		return error_usage(err, "cannot write %s: a symbolic link, which is not followed",
				   path);
	case S_IFDIR:
		return error_usage(err, "cannot write %s: a directory", path);
	default:
		return error_usage(err, "cannot write %s: a socket or block device", path);
	}
}

int outfile_check(const char *path, struct error *err)
{
	mode_t kind;
	int dir, rc;

	if (strcmp(path, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			return error_usage(err, "will not write packets to a terminal: redirect "
						"standard output, or name a file");
		return 0;
	}
	dir = dir_open(path, err);
	if (dir < 0)
		return dir;
	rc = target_kind(dir, path, &kind, err);
	/* A file is replaced, which takes a writable directory; one that is
	 * write-protected is left alone all the same. */
	if (rc == 0 && kind == S_IFREG && faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		rc = error_usage(err, "cannot write %s: directory: %s", path, strerror(errno));
	else if (rc == 0 && faccessat(dir, path_base(path), W_OK, AT_EACCESS) < 0 &&
		 errno != ENOENT)
		rc = error_usage(err, "cannot write %s: %s", path, strerror(errno));
	close(dir);
	return rc;
}

/* Opens a pipe or device as it is. */
static int stream_open(struct outfile *file, int dir, struct error *err)
{
	struct stat st;

	file->fd = openat(dir, path_base(file->path), O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (file->fd < 0)
		return error_system(err, errno, "open %s", file->path);
	if (fstat(file->fd, &st) < 0)
		return error_system(err, errno, "open %s", file->path);
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return error_set(err, EBUSY, "open %s: it is being replaced", file->path);
	if (isatty(file->fd))
		return error_usage(err, "will not write packets to a terminal: %s", file->path);
	/* Opening had to wait for the reader; writing waits in poll(). */
	if (S_ISFIFO(st.st_mode) && fcntl(file->fd, F_SETFL, O_WRONLY | O_NONBLOCK) < 0)
		return error_system(err, errno, "open %s", file->path);
	return 0;
}

static int path_open(struct outfile *file, struct error *err)
{
	int dir = dir_open(file->path, err), rc;
	mode_t kind;

	if (dir < 0)
		return dir;
	rc = target_kind(dir, file->path, &kind, err);
	if (rc == 0 && kind == S_IFREG) {
		file->dir = dir;
		file->regular = true;
		rc = file->fd = unique_create(dir, path_base(file->path), file->hidden);
		return rc < 0 ? error_system(err, -rc, "create %s", file->path) : 0;
	}
	if (rc == 0)
		rc = stream_open(file, dir, err);
	close(dir);
	return rc;
}

/* A handle without anything open, or null. */
static struct outfile *handle_new(const char *name)
{
	struct outfile *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->fd = file->dir = -1;
	file->uid = (uid_t)-1;
	file->gid = (gid_t)-1;
	file->path = strdup(name);
	if (!file->path) {
		free(file);
		return NULL;
	}
	return file;
}

int outfile_open(const char *path, mode_t mode, struct outfile **out, struct error *err)
{
	bool to_stdout = strcmp(path, "-") == 0;
	struct outfile *file = handle_new(to_stdout ? "standard output" : path);
	int rc = 0;

	if (!file)
		return error_system(err, ENOMEM, "open %s", path);
	file->mode = mode;
	if (!to_stdout) {
		rc = path_open(file, err);
	} else if ((rc = outfile_check(path, err)) == 0) {
		/* A copy, so that closing it tells of errors like any other file. */
		file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		if (file->fd < 0)
			rc = error_system(err, errno, "open %s", file->path);
	}
	if (rc < 0) {
		outfile_close(file);
		return rc;
	}
	*out = file;
	return 0;
}

int outfile_open_by(const struct outfile_maker *maker, const char *path, struct outfile **out,
		    struct error *err)
{
	struct outfile *file = handle_new(path);

	if (!file)
		return error_system(err, ENOMEM, "open %s", path);
	file->maker = *maker;
	file->regular = true;
	file->fd = maker->create(maker->context, err);
	if (file->fd < 0) {
		int rc = file->fd;

		outfile_close(file);
		return rc;
	}
	*out = file;
	return 0;
}

int outfile_wrap(int fd, const char *name, struct outfile **out, struct error *err)
{
	struct outfile *file = handle_new(name);

	if (!file)
		return error_system(err, ENOMEM, "open %s", name);
	file->fd = fd;
	file->regular = file->wrapped = true;
	*out = file;
	return 0;
}

const char *outfile_name(const struct outfile *file)
{
	return file->path;
}

bool outfile_is_regular(const struct outfile *file)
{
	return file->regular;
}

int outfile_fd(const struct outfile *file)
{
	return file->fd;
}

void outfile_give(struct outfile *file, uid_t uid, gid_t gid, bool must)
{
	file->uid = uid;
	file->gid = gid;
	file->must_give = must;
}

/* Looked at again: on some file systems that goes well and does nothing. */
static int give_away(const struct outfile *file, struct error *err)
{
	struct stat st;

	if (file->uid == (uid_t)-1 && file->gid == (gid_t)-1)
		return 0;
	if (fchown(file->fd, file->uid, file->gid) < 0 && file->must_give)
		return error_system(err, errno, "create %s: change its owner", file->path);
	if (fstat(file->fd, &st) < 0)
		return error_system(err, errno, "create %s", file->path);
	if (file->must_give && ((file->uid != (uid_t)-1 && st.st_uid != file->uid) ||
				(file->gid != (gid_t)-1 && st.st_gid != file->gid)))
		return error_set(err, EPERM,
				 "create %s: change its owner: it does not on this file system",
				 file->path);
	return 0;
}

int outfile_publish(struct outfile *file, struct error *err)
{
	mode_t kind;
	int rc;

	if (!file->regular || file->wrapped || file->published)
		return 0;
	if (file->maker.publish) {
		rc = file->maker.publish(file->maker.context, err);
		file->published = rc == 0;
		return rc;
	}
	rc = target_kind(file->dir, file->path, &kind, err);
	if (rc < 0)
		return rc;
	if (kind != S_IFREG)
		return error_usage(err, "cannot write %s: no longer a regular file", file->path);
	rc = give_away(file, err);
	if (rc < 0)
		return rc;
	/* Not before: a file its owner may not write cannot be opened again. Some
	 * file systems keep no bits, or not these. */
	if (fchmod(file->fd, file->mode) < 0 && errno != EPERM && errno != EOPNOTSUPP)
		return error_system(err, errno, "create %s", file->path);
	if (renameat(file->dir, file->hidden, file->dir, path_base(file->path)) < 0)
		return error_system(err, errno, "create %s", file->path);
	file->published = true;
	return 0;
}

int outfile_cut(struct outfile *file, uint64_t bytes)
{
	if (!file->regular)
		return -EINVAL;
	if (ftruncate(file->fd, (off_t)bytes) < 0)
		return -errno;
	return 0;
}

int outfile_close(struct outfile *file)
{
	int rc = 0;

	if (!file)
		return 0;
	/* After EINTR the descriptor is gone on Linux, and nothing was lost. */
	if (file->fd >= 0 && !file->wrapped && close(file->fd) < 0 && errno != EINTR)
		rc = -errno;
	if (file->dir >= 0) {
		if (file->fd >= 0 && !file->published)
			unlinkat(file->dir, file->hidden, 0);
		close(file->dir);
	}
	free(file->path);
	free(file);
	return rc;
}
