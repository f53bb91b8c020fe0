/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that packets are sent to: it is somewhere in the log, and never waited for. One
 * that falls behind by more than its share is moved forward, over whole packets, which are
 * counted; in pcapng the next packet tells of them.
 *
 * What is dropped is the oldest that has waited, not the newest: so all clients read one
 * memory, and what a slow one gets is of late, not of long ago.
 *
 * Threads: the stream thread; the counters are read by any.
 */
#ifndef WIRETAPE_STREAM_CLIENT_H
#define WIRETAPE_STREAM_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream_log.h"

#define STREAM_PEER_ROOM 80

struct stream_client {
	struct stream_client *next;
	int fd;
	bool pcapng;
	char peer[STREAM_PEER_ROOM];
	uint64_t at;       /* the next byte of the log to be sent */
	uint64_t boundary; /* the last end of a record up to there */
	uint64_t passed;   /* packets before that boundary */
	struct stream_mark joined;
	uint64_t skipped; /* packets that were moved over */
	uint64_t gap;     /* of them, those that are not told of yet */
	/* What goes out before that: headers, the rest of a record. */
	uint8_t *owed;
	size_t owed_at, owed_end, owed_room;
	bool blocked; /* the socket takes no more */
	bool retry;   /* and does not say when: ask again */
	bool gone;
	int error; /* why; 0: the other end closed it */
	_Atomic uint64_t bytes, packets, dropped;
};

/* fd becomes the client's, header (copied) is the first it gets. Null without memory, and
 * fd is the caller's. */
struct stream_client *stream_client_open(int fd, bool pcapng, const uint8_t *header, size_t bytes,
					 const struct stream_mark *mark);
void stream_client_close(struct stream_client *client);

/* Sends as much as goes at once, up to mark. True where there is more that could go. */
bool stream_client_send(struct stream_client *client, const struct stream_log *log,
			const struct stream_mark *mark);

/* Moves a client that is further behind mark than that many bytes to within three quarters
 * of it. */
void stream_client_skip(struct stream_client *client, const struct stream_log *log,
			const struct stream_mark *mark, uint64_t most_bytes);

/* Whether it has all up to mark. */
bool stream_client_is_done(const struct stream_client *client, const struct stream_mark *mark);

/* Brings the counters up to date. */
void stream_client_count(struct stream_client *client, const struct stream_mark *mark);

#endif
