/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_hub.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "stream_socket.h"

#define SLACK_LEAST (UINT64_C(16) << 20)

static bool listens(const struct sink_stream_config *config)
{
	return config->address->kind != STREAM_CONNECT;
}

int stream_hub_open(struct stream_hub *hub, const struct sink_stream_config *config,
		    struct error *err)
{
	/* What a client may be behind, and room for some blocks that come in meanwhile. */
	const uint64_t bytes =
		config->queue_bytes +
		(config->queue_bytes / 2 > SLACK_LEAST ? config->queue_bytes / 2 : SLACK_LEAST);
	int rc;

	*hub = (struct stream_hub){
		.config = *config,
		.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.listen_fd = -1,
		.dial_fd = -1,
	};
	pthread_mutex_init(&hub->lock, NULL);
	if (hub->wake < 0 || hub->room_fd < 0 || hub->epoll < 0)
		return error_system(err, errno, "%s: start a stream", config->address->text);
	rc = stream_log_open(&hub->log, bytes);
	if (rc < 0)
		return error_system(err, -rc, "%s: %llu bytes for packets that wait",
				    config->address->text, (unsigned long long)bytes);
	if (!listens(config))
		return 0;
	rc = stream_socket_listen(config->address, err);
	if (rc < 0)
		return rc;
	hub->listen_fd = rc;
	if (config->address->kind == STREAM_UNIX)
		hub->file = stream_socket_file_at(config->address->path);
	return 0;
}

int stream_hub_start(struct stream_hub *hub, void *(*run)(void *hub), struct error *err)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&hub->thread, NULL, run, hub);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	hub->started = rc == 0;
	return rc == 0 ? 0 : error_system(err, rc, "%s: start a thread", hub->config.address->text);
}

static void ring(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void end_thread(struct stream_hub *hub, int stop)
{
	if (!hub->started)
		return;
	atomic_store(&hub->stop, stop);
	ring(hub->wake);
	pthread_join(hub->thread, NULL);
	hub->started = false;
}

void stream_hub_finish(struct stream_hub *hub)
{
	end_thread(hub, atomic_load(&hub->stop) == STREAM_STOPS ? STREAM_STOPS : STREAM_DRAINS);
}

void stream_hub_abandon(struct stream_hub *hub)
{
	atomic_store(&hub->stop, STREAM_STOPS);
	ring(hub->wake);
}

void stream_hub_close(struct stream_hub *hub)
{
	end_thread(hub, STREAM_STOPS);
	while (hub->clients) {
		struct stream_client *client = hub->clients;

		hub->clients = client->next;
		stream_client_close(client);
	}
	if (hub->listen_fd >= 0 && hub->config.address->kind == STREAM_UNIX)
		stream_socket_remove(hub->config.address->path, &hub->file);
	for (int *fd = (int[]){hub->wake, hub->room_fd, hub->epoll, hub->listen_fd, hub->dial_fd},
		 i = 0;
	     i < 5; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	stream_log_close(&hub->log);
	pthread_mutex_destroy(&hub->lock);
	free(hub->header);
}

int stream_hub_add_header(struct stream_hub *hub, const uint8_t *bytes, size_t count,
			  uint64_t packets, uint64_t lost)
{
	uint8_t *to = NULL;
	int rc = 1;

	/* A client comes with the old header before this, and gets it in the log, or with
	 * the new one behind it. */
	pthread_mutex_lock(&hub->lock);
	if (hub->header_bytes + count > hub->header_room) {
		uint8_t *more = realloc(hub->header, hub->header_bytes + count);

		if (more) {
			hub->header = more;
			hub->header_room = hub->header_bytes + count;
		} else {
			rc = -ENOMEM;
		}
	}
	if (rc > 0 && atomic_load(&hub->listeners) > 0) {
		to = stream_log_room(&hub->log, count);
		rc = to != NULL;
	}
	if (rc > 0) {
		memcpy(hub->header + hub->header_bytes, bytes, count);
		hub->header_bytes += count;
	}
	if (to) {
		memcpy(to, bytes, count);
		hub->log.end += count;
		stream_hub_publish(hub, packets, lost);
	}
	pthread_mutex_unlock(&hub->lock);
	return rc;
}

void stream_hub_publish(struct stream_hub *hub, uint64_t packets, uint64_t lost)
{
	stream_log_publish(&hub->log, packets, lost);
	/* The thread says that it sleeps, and looks once more: one of the two sees what the
	 * other has written. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&hub->asleep, memory_order_relaxed))
		ring(hub->wake);
}

void stream_hub_say(struct stream_hub *hub, const char *format, ...)
{
	char text[512];
	int length;
	va_list arguments;

	length = snprintf(text, sizeof(text), "%s: ", hub->config.address->text);
	if (length < 0 || (size_t)length >= sizeof(text))
		return;
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);
	hub->config.note(hub->config.context, NOTE_CLIENT, text);
}
