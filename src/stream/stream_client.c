/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream_record.h"

/* Sent in one call, so that one client does not keep the others waiting. */
#define SEND_MOST (1024u * 1024)

struct stream_client *stream_client_open(int fd, bool pcapng, const uint8_t *header, size_t bytes,
					 const struct stream_mark *mark)
{
	struct stream_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->owed = malloc(bytes);
	if (!c->owed) {
		free(c);
		return NULL;
	}
	memcpy(c->owed, header, bytes);
	c->owed_end = c->owed_room = bytes;
	c->fd = fd;
	c->pcapng = pcapng;
	c->joined = *mark;
	c->at = c->boundary = mark->head;
	c->passed = mark->packets;
	return c;
}

void stream_client_close(struct stream_client *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c->owed);
	free(c);
}

/* Room behind what is owed; null: the client cannot go on. */
static uint8_t *owe(struct stream_client *c, size_t bytes)
{
	uint8_t *more;

	if (c->owed_at > 0) {
		c->owed_end -= c->owed_at;
		memmove(c->owed, c->owed + c->owed_at, c->owed_end);
		c->owed_at = 0;
	}
	if (c->owed_end + bytes > c->owed_room) {
		more = realloc(c->owed, c->owed_end + bytes);
		if (!more) {
			c->gone = true;
			c->error = ENOMEM;
			return NULL;
		}
		c->owed = more;
		c->owed_room = c->owed_end + bytes;
	}
	more = c->owed + c->owed_end;
	c->owed_end += bytes;
	return more;
}

/* Bytes that went; 0: none do now. */
static size_t send_some(struct stream_client *c, const uint8_t *data, size_t bytes)
{
	ssize_t sent;

	do
		sent = send(c->fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		atomic_fetch_add_explicit(&c->bytes, (uint64_t)sent, memory_order_relaxed);
		return (size_t)sent;
	}
	c->blocked = true;
	/* Of these epoll tells nothing when they pass. */
	c->retry = errno == ENOBUFS || errno == ENOMEM;
	if (errno != EAGAIN && !c->retry) {
		c->gone = true;
		c->error = errno == EPIPE || errno == ECONNRESET ? 0 : errno;
	}
	return 0;
}

/* False where some of it is left. */
static bool send_owed(struct stream_client *c)
{
	while (c->owed_at < c->owed_end && !c->blocked)
		c->owed_at += send_some(c, c->owed + c->owed_at, c->owed_end - c->owed_at);
	if (c->owed_at < c->owed_end)
		return false;
	c->owed_at = c->owed_end = 0;
	return true;
}

/* The record at the boundary is done with. */
static void pass(struct stream_client *c, size_t bytes, bool packet)
{
	c->boundary += bytes;
	c->passed += packet;
}

static void follow(struct stream_client *c, const struct stream_log *log)
{
	while (c->boundary < c->at) {
		bool packet;
		size_t bytes =
			stream_record_bytes(stream_log_at(log, c->boundary), c->pcapng, &packet);

		if (c->boundary + bytes > c->at)
			break;
		pass(c, bytes, packet);
	}
}

/* The next packet tells what was dropped in front of it. True where that is owed now. */
static bool tell_gap(struct stream_client *c, const struct stream_log *log,
		     const struct stream_mark *mark)
{
	while (c->gap > 0 && c->boundary < mark->head) {
		const uint8_t *record = stream_log_at(log, c->boundary);
		bool packet;
		size_t bytes = stream_record_bytes(record, true, &packet);
		uint8_t *to = owe(c, bytes + STREAM_RECORD_MORE);

		if (!to)
			return false;
		c->owed_end -= STREAM_RECORD_MORE;
		if (packet)
			c->owed_end += stream_record_tell_drops(to, record, c->gap) - bytes;
		else
			memcpy(to, record, bytes);
		c->gap = packet ? 0 : c->gap;
		pass(c, bytes, packet);
		c->at = c->boundary;
	}
	return c->owed_at < c->owed_end;
}

bool stream_client_send(struct stream_client *c, const struct stream_log *log,
			const struct stream_mark *mark)
{
	size_t bytes, sent;

	if (c->gone || c->blocked || !send_owed(c))
		return false;
	if (tell_gap(c, log, mark))
		return true;
	if (c->gone || c->at == mark->head)
		return false;
	bytes = mark->head - c->at < SEND_MOST ? (size_t)(mark->head - c->at) : SEND_MOST;
	sent = send_some(c, stream_log_at(log, c->at), bytes);
	c->at += sent;
	if (c->at == mark->head) {
		c->boundary = mark->head;
		c->passed = mark->packets;
		return false;
	}
	follow(c, log);
	return !c->blocked;
}

void stream_client_skip(struct stream_client *c, const struct stream_log *log,
			const struct stream_mark *mark, uint64_t most_bytes)
{
	if (c->gone || mark->head - c->boundary <= most_bytes)
		return;
	while (!c->gone && mark->head - c->boundary > most_bytes - most_bytes / 4) {
		const uint8_t *record = stream_log_at(log, c->boundary);
		bool packet;
		size_t bytes = stream_record_bytes(record, c->pcapng, &packet);
		const size_t begun = (size_t)(c->at - c->boundary);
		uint8_t *to;

		if (begun == 0 && packet) {
			c->skipped++;
			c->gap += c->pcapng;
		} else {
			/* Its rest; or a block that those behind it need. */
			to = owe(c, bytes - begun);
			if (to)
				memcpy(to, record + begun, bytes - begun);
		}
		pass(c, bytes, packet);
		c->at = c->boundary;
	}
}

bool stream_client_is_done(const struct stream_client *c, const struct stream_mark *mark)
{
	return c->gone || (c->at == mark->head && c->owed_at == c->owed_end);
}

void stream_client_count(struct stream_client *c, const struct stream_mark *mark)
{
	atomic_store_explicit(&c->packets, c->passed - c->joined.packets - c->skipped,
			      memory_order_relaxed);
	atomic_store_explicit(&c->dropped, c->skipped + mark->lost - c->joined.lost,
			      memory_order_relaxed);
}
