/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who listens may be anybody: an answer has a bound, and a time.
 */
#include "control/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control.h"
#include "socket.h"

/* For the whole of it. */
#define WAIT_MS     30000u
#define ANSWER_MOST (UINT64_C(16) << 20)

static int refuse(const char *path, int rc, struct error *err)
{
	switch (rc) {
	case -ENOENT:
	case -ENOTSOCK:
		error_set(err, ENOENT, "%s: no recorder listens there", path);
		return -ENOENT;
	case -ECONNREFUSED:
		return error_set(err, ECONNREFUSED, "%s: no recorder listens there any more", path);
	case -EACCES:
	case -EPERM:
		return error_set(err, EACCES,
				 "%s: only root and the user that the recorder runs as may ask",
				 path);
	case -EAGAIN:
		return error_set(err, ETIMEDOUT, "%s: no answer within %u s", path, WAIT_MS / 1000);
	case -ENODATA:
	case -ECONNRESET:
		return error_set(err, ECONNRESET, "%s: it ended before it had answered", path);
	case -EPROTO:
		return error_set(err, EPROTO,
				 "%s: what answers there is no wiretape, or another "
				 "version of it",
				 path);
	default:
		return error_system(err, -rc, "%s", path);
	}
}

static int connect_to(const char *path, struct error *err)
{
	struct socket_place place = {.dir = -1};
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return refuse(path, -errno, err);
	rc = socket_place_open(path, S_ISDIR(st.st_mode), &place, err);
	if (rc == 0 && (rc = socket_connect(&place, WAIT_MS)) < 0)
		rc = refuse(path, rc, err);
	socket_place_close(&place);
	return rc;
}

/* 0 or -errno. */
static int send_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = send(fd, text, left, MSG_NOSIGNAL);
		/* It may be answered before all of it is read. */
		if (n < 0 && errno == EPIPE)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Reads exactly so many. 0 or -errno. */
static int read_all(int fd, char *to, size_t bytes, uint64_t until_ns)
{
	ssize_t n;

	while (bytes > 0) {
		n = recv(fd, to, bytes, 0);
		if (n == 0)
			return -ENODATA;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (clock_monotonic() > until_ns)
			return -EAGAIN;
		to += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int read_answer(int fd, struct control_answer *answer)
{
	const uint64_t until_ns = clock_monotonic() + WAIT_MS * NS_PER_MS;
	char line[CONTROL_ANSWER_ROOM];
	size_t length = 0, bytes;
	int rc = 0;

	while (rc == 0 && length + 1 < sizeof(line) && (length == 0 || line[length - 1] != '\n'))
		rc = read_all(fd, &line[length++], 1, until_ns);
	if (rc < 0)
		return rc;
	line[length] = '\0';
	if (!control_answer_read(line, &answer->verdict, &bytes) || bytes > ANSWER_MOST)
		return -EPROTO;
	answer->text = calloc(1, bytes + 1);
	if (!answer->text)
		return -ENOMEM;
	rc = read_all(fd, answer->text, bytes, until_ns);
	if (rc < 0) {
		free(answer->text);
		answer->text = NULL;
	}
	return rc;
}

int control_ask(const char *path, const struct control_request *request,
		struct control_answer *answer, struct error *err)
{
	char *line = control_request_write(request);
	int fd, rc;

	answer->text = NULL;
	if (!line)
		return error_system(err, ENOMEM, "%s", path);
	fd = connect_to(path, err);
	if (fd < 0) {
		free(line);
		return fd;
	}
	rc = send_all(fd, line);
	if (rc == 0)
		rc = read_answer(fd, answer);
	if (rc < 0)
		rc = refuse(path, rc, err);
	close(fd);
	free(line);
	return rc;
}
