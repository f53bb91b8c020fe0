/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One buffer for files, pipes and memory. A pipe is read once for each call,
 * so that what has come is given at once.
 */
#include "reader_input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "reader_ahead.h"
#include "system/nowait.h"

/* Of a file that only a part is wanted of: what is read beyond that is lost. */
#define CHUNK_SOUGHT_BYTES (64u * 1024)

static void use_window(struct reader_input *input, struct reader_window *window)
{
	input->window = window;
	input->buffer = window->bytes;
	input->room = window->room;
}

static int start(struct reader_input *input, int fd, const char *name, size_t room,
		 struct error *err)
{
	struct reader_window *window = reader_window_new(NULL, room);

	*input = (struct reader_input){.fd = fd,
				       .name = strdup(name),
				       .limit = UINT64_MAX,
				       .chunk = READER_WINDOW_BYTES};
	if (window)
		use_window(input, window);
	if (input->name && window)
		return 0;
	reader_input_close(input);
	return error_system(err, ENOMEM, "%s", name);
}

int reader_input_open(struct reader_input *input, int fd, const char *name, struct error *err)
{
	int rc = start(input, fd, name, READER_WINDOW_BYTES, err);
	struct stat st;
	off_t at;

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0) {
		rc = error_system(err, errno, "%s", name);
		reader_input_close(input);
		return rc;
	}
	input->regular = S_ISREG(st.st_mode);
	input->pipe = !input->regular;
	if (!input->regular)
		return 0;
	input->handle = reader_handle_new(fd);
	if (!input->handle) {
		reader_input_close(input);
		return error_system(err, ENOMEM, "%s", name);
	}
	at = lseek(fd, 0, SEEK_CUR);
	input->start = input->offset = at > 0 ? (uint64_t)at : 0;
	input->bytes = (uint64_t)st.st_size;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

void reader_input_use(struct reader_input *input, struct reader_ahead *ahead)
{
	if (input->ahead == ahead)
		return;
	reader_scan_close(input->scan);
	input->scan = NULL;
	input->ahead = input->handle && !input->packed ? ahead : NULL;
	input->look = 0;
}

int reader_input_open_memory(struct reader_input *input, const void *data, size_t bytes,
			     const char *name, struct error *err)
{
	int rc = start(input, -1, name, bytes, err);

	if (rc < 0)
		return rc;
	if (bytes > 0)
		memcpy(input->buffer, data, bytes);
	input->end = bytes;
	input->bytes = bytes;
	input->regular = input->ended = true;
	return 0;
}

/* --- reading ---------------------------------------------------------------------- */

/* The window is let go of: where its bytes are who keeps it may want to know. */
static void leave_window(struct reader_input *input)
{
	struct reader_window *window = input->window;

	if (window && window->refs > 1)
		window->place = (struct reader_place){
			.handle = input->packed ? NULL : reader_handle_get(input->handle),
			.offset = input->offset,
			.bytes = input->end,
			.at = (size_t)(input->buffer - window->bytes),
		};
	reader_window_put(window);
}

/* Goes on in another window of that room, with what is unread. */
static int change_window(struct reader_input *input, size_t room, struct error *err)
{
	struct reader_window *window = reader_window_new(input->pool, room);

	if (!window)
		return error_system(err, ENOMEM, "%s", input->name);
	memcpy(window->bytes, input->buffer + input->at, reader_input_have(input));
	leave_window(input);
	use_window(input, window);
	return 0;
}

/* Moves what is unread to the front of a window that has room for need. */
static int make_room(struct reader_input *input, size_t need, struct error *err)
{
	const bool shared = input->window->refs > 1;
	size_t have = reader_input_have(input), room = shared ? READER_WINDOW_BYTES : input->room;
	int rc = 0;

	/* What somebody keeps stays where it is. */
	if (shared && need <= input->room - input->at)
		return 0;
	while (room < need)
		room *= 2;
	if (shared || room > input->room)
		rc = change_window(input, room, err);
	else if (input->at > 0)
		memmove(input->buffer, input->buffer + input->at, have);
	if (rc < 0)
		return rc;
	input->offset += input->at;
	input->at = 0;
	input->end = have;
	return 0;
}

/* Where in the file reading goes on. */
static uint64_t read_from(const struct reader_input *input)
{
	return input->offset + input->end;
}

/* Reads once: 0, also at the end, or -errno. */
static int read_more(struct reader_input *input, struct error *err)
{
	const uint64_t from = read_from(input);
	size_t bytes = input->room - input->end;
	ssize_t n;

	if (bytes > input->chunk)
		bytes = input->chunk;
	if (bytes > input->limit - from)
		bytes = (size_t)(input->limit - from);
	if (bytes == 0)
		n = 0;
	else if (input->packed)
		n = reader_packed_read(input->packed, input->buffer + input->end, bytes, err);
	else if (!input->regular)
		n = nowait_read(input->fd, input->buffer + input->end, bytes);
	else if ((n = pread(input->fd, input->buffer + input->end, bytes, (off_t)from)) < 0)
		n = -errno;
	if (n < 0 && input->packed)
		return (int)n;
	if (n == -EINTR && input->regular)
		return 0;
	if (n == -EINTR || n == -EAGAIN)
		return error_system(err, (int)-n, "%s", input->name);
	if (n < 0)
		return error_system(err, (int)-n, "%s: read at byte %llu", input->name,
				    (unsigned long long)from);
	if (n == 0)
		input->ended = true;
	input->end += (size_t)n;
	return 0;
}

void reader_input_begin(struct reader_input *input)
{
	const uint64_t from = read_from(input);
	const uint64_t end = input->limit < input->bytes ? input->limit : input->bytes;

	if (!input->ahead || input->scan || input->ended || from < input->look)
		return;
	input->look = from + READER_STRETCH_BYTES;
	if (reader_scan_open(input->ahead, input->handle, from, end, &input->scan) ==
	    READER_SCAN_NEVER)
		input->ahead = NULL;
}

/* The stretch has ended, or something is not as it should be: pread() will tell. */
static void end_scan(struct reader_input *input, bool never)
{
	reader_scan_close(input->scan);
	input->scan = NULL;
	if (never)
		input->ahead = NULL;
	input->look = read_from(input);
}

/* The window is left for that of a block, in front of which what is unread finds room. */
static void enter_block(struct reader_input *input, const struct reader_block *block, size_t keep)
{
	const uint64_t at = reader_input_offset(input);

	memcpy(block->data - keep, reader_input_at(input), keep);
	leave_window(input);
	use_window(input, block->window);
	input->buffer = block->data - keep;
	input->room -= (size_t)(input->buffer - block->window->bytes);
	input->offset = block->offset - keep;
	input->at = (size_t)(at - input->offset);
	input->end = keep + block->bytes;
}

/* A record that is longer than that room, in a window of its own. 0 or -errno. */
static int add_block(struct reader_input *input, const struct reader_block *block,
		     struct error *err)
{
	const size_t known = (size_t)(read_from(input) - block->offset);
	int rc = make_room(input, reader_input_have(input) + block->bytes - known, err);

	if (rc == 0) {
		memcpy(input->buffer + input->end, block->data + known, block->bytes - known);
		input->end += block->bytes - known;
	}
	reader_window_put(block->window);
	return rc;
}

/* Goes on with the next block of the scan. 0 or -errno. */
static int take_block(struct reader_input *input, struct error *err)
{
	const uint64_t at = reader_input_offset(input);
	struct reader_block block;
	bool never;

	if (reader_scan_next(input->scan, &block, &never) == 0) {
		end_scan(input, never);
		return 0;
	}
	if (block.bytes > input->limit - block.offset)
		block.bytes = (size_t)(input->limit - block.offset);
	/* The file has become shorter. */
	if (block.offset + block.bytes <= read_from(input)) {
		reader_window_put(block.window);
		end_scan(input, true);
		return 0;
	}
	if (at < block.offset && block.offset - at > READER_KEPT_MOST)
		return add_block(input, &block, err);
	enter_block(input, &block, at < block.offset ? (size_t)(block.offset - at) : 0);
	return 0;
}

int reader_input_need(struct reader_input *input, size_t need, struct error *err)
{
	int rc = 0;

	if (reader_input_have(input) >= need)
		return 1;
	reader_input_begin(input);
	while (rc == 0 && input->scan && reader_input_have(input) < need)
		rc = take_block(input, err);
	if (rc == 0 && reader_input_have(input) >= need)
		return 1;
	if (rc == 0 && !input->ended)
		rc = make_room(input, need, err);
	while (rc == 0 && !input->ended && reader_input_have(input) < need)
		rc = read_more(input, err);
	return rc < 0 ? rc : reader_input_have(input) >= need;
}

int reader_input_await(int fd, uint64_t until_ns)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	uint64_t now = clock_monotonic(), left_ms;
	int timeout_ms = -1;

	if (until_ns != UINT64_MAX) {
		left_ms = now < until_ns ? (until_ns - now) / NS_PER_MS + 1 : 0;
		timeout_ms = left_ms < INT_MAX ? (int)left_ms : INT_MAX;
	}
	return poll(&input, 1, timeout_ms) == 0 && clock_monotonic() >= until_ns ? -ETIMEDOUT : 0;
}

void reader_input_seek(struct reader_input *input, uint64_t offset)
{
	if (input->fd < 0) {
		input->at = offset < input->end ? (size_t)offset : input->end;
		return;
	}
	reader_input_use(input, NULL);
	input->chunk = CHUNK_SOUGHT_BYTES;
	(void)posix_fadvise(input->fd, 0, 0, POSIX_FADV_RANDOM);
	input->offset = offset;
	input->at = input->end = 0;
	input->ended = false;
}

void reader_input_pieces(struct reader_input *input, size_t bytes, bool ahead)
{
	input->chunk = bytes;
	if (input->fd >= 0)
		(void)posix_fadvise(input->fd, 0, 0,
				    ahead ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM);
}

void reader_input_limit(struct reader_input *input, uint64_t limit)
{
	if (input->limit == limit)
		return;
	input->limit = limit;
	end_scan(input, false);
	/* Of memory all there is lies in the window. */
	if (input->fd < 0)
		return;
	input->ended = false;
	if (limit - input->offset < input->end)
		input->end = (size_t)(limit - input->offset);
}

int reader_input_skip(struct reader_input *input, uint64_t offset, struct error *err)
{
	if (offset - input->offset <= input->end) {
		input->at = (size_t)(offset - input->offset);
		return 0;
	}
	end_scan(input, false);
	input->at = input->end;
	if (input->window->refs > 1) {
		int rc = change_window(input, READER_WINDOW_BYTES, err);

		if (rc < 0)
			return rc;
	}
	input->offset = offset;
	input->at = input->end = 0;
	input->look = offset;
	input->ended = false;
	return 0;
}

int reader_input_unpack(struct reader_input *input, struct error *err)
{
	const struct reader_packed_config config = {
		.fd = input->fd,
		.regular = input->regular,
		.offset = input->offset + input->end,
		.name = input->name,
		.head = reader_input_at(input),
		.head_bytes = reader_input_have(input),
	};
	int rc = reader_packed_open(&config, &input->packed, err);

	reader_input_use(input, NULL);
	if (rc < 0)
		return rc;
	input->regular = input->ended = false;
	input->offset = input->start = 0;
	input->at = input->end = 0;
	input->limit = UINT64_MAX;
	return 0;
}

uint64_t reader_input_done(const struct reader_input *input)
{
	return input->packed ? reader_packed_done(input->packed) : reader_input_offset(input);
}

void reader_input_close(struct reader_input *input)
{
	reader_scan_close(input->scan);
	leave_window(input);
	reader_packed_close(input->packed);
	if (input->handle)
		reader_handle_put(input->handle);
	else if (input->fd >= 0)
		close(input->fd);
	free(input->name);
	*input = (struct reader_input){.fd = -1};
}
