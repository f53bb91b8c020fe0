/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As many blocks are asked for in all as one long file has.
 */
#include "reader_ready.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader_ahead.h"
#include "reader_index.h"

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

static void open_next(struct reader_stream *stream)
{
	struct reader_ready *ready = &stream->ready[stream->ready_count];
	struct error err;

	ready->part = stream->next + stream->ready_count;
	if (ready->part >= stream->parts.count ||
	    !is_plain(stream, &stream->parts.list[ready->part]))
		return;
	/* Why it cannot be is told when its turn comes. */
	if (reader_ready_open(stream, &stream->parts.list[ready->part], &ready->input, &err) < 0)
		return;
	stream->ready_count++;
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
	if (left > 0 && stream->ready_count < READER_READY_MOST)
		open_next(stream);
}

static void drop_first(struct reader_stream *stream)
{
	memmove(stream->ready, stream->ready + 1, --stream->ready_count * sizeof(*stream->ready));
}

bool reader_ready_take(struct reader_stream *stream, uint32_t part, struct reader_input *input)
{
	while (stream->ready_count > 0) {
		struct reader_ready first = stream->ready[0];

		if (first.part > part)
			return false;
		drop_first(stream);
		if (first.part == part) {
			*input = first.input;
			return true;
		}
		reader_input_close(&first.input);
	}
	return false;
}

void reader_ready_clear(struct reader_stream *stream)
{
	while (stream->ready_count > 0)
		reader_input_close(&stream->ready[--stream->ready_count].input);
}
