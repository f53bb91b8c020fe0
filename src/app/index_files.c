/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This is also done by the process that has kept rights, for one that has none: so a name is
 * believed only as far as there is such a file.
 */
#include "index_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/name.h"

/* The directory that a path is, or is in. */
static int open_place(const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
	const char *slash = strrchr(path, '/');
	int fd = open(path, flags);
	char *parent;

	if (fd >= 0 || errno != ENOTDIR)
		return fd;
	parent = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	fd = parent ? open(parent, flags) : -1;
	free(parent);
	return fd;
}

int index_files_open(struct index_files *f, const struct options *o, struct error *err)
{
	*f = (struct index_files){.options = o};
	f->dirs = malloc((o->read_count + 1) * sizeof(*f->dirs));
	if (!f->dirs)
		return error_system(err, ENOMEM, "--index");
	while (f->count < o->read_count) {
		const char *path = o->reads[f->count];

		if (strcmp(path, "-") == 0)
			return error_usage(err, "--index: standard input is no file");
		f->dirs[f->count] = open_place(path);
		if (f->dirs[f->count] < 0 && (errno == ENOENT || errno == ENOTDIR))
			return error_usage(err, "--index: %s: %s", path, strerror(errno));
		if (f->dirs[f->count] < 0)
			return error_system(err, errno, "--index: cannot read %s", path);
		f->count++;
	}
	return 0;
}

void index_files_close(struct index_files *f)
{
	while (f->count > 0)
		close(f->dirs[--f->count]);
	free(f->dirs);
	f->dirs = NULL;
}

/* The name of the index, and the one it has before, which is an index's too, of no file: so
 * a recorder sweeps up what is left of it. False where that is too long. */
static bool make_names(const char *name, char ready[static NAME_MAX + 1],
		       char making[static NAME_MAX + 1])
{
	char other[NAME_MAX + 1];

	return snprintf(other, sizeof(other), "%s~", name) < (int)sizeof(other) &&
	       index_name_make(name, ready) && index_name_make(other, making);
}

static int check(const struct index_files *f, uint32_t path, const char *name, struct stat *st)
{
	if (path >= f->count || !*name || strchr(name, '/'))
		return -EINVAL;
	if (fstatat(f->dirs[path], name, st, 0) < 0)
		return -errno;
	return S_ISREG(st->st_mode) ? 0 : -EINVAL;
}

/* Whoever may read the file may read its index. */
static int give_away(int fd, const struct stat *of)
{
	mode_t mode = of->st_mode & 0666;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid != of->st_uid || st.st_gid != of->st_gid) &&
	    fchown(fd, of->st_uid, of->st_gid) < 0 && st.st_gid != of->st_gid &&
	    fchown(fd, (uid_t)-1, of->st_gid) < 0)
		mode &= 0606;
	/* Some file systems have one mode for all. */
	if (fchmod(fd, mode) < 0 && errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	return 0;
}

int index_files_make(const struct index_files *f, uint32_t path, const char *name)
{
	char ready[NAME_MAX + 1], making[NAME_MAX + 1];
	struct stat st;
	int fd, rc = check(f, path, name, &st);

	if (rc < 0)
		return rc;
	if (!make_names(name, ready, making))
		return -ENAMETOOLONG;
	/* What another attempt has left. */
	(void)unlinkat(f->dirs[path], making, 0);
	fd = openat(f->dirs[path], making, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	rc = give_away(fd, &st);
	if (rc == 0)
		return fd;
	close(fd);
	(void)unlinkat(f->dirs[path], making, 0);
	return rc;
}

int index_files_publish(const struct index_files *f, uint32_t path, const char *name)
{
	char ready[NAME_MAX + 1], making[NAME_MAX + 1];
	struct stat st;
	int rc = check(f, path, name, &st);

	if (rc == 0 && !make_names(name, ready, making))
		rc = -ENAMETOOLONG;
	if (rc == 0 && renameat(f->dirs[path], making, f->dirs[path], ready) < 0)
		rc = -errno;
	return rc;
}

int index_files_drop(const struct index_files *f, uint32_t path, const char *name)
{
	char ready[NAME_MAX + 1], making[NAME_MAX + 1];

	if (path >= f->count || strchr(name, '/') || !make_names(name, ready, making))
		return -EINVAL;
	return unlinkat(f->dirs[path], making, 0) < 0 ? -errno : 0;
}
