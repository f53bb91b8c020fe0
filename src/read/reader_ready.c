/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As many blocks are asked for in all as one long file has. What only an index rules out takes
 * a few pages, of many files: the kernel is told of them before.
 */
#include "reader_ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader_ahead.h"
#include "reader_index.h"

/* Files that are read at a time: the next ones of a directory of long segments are short of
 * blocks before. */
#define FILES_MOST 4u

/* An index of a small segment has its header, filter and runs in them. */
#define INDEX_BYTES (16u * 1024)

int reader_ready_open(const struct reader_stream *stream, const struct reader_part *part,
		      struct reader_input *input, struct error *err)
{
	const char *directory = stream->access.path;
	int fd = reader_access_open(&stream->access, part->name);
	char *path;
	int rc;

	if (fd < 0)
		return error_system(err, -fd, "cannot read %s/%s", directory, part->name);
	if (asprintf(&path, "%s/%s", directory, part->name) < 0) {
		close(fd);
		return error_system(err, ENOMEM, "%s", directory);
	}
	rc = reader_input_open(input, fd, path, err);
	free(path);
	if (rc == 0 && part->live)
		input->limit = input->bytes; /* what is there by now */
	return rc;
}

/* Whether a part is read as it lies: what is being written has its end where it is when its turn
 * comes; where times or an index spare something, they tell what. */
static bool is_plain(const struct reader_stream *stream, const struct reader_part *part)
{
	return !part->live && stream->from_ns == INT64_MIN && stream->to_ns == INT64_MAX &&
	       !reader_wish_narrows(stream->wish);
}

/* The next part, if it may be: or null. Why it cannot is told when its turn comes. */
static struct reader_ready *open_next(struct reader_stream *stream,
				      bool (*may)(const struct reader_stream *stream,
						  const struct reader_part *part))
{
	struct reader_ready *ready = &stream->ready[stream->ready_count];
	const struct reader_part *part;
	struct error err;

	*ready = (struct reader_ready){.part = stream->next + stream->ready_count, .index_fd = -1};
	if (ready->part >= stream->parts.count)
		return NULL;
	part = &stream->parts.list[ready->part];
	if (!may(stream, part) || reader_ready_open(stream, part, &ready->input, &err) < 0)
		return NULL;
	stream->ready_count++;
	return ready;
}

static bool is_indexed(const struct reader_stream *stream, const struct reader_part *part)
{
	return !part->live && reader_wish_narrows(stream->wish);
}

/* Its headers, of the index as much as a small one needs to rule the segment out. The kernel
 * reads them together, while those before are looked at. */
static void ask_beginnings(struct reader_stream *stream, struct reader_ready *ready)
{
	const struct reader_part *part = &stream->parts.list[ready->part];
	bool kept;

	(void)posix_fadvise(ready->input.fd, 0, READER_HEADERS_BYTES, POSIX_FADV_WILLNEED);
	ready->index_fd = reader_index_open(stream, part->name, &kept);
	if (ready->index_fd >= 0)
		(void)posix_fadvise(ready->index_fd, 0, INDEX_BYTES, POSIX_FADV_WILLNEED);
}

void reader_ready_ask(struct reader_stream *stream)
{
	struct reader_ready *ready;

	while (stream->access.dir >= 0 && stream->ready_count < READER_READY_MOST &&
	       (ready = open_next(stream, is_indexed)))
		ask_beginnings(stream, ready);
}

static void begin_next(struct reader_stream *stream)
{
	struct reader_ready *ready = open_next(stream, is_plain);

	if (!ready)
		return;
	reader_input_use(&ready->input, stream->ahead);
	reader_input_begin(&ready->input);
}

/* How many blocks of a file wait, of so many at most; *whole: nothing is left to be asked for. */
static unsigned ask(struct reader_scan *scan, unsigned most, bool *whole)
{
	const unsigned waiting = reader_scan_ask(scan, most);

	*whole = reader_scan_is_asked(scan);
	return waiting < most ? waiting : most;
}

void reader_ready_more(struct reader_stream *stream)
{
	struct reader_scan *scan = stream->file.input.scan;
	unsigned left = READER_AHEAD_BLOCKS;
	bool whole = scan && reader_scan_is_asked(scan);

	if (!whole || stream->access.dir < 0)
		return;
	left -= ask(scan, left, &whole);
	for (uint32_t i = 0; i < stream->ready_count && left > 0; i++) {
		scan = stream->ready[i].input.scan;
		if (!scan)
			return;
		left -= ask(scan, left, &whole);
		if (!whole)
			return;
	}
	if (left > 0 && stream->ready_count < FILES_MOST)
		begin_next(stream);
}

static void drop_first(struct reader_stream *stream)
{
	memmove(stream->ready, stream->ready + 1, --stream->ready_count * sizeof(*stream->ready));
}

static void close_ready(struct reader_ready *ready)
{
	reader_input_close(&ready->input);
	if (ready->index_fd >= 0)
		close(ready->index_fd);
}

bool reader_ready_take(struct reader_stream *stream, uint32_t part, struct reader_input *input)
{
	stream->ready_index = -1;
	while (stream->ready_count > 0) {
		struct reader_ready first = stream->ready[0];

		if (first.part > part)
			return false;
		drop_first(stream);
		if (first.part == part) {
			*input = first.input;
			stream->ready_index = first.index_fd;
			return true;
		}
		close_ready(&first);
	}
	return false;
}

void reader_ready_clear(struct reader_stream *stream)
{
	while (stream->ready_count > 0)
		close_ready(&stream->ready[--stream->ready_count]);
}
