/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream/input.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream_socket.h"

/* 0, or the errno it failed with. */
static int await_connection(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t bytes = sizeof(int);
	int code = 0;

	if (poll(&poll_fd, 1, -1) < 0)
		return errno;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &bytes) < 0 ? errno : code;
}

int stream_input_open(const struct stream_address *address, struct error *err)
{
	int code = ENOENT;

	if (address->kind == STREAM_LISTEN)
		return stream_socket_listen(address, err);
	for (uint32_t i = 0; i < address->count; i++) {
		int fd = stream_socket_connect(&address->addresses[i]);

		code = fd < 0 ? -fd : await_connection(fd);
		if (code == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return error_system(err, code, "connect to %s", address->text);
}

int stream_input_accept(const struct stream_address *address, int listener, struct error *err)
{
	struct pollfd poll_fd = {.fd = listener, .events = POLLIN};
	int fd = -1, code;

	while (fd < 0) {
		if (poll(&poll_fd, 1, -1) < 0)
			break;
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED)
			break;
	}
	code = errno;
	close(listener);
	return fd < 0 ? error_system(err, code, "%s: wait for a connection", address->text) : fd;
}
