/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers: texts, what a worker writes, and segments.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "server_parts.h"

#define PIECE_BYTES (128u * 1024)
#define ETAG_ROOM   64u

static enum MHD_Result send_response(struct exchange *x, unsigned status,
				     struct MHD_Response *response, const char *type)
{
	enum MHD_Result rc;

	if (!response)
		return MHD_NO;
	x->state = EXCHANGE_ANSWERED;
	x->status = status;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	rc = MHD_queue_response(x->connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

enum MHD_Result answer_error(struct exchange *x, unsigned status, const char *text)
{
	char *line = NULL;
	const int bytes = asprintf(&line, "%s\n", text);

	if (bytes < 0)
		return MHD_NO;
	*(status < 500 ? &x->server->counts.refused : &x->server->counts.failed) += 1;
	return send_response(x, status,
			     MHD_create_response_from_buffer((size_t)bytes, line,
							     MHD_RESPMEM_MUST_FREE),
			     "text/plain; charset=utf-8");
}

enum MHD_Result answer_text(struct exchange *x, const char *type, char *text, size_t bytes)
{
	x->bytes = bytes;
	return send_response(x, MHD_HTTP_OK,
			     MHD_create_response_from_buffer(bytes, text, MHD_RESPMEM_MUST_FREE),
			     type);
}

/* --- a piece after the other ------------------------------------------------------------ */

static ssize_t await_rate(struct exchange *x)
{
	exchange_suspend(x, false);
	x->wake_ns = x->server->rate.ready_ns;
	return 0;
}

static void count_sent(struct exchange *x, ssize_t bytes)
{
	x->bytes += (uint64_t)bytes;
	rate_take(&x->server->rate, (size_t)bytes, clock_monotonic());
}

/* All was read, or nothing is there yet. */
static ssize_t at_end(struct exchange *x, bool ended)
{
	struct error err;

	if (ended && x->worker.pid == 0) {
		if (worker_result(&x->worker, &err) == 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
		log_say(x->server->config.log, NOTE_DISK, NULL, "%s: %s",
			serve_kind_name(x->request.kind), err.text);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	/* Then its exit status is waited for. */
	exchange_suspend(x, !ended);
	return 0;
}

static ssize_t read_worker(void *context, uint64_t at, char *buffer, size_t room)
{
	struct exchange *x = context;
	const size_t most = rate_allows(&x->server->rate, room, clock_monotonic());
	ssize_t bytes;

	(void)at;
	if (x->gone || x->late)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (most == 0)
		return await_rate(x);
	bytes = read(x->worker.out, buffer, most);
	if (bytes < 0 && errno != EAGAIN)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (bytes <= 0)
		return at_end(x, bytes == 0);
	count_sent(x, bytes);
	return bytes;
}

enum MHD_Result answer_stream(struct exchange *x, const char *type)
{
	return send_response(x, MHD_HTTP_OK,
			     MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_BYTES,
							       read_worker, x, NULL),
			     type);
}

/* --- a segment ------------------------------------------------------------------------- */

/* With a rate, as sendfile takes no such bound, and by TLS, where there is none. */
static ssize_t read_file(void *context, uint64_t at, char *buffer, size_t room)
{
	struct exchange *x = context;
	const size_t most = rate_allows(&x->server->rate, room, clock_monotonic());
	ssize_t bytes;

	if (x->gone || x->late)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (most == 0)
		return await_rate(x);
	bytes = pread(x->file, buffer, most, (off_t)(x->offset + at));
	if (bytes <= 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	count_sent(x, bytes);
	return bytes;
}

/* The descriptor is the response's, or the exchange's. */
static struct MHD_Response *make_response(struct exchange *x, int fd, uint64_t offset,
					  uint64_t bytes)
{
	struct MHD_Response *response;

	if (x->server->rate.bytes_per_second > 0 || x->server->config.tls.cert) {
		x->file = fd;
		x->offset = offset;
		return MHD_create_response_from_callback(bytes, PIECE_BYTES, read_file, x, NULL);
	}
	x->bytes = bytes;
	response = MHD_create_response_from_fd_at_offset64(bytes, fd, offset);
	if (!response)
		close(fd);
	return response;
}

static enum MHD_Result answer_no_range(struct exchange *x, int fd, uint64_t size)
{
	struct MHD_Response *response;
	char range[64];

	close(fd);
	x->server->counts.refused++;
	snprintf(range, sizeof(range), "bytes */%" PRIu64, size);
	response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	return send_response(x, MHD_HTTP_RANGE_NOT_SATISFIABLE, response, "text/plain");
}

static const char *header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* 1, 0 or -ERANGE, as serve_range_parse; another state of the file is sent whole. */
static int choose_range(const struct exchange *x, const char *etag, uint64_t size, uint64_t *offset,
			uint64_t *bytes)
{
	const char *only_of = header(x, MHD_HTTP_HEADER_IF_RANGE);
	int rc = 0;

	*offset = 0;
	*bytes = size;
	if (!only_of || strcmp(only_of, etag) == 0)
		rc = serve_range_parse(header(x, MHD_HTTP_HEADER_RANGE), size, offset, bytes);
	return rc;
}

static enum MHD_Result send_file(struct exchange *x, int fd, const struct stat *st)
{
	const uint64_t size = (uint64_t)st->st_size;
	char etag[ETAG_ROOM], range[96];
	struct MHD_Response *response;
	uint64_t offset, bytes;
	int part;

	snprintf(etag, sizeof(etag), "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"",
		 (uint64_t)st->st_ino, size,
		 (uint64_t)st->st_mtim.tv_sec * NS_PER_SECOND + (uint64_t)st->st_mtim.tv_nsec);
	part = choose_range(x, etag, size, &offset, &bytes);
	if (part < 0)
		return answer_no_range(x, fd, size);
	(void)posix_fadvise(fd, (off_t)offset, (off_t)bytes, POSIX_FADV_SEQUENTIAL);
	response = make_response(x, fd, offset, bytes);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
	if (part > 0) {
		snprintf(range, sizeof(range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, offset,
			 offset + bytes - 1, size);
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	}
	return send_response(x, part > 0 ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response,
			     "application/octet-stream");
}

enum MHD_Result answer_segment(struct exchange *x)
{
	const struct server_config *config = &x->server->config;
	const int fd = config->open_segment(config->context, x->request.name);
	struct error err;
	struct stat st;

	if (fd == -ENOENT)
		return answer_error(x, MHD_HTTP_NOT_FOUND, "there is no such segment");
	if (fd < 0) {
		error_system(&err, -fd, "%s", x->request.name);
		return answer_error(x, MHD_HTTP_INTERNAL_SERVER_ERROR, err.text);
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return send_file(x, fd, &st);
	close(fd);
	return answer_error(x, MHD_HTTP_NOT_FOUND, "there is no such segment");
}
