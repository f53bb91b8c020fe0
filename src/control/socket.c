/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address of a Unix socket has 108 bytes at most, and a path may have 4096. By the
 * descriptor of its directory each has a short one.
 */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/control.h"

/* Callers that wait to be taken in. */
#define BACKLOG 128

int socket_place_open(const char *path, bool directory, struct socket_place *place,
		      struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = directory ? CONTROL_HIDDEN_NAME : slash ? slash + 1 : path;
	char parent[PATH_MAX];

	place->dir = -1;
	if (snprintf(place->name, sizeof(place->name), "%s", name) >= (int)sizeof(place->name) ||
	    strlen(path) >= sizeof(parent))
		return error_usage(err, "%s: the name is too long", path);
	if (directory)
		snprintf(parent, sizeof(parent), "%s", path);
	else
		snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + 1 : 1,
			 slash ? path : ".");
	place->dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->dir < 0)
		return error_usage(err, "%s: %s", path, strerror(errno));
	return 0;
}

void socket_place_close(struct socket_place *place)
{
	if (place->dir >= 0)
		close(place->dir);
	place->dir = -1;
}

static int make_address(const struct socket_place *place, struct sockaddr_un *address)
{
	const int length = snprintf(address->sun_path, sizeof(address->sun_path),
				    "/proc/self/fd/%d/%s", place->dir, place->name);

	address->sun_family = AF_UNIX;
	return length < (int)sizeof(address->sun_path) ? 0 : -ENAMETOOLONG;
}

int socket_connect(const struct socket_place *place, unsigned wait_ms)
{
	const struct timeval wait = {.tv_sec = wait_ms / 1000,
				     .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
	struct sockaddr_un address;
	struct stat st;
	int fd, rc = make_address(place, &address);

	if (rc < 0)
		return rc;
	/* A link to it is another place. */
	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* What a killed recorder has left goes. 0, or what is there instead. */
static int clear_place(const struct socket_place *place)
{
	int fd = socket_connect(place, 100);

	if (fd >= 0)
		close(fd);
	if (fd == -ENOENT)
		return 0;
	if (fd == -ENOTSOCK)
		return -EEXIST;
	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (fd != -ECONNREFUSED)
		return fd;
	return unlinkat(place->dir, place->name, 0) < 0 ? -errno : 0;
}

static int name_socket(int fd, const struct socket_place *place, uid_t owner,
		       struct socket_identity *identity)
{
	struct sockaddr_un address;
	struct stat st;
	int rc = make_address(place, &address);

	/* Its file has no other mode for a moment: these are the socket's own. */
	if (rc == 0 &&
	    (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0))
		rc = -errno;
	if (rc < 0)
		return rc;
	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*identity = (struct socket_identity){st.st_dev, st.st_ino};
	if (st.st_uid != owner &&
	    fchownat(place->dir, place->name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -errno;
	if (rc == 0 && listen(fd, BACKLOG) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlinkat(place->dir, place->name, 0);
	return rc;
}

int socket_listen(const struct socket_place *place, uid_t owner, struct socket_identity *identity)
{
	int rc = clear_place(place), fd;

	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = name_socket(fd, place, owner, identity);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

void socket_remove(const struct socket_place *place, const struct socket_identity *identity)
{
	struct stat st;

	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISSOCK(st.st_mode) && st.st_dev == identity->device && st.st_ino == identity->inode)
		(void)unlinkat(place->dir, place->name, 0);
}
