/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/parse.h"

static const char connect_prefix[] = "tcp:";
static const char listen_prefix[] = "tcp-listen:";
static const char unix_prefix[] = "unix:";

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool stream_is_address(const char *text)
{
	return begins(text, connect_prefix) || begins(text, listen_prefix) ||
	       begins(text, unix_prefix);
}

static int parse_port(struct stream_address *a, const char *text, struct error *err)
{
	uint64_t port;
	int rc = parse_count(text, 1, UINT16_MAX, &port, err);

	if (rc < 0)
		return error_context(err, "%s: the port", a->text);
	a->port = (uint16_t)port;
	return 0;
}

/* HOST:PORT, ADDR:PORT, :PORT or PORT. */
static int parse_tcp(struct stream_address *a, const char *text, struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (a->kind == STREAM_CONNECT && length == 0)
		return error_usage(err, "%s: host and port are wanted, tcp:HOST:PORT", a->text);
	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	} else if (memchr(text, ':', length)) {
		return error_usage(err, "%s: an IPv6 address stands in brackets, [ADDRESS]:PORT",
				   a->text);
	}
	if (length >= sizeof(a->host))
		return error_usage(err, "%s: the name of the host is too long", a->text);
	memcpy(a->host, text, length);
	return parse_port(a, colon ? colon + 1 : text, err);
}

int stream_address_parse(const char *text, struct stream_address *a, struct error *err)
{
	*a = (struct stream_address){.text = text};
	if (begins(text, unix_prefix)) {
		a->kind = STREAM_UNIX;
		a->path = text + strlen(unix_prefix);
		if (!*a->path || strlen(a->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
			return error_usage(err, "%s: a path of 1 to %zu bytes is wanted", text,
					   sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
		return 0;
	}
	a->kind = begins(text, listen_prefix) ? STREAM_LISTEN : STREAM_CONNECT;
	return parse_tcp(a,
			 text + strlen(a->kind == STREAM_LISTEN ? listen_prefix : connect_prefix),
			 err);
}

socklen_t stream_address_bytes(const struct sockaddr_storage *address)
{
	switch (address->ss_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return sizeof(struct sockaddr_un);
	}
}

int stream_address_resolve(struct stream_address *a, struct error *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found, *each;
	char port[8];
	int rc;

	a->count = 0;
	if (a->kind == STREAM_UNIX) {
		struct sockaddr_un *to = (struct sockaddr_un *)&a->addresses[0];

		to->sun_family = AF_UNIX;
		snprintf(to->sun_path, sizeof(to->sun_path), "%s", a->path);
		a->count = 1;
		return 0;
	}
	/* Where one listens is a number: a name that means another place tomorrow would
	 * let others in. */
	if (a->kind == STREAM_LISTEN)
		hints.ai_flags |= AI_PASSIVE | AI_NUMERICHOST;
	snprintf(port, sizeof(port), "%u", a->port);
	rc = getaddrinfo(*a->host ? a->host : "127.0.0.1", port, &hints, &found);
	if (rc != 0 && a->kind == STREAM_LISTEN)
		return error_usage(err, "%s: %s is no address of an interface", a->text, a->host);
	if (rc != 0)
		return error_usage(err, "%s: the name %s does not resolve: %s", a->text, a->host,
				   gai_strerror(rc));
	for (each = found; each && a->count < STREAM_ADDRESSES_MOST; each = each->ai_next)
		memcpy(&a->addresses[a->count++], each->ai_addr, each->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

/* Without its port. */
static void write_host(const struct sockaddr_storage *address, char text[static INET6_ADDRSTRLEN])
{
	const void *host = address->ss_family == AF_INET
				   ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
				   : &((const struct sockaddr_in6 *)address)->sin6_addr;

	inet_ntop(address->ss_family, host, text, INET6_ADDRSTRLEN);
}

char *stream_address_name(const struct sockaddr_storage *address, char *text, size_t room)
{
	char host[INET6_ADDRSTRLEN];
	const bool six = address->ss_family == AF_INET6;

	if (!six && address->ss_family != AF_INET) {
		snprintf(text, room, "unix");
		return text;
	}
	write_host(address, host);
	/* The port is at the same place in both. */
	snprintf(text, room, six ? "[%s]:%u" : "%s:%u", host,
		 ntohs(((const struct sockaddr_in *)address)->sin_port));
	return text;
}

static bool is_any(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

	return address->ss_family == AF_INET ? four->sin_addr.s_addr == INADDR_ANY
					     : IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
}

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

	return address->ss_family == AF_INET ? ntohl(four->sin_addr.s_addr) >> 24 == 127
					     : IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

bool stream_address_filter(const struct stream_address *a, bool loopback, char *text, size_t room)
{
	size_t end = 0;
	char host[INET6_ADDRSTRLEN];

	text[0] = '\0';
	for (uint32_t i = 0; i < a->count && a->kind != STREAM_UNIX && end < room; i++) {
		const struct sockaddr_storage *address = &a->addresses[i];
		const char * or = end > 0 ? " or " : "";

		/* What is for this machine passes its loopback interface, whatever address
		 * of its own it is sent to; a loopback address passes no other. */
		if (is_loopback(address) && !loopback)
			continue;
		write_host(address, host);
		if (is_any(address))
			end += (size_t)snprintf(text + end, room - end, "%stcp port %u", or,
						a->port);
		else
			end += (size_t)snprintf(text + end, room - end,
						"%s(host %s and tcp port %u)", or, host, a->port);
	}
	return end > 0 && end < room;
}
