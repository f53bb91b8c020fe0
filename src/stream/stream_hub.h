/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the records of one -w are handed from the ring thread to the clients: the log, the
 * stream thread that sends, accepts and connects, and the header that clients begin with.
 *
 * Threads: as said.
 */
#ifndef WIRETAPE_STREAM_HUB_H
#define WIRETAPE_STREAM_HUB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "stream/sink_stream.h"
#include "stream_client.h"
#include "stream_log.h"
#include "stream_socket.h"

enum stream_stop { STREAM_RUNS, STREAM_DRAINS, STREAM_STOPS };

struct stream_hub {
	struct sink_stream_config config;
	struct stream_log log;
	int wake;    /* an eventfd: of the stream thread */
	int room_fd; /* an eventfd, written when a ring thread that waits should ask again */
	int epoll;
	int listen_fd;                  /* -1: it connects */
	struct stream_socket_file file; /* of a Unix socket */
	pthread_t thread;
	bool started;
	_Atomic int stop; /* enum stream_stop */
	_Atomic bool asleep;
	_Atomic bool waits;         /* the ring thread, for room or a client */
	_Atomic uint32_t listeners; /* clients */
	_Atomic uint64_t unheard;   /* packets that nobody was there for */

	/* The stream thread's: */
	int dial_fd;          /* is being connected; -1 */
	uint32_t dial;        /* the address that is next */
	uint64_t dial_due_ns; /* CLOCK_MONOTONIC; when */
	bool dial_told;       /* that it could not */

	pthread_mutex_t lock; /* of what follows */
	uint8_t *header;
	size_t header_bytes, header_room;
	struct stream_client *clients; /* changed by the stream thread alone */
	struct status_client ended;
	uint64_t ended_count;
};

/* Control thread. 0 or -errno. */
int stream_hub_open(struct stream_hub *hub, const struct sink_stream_config *config,
		    struct error *err);
/* run: stream_thread. */
int stream_hub_start(struct stream_hub *hub, void *(*run)(void *hub), struct error *err);

/* Control thread, ring thread gone: sends what there is, for a bounded time, and ends the
 * thread. */
void stream_hub_finish(struct stream_hub *hub);

/* Any thread: that is not waited for any more. */
void stream_hub_abandon(struct stream_hub *hub);

void stream_hub_close(struct stream_hub *hub);

/* Adds to what clients begin with; those that are there get it in the log, if there is room:
 * else false, and nothing is done. Ring thread, between records, or before there is one; may
 * allocate: -ENOMEM. 1: done. 0: no room. */
int stream_hub_add_header(struct stream_hub *hub, const uint8_t *bytes, size_t count,
			  uint64_t packets, uint64_t lost);

/* Ring thread: what is appended goes out. */
void stream_hub_publish(struct stream_hub *hub, uint64_t packets, uint64_t lost);

/* The stream thread; context is a hub. (In stream_thread.c.) */
void *stream_thread(void *context);

/* Lines about clients. Stream thread. */
void stream_hub_say(struct stream_hub *hub, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
