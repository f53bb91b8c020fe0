/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connected once, before privilege is given up: the socket may be one that
 * only root may send to.
 */
#include "notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "parse.h"

struct notify {
	int fd;
	uint64_t watchdog_ns;
};

/* WATCHDOG_USEC, where it is meant for this process. 0 also for nonsense. */
static uint64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t us = 0, whose = 0;

	if (!usec || parse_count(usec, 1, UINT64_MAX / 1000, &us, NULL) < 0)
		return 0;
	if (pid &&
	    (parse_count(pid, 1, UINT32_MAX, &whose, NULL) < 0 || whose != (uint64_t)getpid()))
		return 0;
	return us * 1000 / 2;
}

static int connect_to(struct notify *n, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);

	if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, length);
	/* An abstract one ends with its last byte, a path with a zero. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		bytes++;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd < 0 || connect(n->fd, (struct sockaddr *)&address, bytes) < 0)
		return -errno;
	return 0;
}

int notify_open(struct notify **notify, struct error *err)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct notify *n;
	int rc;

	*notify = NULL;
	if (!path || !*path)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return error_system(err, ENOMEM, "NOTIFY_SOCKET");
	n->fd = -1;
	n->watchdog_ns = read_watchdog();
	rc = connect_to(n, path);
	if (rc < 0) {
		error_system(err, -rc, "NOTIFY_SOCKET=%s", path);
		notify_close(n);
	} else {
		*notify = n;
	}
	/* Not for hooks. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return rc;
}

static void send_text(struct notify *n, const char *text)
{
	if (n)
		(void)!send(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void notify_ready(struct notify *n)
{
	send_text(n, "READY=1");
}

void notify_status(struct notify *n, const char *format, ...)
{
	char text[512] = "STATUS=";
	const size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
	text_clean(text);
	send_text(n, text);
}

void notify_watchdog(struct notify *n)
{
	send_text(n, "WATCHDOG=1");
}

void notify_stopping(struct notify *n)
{
	send_text(n, "STOPPING=1");
}

uint64_t notify_watchdog_ns(const struct notify *n)
{
	return n ? n->watchdog_ns : 0;
}

void notify_close(struct notify *n)
{
	if (!n)
		return;
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}
