/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A caller may send garbage, half a line, or nothing, and may never read: all it gets for that
 * is its own end.
 */
#include "callers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "control/control.h"

#define FIRST_ROOM 512u

char *control_words(bool json, const char *text)
{
	char *words = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&words, &bytes);

	if (!out)
		return NULL;
	if (json) {
		fputs("{\"text\": ", out);
		json_write_string(out, text);
		fputs("}\n", out);
	} else {
		fprintf(out, "%s\n", text);
	}
	if (fclose(out) == 0)
		return words;
	free(words);
	return NULL;
}

void caller_answer(struct caller *c, enum control_verdict verdict, char *text)
{
	const size_t bytes = text ? strlen(text) : 0;
	char line[CONTROL_ANSWER_ROOM];

	control_answer_write(line, text ? verdict : CONTROL_FAILED, bytes);
	c->out_done = 0;
	c->out_bytes = strlen(line) + bytes;
	c->out = malloc(c->out_bytes);
	if (c->out) {
		memcpy(c->out, line, strlen(line));
		if (text)
			memcpy(c->out + strlen(line), text, bytes);
	} else {
		c->out_bytes = 0;
	}
	free(text);
	c->until_ns = clock_monotonic() + c->time_ns;
}

/* Room for more than there is. */
static bool make_room(struct caller *c)
{
	const size_t room = c->in_room ? 2 * c->in_room : FIRST_ROOM;
	char *in;

	if (c->in_bytes < c->in_room)
		return true;
	in = realloc(c->in, room);
	if (!in)
		return false;
	c->in = in;
	c->in_room = room;
	return true;
}

static enum caller_news refuse(struct caller *c, const char *text)
{
	caller_answer(c, CONTROL_FAILED, control_words(c->request.json, text));
	return CALLER_REFUSED;
}

/* The line is whole. */
static enum caller_news look_at_line(struct caller *c, size_t bytes)
{
	struct error err;

	c->in[bytes] = '\0';
	if (control_request_read(c->in, bytes, &c->request, &err) < 0)
		return refuse(c, err.text);
	return CALLER_ASKED;
}

enum caller_news caller_read(struct caller *c)
{
	const char *end;
	ssize_t n;

	if (c->in_bytes >= CONTROL_REQUEST_MOST)
		return refuse(c, "the request is too long");
	if (!make_room(c))
		return refuse(c, strerror(ENOMEM));
	n = recv(c->fd, c->in + c->in_bytes, c->in_room - c->in_bytes, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? CALLER_MORE : CALLER_GONE;
	if (n == 0)
		return CALLER_GONE;
	end = memchr(c->in + c->in_bytes, '\n', (size_t)n);
	c->in_bytes += (size_t)n;
	return end ? look_at_line(c, (size_t)(end - c->in)) : CALLER_MORE;
}

bool caller_write(struct caller *c)
{
	ssize_t n;

	while (c->out_done < c->out_bytes) {
		n = send(c->fd, c->out + c->out_done, c->out_bytes - c->out_done,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->out_done += (size_t)n;
	}
	return false;
}

bool caller_may(int fd, uid_t uid)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
	       (peer.uid == 0 || peer.uid == uid);
}

void caller_close(struct caller *c)
{
	close(c->fd);
	free(c->in);
	free(c->out);
	*c = (struct caller){.fd = -1};
}
