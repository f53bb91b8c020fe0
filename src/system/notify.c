/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connected once, before privilege is given up: the socket may be one that
 * only root may send to. Its descriptor is closed in hooks.
 */
#include "system/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/safe_text.h"

#define READY     "READY=1"
#define NS_PER_US UINT64_C(1000)
#define TEXT_ROOM 512u

struct notify {
	int fd;
	uint64_t watchdog_ns;
	bool is_ready;   /* notify_ready was called */
	bool owes_ready; /* it could not be delivered yet */
};

/* WATCHDOG_USEC, where it is meant for this process. */
static int read_watchdog(uint64_t *interval_ns, struct error *err)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t us = 0, whose = 0;

	*interval_ns = 0;
	if (!usec)
		return 0;
	if (pid && parse_count(pid, 1, INT32_MAX, &whose, err) < 0)
		return error_context(err, "WATCHDOG_PID");
	if (pid && whose != (uint64_t)getpid())
		return 0;
	if (parse_count(usec, 1, UINT64_MAX / NS_PER_US, &us, err) < 0)
		return error_context(err, "WATCHDOG_USEC");
	*interval_ns = us * NS_PER_US / 2;
	return 0;
}

static int connect_to(struct notify *n, const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);

	if ((path[0] != '/' && path[0] != '@') || length < 2)
		return error_set(err, EINVAL,
				 "NOTIFY_SOCKET=%s: neither an absolute path nor an abstract "
				 "address, which begins with @",
				 path);
	if (length >= sizeof(address.sun_path))
		return error_set(err, EINVAL, "NOTIFY_SOCKET: longer than %zu bytes",
				 sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, length);
	/* An abstract one ends with its last byte, a path with a zero. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		bytes++;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd < 0 || connect(n->fd, (struct sockaddr *)&address, bytes) < 0)
		return error_system(err, errno, "NOTIFY_SOCKET=%s", path);
	return 0;
}

static int open_socket(struct notify **notify, struct error *err)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct notify *n;
	int rc;

	if (!path || !*path)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return error_system(err, ENOMEM, "NOTIFY_SOCKET");
	n->fd = -1;
	rc = connect_to(n, path, err);
	if (rc < 0) {
		notify_close(n);
		return rc;
	}
	*notify = n;
	return read_watchdog(&n->watchdog_ns, err);
}

int notify_open(struct notify **notify, struct error *err)
{
	int rc;

	*notify = NULL;
	rc = open_socket(notify, err);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return rc;
}

static bool deliver(const struct notify *n, const char *text)
{
	return send(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void send_text(struct notify *n, const char *text)
{
	char both[TEXT_ROOM + sizeof(READY "\n")];

	if (!n)
		return;
	if (!n->owes_ready) {
		(void)deliver(n, text);
		return;
	}
	snprintf(both, sizeof(both), READY "\n%s", text);
	n->owes_ready = !deliver(n, both);
}

void notify_ready(struct notify *n)
{
	if (!n || n->is_ready)
		return;
	n->is_ready = true;
	n->owes_ready = !deliver(n, READY);
}

void notify_status(struct notify *n, const char *format, ...)
{
	char text[TEXT_ROOM] = "STATUS=";
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
