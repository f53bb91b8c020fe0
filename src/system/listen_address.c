/* SPDX-License-Identifier: BSD-2-Clause */
#include "system/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/safe_text.h"

#define UNIX_PREFIX "unix:"

/* --- as text ---------------------------------------------------------------------- */

static int parse_path(const char *path, struct listen_address *address, struct error *err)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&address->socket;

	if (!*path)
		return error_usage(err, "'" UNIX_PREFIX "' lacks the path of a socket");
	if (strlen(path) >= sizeof(to->sun_path))
		return error_usage(err, "the path of a socket has %zu bytes at most",
				   sizeof(to->sun_path) - 1);
	to->sun_family = AF_UNIX;
	strcpy(to->sun_path, path);
	address->bytes = sizeof(*to);
	address->local = address->loopback = true;
	return 0;
}

/* The host without its brackets; false: it is none. */
static bool set_host(struct listen_address *address, const char *host, bool six)
{
	struct sockaddr_in *four_to = (struct sockaddr_in *)&address->socket;
	struct sockaddr_in6 *six_to = (struct sockaddr_in6 *)&address->socket;

	if (six) {
		six_to->sin6_family = AF_INET6;
		address->bytes = sizeof(*six_to);
		if (inet_pton(AF_INET6, host, &six_to->sin6_addr) != 1)
			return false;
		address->loopback = IN6_IS_ADDR_LOOPBACK(&six_to->sin6_addr);
		return true;
	}
	four_to->sin_family = AF_INET;
	address->bytes = sizeof(*four_to);
	if (!*host || strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &four_to->sin_addr) != 1)
		return false;
	address->loopback = ntohl(four_to->sin_addr.s_addr) >> 24 == 127;
	return true;
}

static int refuse(const char *text, struct error *err)
{
	return error_usage(err,
			   "'%s' is no address to listen on: [ADDR]:PORT with a numeric address, "
			   "such as :8080 or [::1]:8080, or unix:PATH",
			   text);
}

int listen_address_parse(const char *text, struct listen_address *address, struct error *err)
{
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	const bool six = colon && text[0] == '[' && colon > text + 1 && colon[-1] == ']';
	char host[INET6_ADDRSTRLEN];
	size_t length = colon ? (size_t)(colon - text) : 0;
	uint64_t number;

	*address = (struct listen_address){.bytes = 0};
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return parse_path(text + strlen(UNIX_PREFIX), address, err);
	if (six)
		length -= 2;
	if (length >= sizeof(host))
		return refuse(text, err);
	memcpy(host, six ? text + 1 : text, length);
	host[length] = '\0';
	if (!set_host(address, host, six) || parse_count(port, 0, UINT16_MAX, &number, NULL) < 0)
		return refuse(text, err);
	/* The port lies at the same place for both. */
	((struct sockaddr_in *)&address->socket)->sin_port = htons((uint16_t)number);
	return 0;
}

char *listen_address_text(const struct listen_address *address,
			  char text[static LISTEN_ADDRESS_ROOM])
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)&address->socket;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address->socket;
	const struct sockaddr_un *path = (const struct sockaddr_un *)&address->socket;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->local) {
		snprintf(text, LISTEN_ADDRESS_ROOM, UNIX_PREFIX "%s", path->sun_path);
		text_clean(text);
	} else if (address->socket.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
		snprintf(text, LISTEN_ADDRESS_ROOM, "[%s]:%u", host, ntohs(six->sin6_port));
	} else {
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
		snprintf(text, LISTEN_ADDRESS_ROOM, "%s:%u", host, ntohs(four->sin_port));
	}
	return text;
}

/* --- listening -------------------------------------------------------------------- */

/* A socket that its owner has left behind answers nobody. */
static void remove_stale(const struct listen_address *address)
{
	const char *path = ((const struct sockaddr_un *)&address->socket)->sun_path;
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&address->socket, address->bytes) < 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static int bind_socket(const struct listen_address *address, int fd)
{
	const int on = 1;
	mode_t before;
	int rc;

	if (!address->local) {
		/* What an earlier one has left in TIME_WAIT is in nobody's way. */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		return bind(fd, (const struct sockaddr *)&address->socket, address->bytes);
	}
	remove_stale(address);
	before = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&address->socket, address->bytes);
	umask(before);
	return rc;
}

int listen_address_open(struct listen_address *address, int backlog, int *result, struct error *err)
{
	const int fd =
		socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char text[LISTEN_ADDRESS_ROOM];
	int code;

	listen_address_text(address, text);
	if (fd < 0)
		return error_system(err, errno, "%s: open a socket", text);
	if (bind_socket(address, fd) < 0 || listen(fd, backlog) < 0) {
		code = errno;
		close(fd);
		error_system(err, code, "cannot listen on %s", text);
		if (err && code != ENOMEM && code != ENOBUFS)
			err->kind = ERROR_USAGE;
		return -code;
	}
	if (!address->local) {
		address->bytes = sizeof(address->socket);
		(void)getsockname(fd, (struct sockaddr *)&address->socket, &address->bytes);
	}
	*result = fd;
	return 0;
}
