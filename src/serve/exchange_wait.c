/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmicrohttpd forgets a connection that is suspended: whether its client is still there is
 * watched here.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server_parts.h"

static int client_of(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void watch(struct exchange *x, int fd, unsigned events)
{
	struct epoll_event event = {.events = events, .data.ptr = x};

	if (fd >= 0)
		(void)epoll_ctl(x->server->epoll, EPOLL_CTL_ADD, fd, &event);
}

void exchange_suspend(struct exchange *x, bool out)
{
	x->suspended = true;
	MHD_suspend_connection(x->connection);
	watch(x, client_of(x), EPOLLRDHUP);
	if (out)
		watch(x, x->worker.out, EPOLLIN);
}

void exchange_resume(struct exchange *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	x->wake_ns = 0;
	(void)epoll_ctl(x->server->epoll, EPOLL_CTL_DEL, client_of(x), NULL);
	if (x->has_worker && x->worker.out >= 0)
		(void)epoll_ctl(x->server->epoll, EPOLL_CTL_DEL, x->worker.out, NULL);
	MHD_resume_connection(x->connection);
}

void exchange_break(struct exchange *x)
{
	const int fd = client_of(x);

	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}
