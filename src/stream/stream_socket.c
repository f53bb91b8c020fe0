/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int open_socket(const struct sockaddr_storage *address)
{
	return socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* What nobody listens at is left from somebody who was killed. */
static void remove_stale(const struct sockaddr_storage *address)
{
	const char *path = ((const struct sockaddr_un *)address)->sun_path;
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = open_socket(address);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)address, sizeof(struct sockaddr_un)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

/* 0 or -1 with errno. */
static int bind_to(int fd, const struct stream_address *a)
{
	const struct sockaddr_storage *address = &a->addresses[0];
	const int one = 1;
	mode_t mask;
	int rc;

	if (a->kind != STREAM_UNIX) {
		/* Connections of before, which are ending, are no reason to wait. */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		return bind(fd, (const struct sockaddr *)address, stream_address_bytes(address));
	}
	remove_stale(address);
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)address, sizeof(struct sockaddr_un));
	umask(mask);
	return rc;
}

int stream_socket_listen(const struct stream_address *a, struct error *err)
{
	int fd = open_socket(&a->addresses[0]), code;

	if (fd < 0)
		return error_system(err, errno, "%s: open a socket", a->text);
	if (bind_to(fd, a) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	code = errno;
	close(fd);
	error_system(err, code, "%s: listen", a->text);
	if (code == EADDRINUSE || code == EADDRNOTAVAIL)
		err->kind = ERROR_USAGE;
	return -code;
}

struct stream_socket_file stream_socket_file_at(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return (struct stream_socket_file){0};
	return (struct stream_socket_file){st.st_dev, st.st_ino};
}

void stream_socket_remove(const char *path, const struct stream_socket_file *file)
{
	const struct stream_socket_file now = stream_socket_file_at(path);

	if (now.inode > 0 && now.inode == file->inode && now.device == file->device)
		unlink(path);
}

int stream_socket_connect(const struct sockaddr_storage *address)
{
	int fd = open_socket(address), code;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, stream_address_bytes(address)) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	code = errno;
	close(fd);
	return -code;
}

void stream_socket_prepare(int fd, char *peer, size_t room)
{
	struct sockaddr_storage address = {0};
	socklen_t bytes = sizeof(address);
	const int one = 1;

	/* What is sent is as much as there is: nothing comes to join it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (getpeername(fd, (struct sockaddr *)&address, &bytes) == 0)
		stream_address_name(&address, peer, room);
	else
		snprintf(peer, room, "unknown");
}
