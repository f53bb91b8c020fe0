/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory for a user that the process is about to become: whether that
 * user will be able to write there, and making it for them while we still can.
 */
#include "system/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

bool privilege_may(const struct privilege_target *target, mode_t wanted, const struct stat *st)
{
	mode_t bits = st->st_mode;

	if (st->st_uid == target->uid)
		bits >>= 6;
	else if (st->st_gid == target->gid)
		bits >>= 3;
	return (bits & wanted) == wanted;
}

mode_t privilege_directory_mode(mode_t file_mode)
{
	return 0700 | (file_mode & 0040 ? 0050 : 0) | (file_mode & 0004 ? 0005 : 0);
}

int privilege_check_directory(int directory, const char *path,
			      const struct privilege_target *target, struct error *err)
{
	struct statvfs system;
	struct stat st;

	if (fstat(directory, &st) < 0 || fstatvfs(directory, &system) < 0)
		return error_system(err, errno, "%s", path);
	if (system.f_flag & ST_RDONLY)
		return error_usage(err, "cannot write to directory %s: %s", path, strerror(EROFS));
	if (target->keeps_root || privilege_may(target, W_OK | X_OK, &st) ||
	    fgetxattr(directory, "system.posix_acl_access", NULL, 0) > 0)
		return 0;
	return error_usage(err, "cannot write to directory %s as user '%s': %s", path, target->name,
			   strerror(EACCES));
}

static int make_error(struct error *err, int code, const char *path)
{
	if (code == EACCES || code == EPERM || code == EROFS || code == ENOTDIR ||
	    code == ENAMETOOLONG || code == ELOOP)
		return error_usage(err, "cannot make directory %s: %s", path, strerror(code));
	return error_system(err, code, "cannot make directory %s", path);
}

/* Cuts path behind its parent, "" for the one we are in. Returns the last
 * component, or a null pointer where path has none to be made. */
static char *path_split(char *path)
{
	size_t length = strlen(path);
	char *last;

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	last = strrchr(path, '/');
	if (!last)
		return path;
	*last++ = '\0';
	return *last ? last : NULL;
}

/* Where something has the name already. */
static int check_existing(int parent, const char *last, const char *path, struct error *err)
{
	struct stat st;

	if (fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return make_error(err, errno, path);
	if (!S_ISDIR(st.st_mode))
		return error_usage(err, "cannot make directory %s: there is %s already", path,
				   S_ISLNK(st.st_mode) ? "a symbolic link" : "a file");
	return 0;
}

struct making {
	const char *path;
	const struct privilege_target *target;
	mode_t mode;
};

static bool is_of(const struct stat *st, const struct privilege_target *target)
{
	return st->st_uid == target->uid && st->st_gid == target->gid;
}

/* Gives away the directory that was just made. The parent may be anybody's, who has put
 * another in its place: that one is not touched. 0 or -errno with what has failed. */
static int give_away(int dir, const struct making *m, const char **what)
{
	struct stat st;

	*what = "";
	if (fstat(dir, &st) < 0)
		return -errno;
	/* Some file systems make root somebody else. */
	if (!is_of(&st, m->target) && (st.st_uid != geteuid() || (st.st_mode & 0077)))
		return -EPERM;
	*what = "change its owner: ";
	if (!is_of(&st, m->target) && fchown(dir, m->target->uid, m->target->gid) < 0)
		return -errno;
	*what = "change its mode: ";
	if (fchmod(dir, m->mode) < 0)
		return -errno;
	/* On some it goes well and does nothing. */
	*what = "change its owner, which this file system does not do: ";
	if (fstat(dir, &st) < 0)
		return -errno;
	return is_of(&st, m->target) ? 0 : -EPERM;
}

static int make_in(int parent, const char *last, const struct making *m, struct error *err)
{
	const char *what = "";
	int dir, rc;

	if (mkdirat(parent, last, 0700) < 0)
		return errno == EEXIST ? check_existing(parent, last, m->path, err)
				       : make_error(err, errno, m->path);
	dir = openat(parent, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	rc = dir < 0 ? -errno : give_away(dir, m, &what);
	if (dir >= 0)
		close(dir);
	if (rc == 0)
		return 0;
	unlinkat(parent, last, AT_REMOVEDIR);
	if (!*what)
		return make_error(err, -rc, m->path);
	return error_usage(err,
			   "cannot make directory %s for user '%s': %s%s (-Z root: it stays "
			   "root's)",
			   m->path, m->target->name, what, strerror(-rc));
}

int privilege_make_directory(const char *path, const struct privilege_target *target, mode_t mode,
			     struct error *err)
{
	const struct making making = {path, target, mode};
	char copy[PATH_MAX];
	const char *above, *last;
	int parent, rc;

	if (path[0] == '\0' || strlen(path) >= sizeof(copy))
		return make_error(err, path[0] ? ENAMETOOLONG : ENOENT, path);
	snprintf(copy, sizeof(copy), "%s", path);
	last = path_split(copy);
	if (!last) /* the root directory */
		return 0;
	above = last == copy ? "." : copy[0] ? copy : "/";
	parent = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_usage(err,
				   "cannot make directory %s: there is no directory %s (mkdir -p "
				   "makes all)",
				   path, above);
	if (parent < 0)
		return make_error(err, errno, path);
	rc = make_in(parent, last, &making, err);
	close(parent);
	return rc;
}
