/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream thread: it sends to every client what its socket takes, moves on those that are
 * too far behind, lets the ring thread have the room that nobody needs, and sleeps when there
 * is nothing to do.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "stream_hub.h"
#include "stream_socket.h"

#define DIAL_NS  NS_PER_SECOND
#define RETRY_MS 10

/* How long what is left may take at the end: of a capture altogether, of files as long as
 * some of it goes. */
#define DRAIN_NS (5 * NS_PER_SECOND)

/* --- clients that come and go ----------------------------------------------------- */

static void watch(struct stream_hub *hub, int fd, uint32_t events, void *client)
{
	struct epoll_event event = {.events = events, .data.ptr = client};

	epoll_ctl(hub->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* fd is taken. */
static void add_client(struct stream_hub *hub, int fd)
{
	struct stream_client *client;
	struct stream_mark mark;

	pthread_mutex_lock(&hub->lock);
	/* The ring thread appends from here on, at the earliest. */
	mark = stream_log_mark(&hub->log);
	client = stream_client_open(fd, hub->config.pcapng, hub->header, hub->header_bytes, &mark);
	if (client) {
		stream_socket_prepare(fd, client->peer, sizeof(client->peer));
		client->next = hub->clients;
		hub->clients = client;
		if (!client->next)
			stream_log_free(&hub->log, mark.head);
		atomic_fetch_add(&hub->listeners, 1);
	}
	pthread_mutex_unlock(&hub->lock);
	if (!client) {
		close(fd);
		return;
	}
	watch(hub, fd, EPOLLIN | EPOLLOUT | EPOLLET, client);
	stream_hub_say(hub, "%s connected", client->peer);
}

static void tell_end(struct stream_hub *hub, const struct stream_client *c)
{
	const uint64_t packets = c->packets, dropped = c->dropped;

	stream_hub_say(hub, "%s gone: %" PRIu64 " packet%s sent, %" PRIu64 " dropped%s%s", c->peer,
		       packets, PLURAL(packets), dropped, c->error ? ": " : "",
		       c->error ? strerror(c->error) : "");
}

static void remove_gone(struct stream_hub *hub, const struct stream_mark *mark)
{
	for (struct stream_client **at = &hub->clients; *at;) {
		struct stream_client *client = *at;

		if (!client->gone) {
			at = &client->next;
			continue;
		}
		stream_client_count(client, mark);
		pthread_mutex_lock(&hub->lock);
		*at = client->next;
		hub->ended.packets += client->packets;
		hub->ended.bytes += client->bytes;
		hub->ended.dropped += client->dropped;
		hub->ended_count++;
		atomic_fetch_sub(&hub->listeners, 1);
		pthread_mutex_unlock(&hub->lock);
		tell_end(hub, client);
		stream_client_close(client);
		hub->dial_due_ns = clock_monotonic() + DIAL_NS;
	}
}

static void accept_clients(struct stream_hub *hub)
{
	int fd;

	while ((fd = accept4(hub->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (atomic_load(&hub->listeners) < STREAM_CLIENTS_MOST) {
			add_client(hub, fd);
		} else {
			close(fd);
			stream_hub_say(hub, "a client was refused: there are %u",
				       STREAM_CLIENTS_MOST);
		}
	}
}

/* --- connecting --------------------------------------------------------------------- */

static void dial_failed(struct stream_hub *hub, int code)
{
	char name[STREAM_PEER_ROOM];

	stream_address_name(&hub->config.address->addresses[hub->dial], name, sizeof(name));
	if (!hub->dial_told)
		stream_hub_say(hub, "cannot connect to %s, tried again each second: %s", name,
			       strerror(code));
	hub->dial_told = true;
	/* All addresses in turn, and then a pause. */
	hub->dial = hub->dial + 1 < hub->config.address->count ? hub->dial + 1 : 0;
	hub->dial_due_ns = hub->dial > 0 ? 0 : clock_monotonic() + DIAL_NS;
}

static void dial_ended(struct stream_hub *hub)
{
	int code = 0, fd = hub->dial_fd;
	socklen_t bytes = sizeof(code);

	hub->dial_fd = -1;
	epoll_ctl(hub->epoll, EPOLL_CTL_DEL, fd, NULL);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &bytes) < 0)
		code = errno;
	if (code != 0) {
		close(fd);
		dial_failed(hub, code);
		return;
	}
	hub->dial_told = false;
	hub->dial = 0;
	add_client(hub, fd);
}

static void dial_when_due(struct stream_hub *hub)
{
	int fd;

	if (hub->listen_fd >= 0 || hub->dial_fd >= 0 || hub->clients ||
	    atomic_load(&hub->stop) != STREAM_RUNS || clock_monotonic() < hub->dial_due_ns)
		return;
	fd = stream_socket_connect(&hub->config.address->addresses[hub->dial]);
	if (fd < 0) {
		dial_failed(hub, -fd);
		return;
	}
	hub->dial_fd = fd;
	watch(hub, fd, EPOLLOUT, &hub->dial_fd);
}

/* --- one round ---------------------------------------------------------------------- */

/* True where some client would take more. */
static bool send_all(struct stream_hub *hub, const struct stream_mark *mark)
{
	/* Who takes all that it is given may be behind by what has come at once, as long as
	 * there is room. */
	const uint64_t most = hub->log.bytes - (hub->log.bytes - hub->config.queue_bytes) / 2;
	bool more = false;

	for (struct stream_client *client = hub->clients; client; client = client->next) {
		more |= stream_client_send(client, &hub->log, mark);
		if (!hub->config.patient)
			stream_client_skip(client, &hub->log, mark,
					   client->blocked ? hub->config.queue_bytes : most);
		stream_client_count(client, mark);
	}
	return more;
}

/* The ring thread may overwrite what every client has. */
static void free_passed(struct stream_hub *hub, const struct stream_mark *mark)
{
	const uint64_t one = 1;
	uint64_t tail = mark->head;

	for (struct stream_client *client = hub->clients; client; client = client->next)
		tail = client->boundary < tail ? client->boundary : tail;
	stream_log_free(&hub->log, tail);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&hub->waits) && atomic_exchange(&hub->waits, false))
		(void)!write(hub->room_fd, &one, sizeof(one));
}

/* Nothing is wanted of what they say; left unread it would have the connection reset. */
static void discard(struct stream_client *client)
{
	char bytes[4096];

	while (recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void handle(struct stream_hub *hub, const struct epoll_event *event)
{
	struct stream_client *client = event->data.ptr;
	uint64_t ignored;

	if (event->data.ptr == &hub->wake) {
		(void)!read(hub->wake, &ignored, sizeof(ignored));
	} else if (event->data.ptr == &hub->listen_fd) {
		accept_clients(hub);
	} else if (event->data.ptr == &hub->dial_fd) {
		dial_ended(hub);
	} else {
		if (event->events & EPOLLIN)
			discard(client);
		client->blocked = false;
		client->gone |= (event->events & (EPOLLERR | EPOLLHUP)) != 0;
	}
}

static int wait_ms(struct stream_hub *hub)
{
	const uint64_t now = clock_monotonic();

	if (atomic_load(&hub->stop) != STREAM_RUNS)
		return RETRY_MS;
	for (struct stream_client *client = hub->clients; client; client = client->next)
		if (client->retry)
			return RETRY_MS;
	if (hub->listen_fd >= 0 || hub->dial_fd >= 0 || hub->clients)
		return -1;
	return now >= hub->dial_due_ns ? 0 : (int)((hub->dial_due_ns - now) / NS_PER_MS + 1);
}

static void wait_for_more(struct stream_hub *hub, const struct stream_mark *mark, bool more)
{
	struct epoll_event events[64];
	int count, timeout = more ? 0 : wait_ms(hub);

	if (timeout != 0) {
		atomic_store_explicit(&hub->asleep, true, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
		if (stream_log_mark(&hub->log).head != mark->head)
			timeout = 0;
	}
	count = epoll_wait(hub->epoll, events, 64, timeout);
	atomic_store_explicit(&hub->asleep, false, memory_order_relaxed);
	for (struct stream_client *client = hub->clients; client; client = client->next) {
		client->blocked &= !client->retry;
		client->retry = false;
	}
	for (int i = 0; i < count; i++)
		handle(hub, &events[i]);
}

/* --- the end -------------------------------------------------------------------------- */

/* Whether all is sent, or has taken too long. */
static bool is_over(struct stream_hub *hub, const struct stream_mark *mark, uint64_t *until_ns,
		    uint64_t *sent)
{
	const int stop = atomic_load(&hub->stop);
	uint64_t bytes = 0;
	bool done = true;

	if (stop == STREAM_RUNS)
		return false;
	for (struct stream_client *client = hub->clients; client; client = client->next) {
		done &= stream_client_is_done(client, mark);
		bytes += client->bytes;
	}
	if (*until_ns == 0 || (hub->config.patient && bytes != *sent))
		*until_ns = clock_monotonic() + DRAIN_NS;
	*sent = bytes;
	return done || stop == STREAM_STOPS || clock_monotonic() >= *until_ns;
}

/* What did not get away is dropped. */
static void say_goodbye(struct stream_hub *hub, const struct stream_mark *mark)
{
	for (struct stream_client *client = hub->clients; client; client = client->next) {
		client->skipped += mark->packets - client->passed;
		client->passed = mark->packets;
		stream_client_count(client, mark);
		discard(client);
		shutdown(client->fd, SHUT_WR);
	}
}

void *stream_thread(void *context)
{
	struct stream_hub *hub = context;
	struct stream_mark mark;
	uint64_t until_ns = 0, sent = 0;
	bool more;

	watch(hub, hub->wake, EPOLLIN, &hub->wake);
	if (hub->listen_fd >= 0)
		watch(hub, hub->listen_fd, EPOLLIN, &hub->listen_fd);
	for (;;) {
		mark = stream_log_mark(&hub->log);
		more = send_all(hub, &mark);
		remove_gone(hub, &mark);
		free_passed(hub, &mark);
		if (is_over(hub, &mark, &until_ns, &sent))
			break;
		dial_when_due(hub);
		wait_for_more(hub, &mark, more);
	}
	say_goodbye(hub, &mark);
	return NULL;
}
