/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segments have packets of the time that is asked for, and where in them to
 * begin and to end.
 */
#include "reader_directory.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "disk/segment_head.h"
#include "reader_index.h"
#include "reader_listing.h"
#include "reader_ready.h"
#include "reader_search.h"

/* Files may tell times by so much less exactly: the recorder saw nanoseconds. */
#define ROUNDED_NS 1000u

static bool is_bounded(const struct reader_stream *stream)
{
	return stream->from_ns > INT64_MIN || stream->to_ns < INT64_MAX;
}

/* Whether what is known of a part is about so many bytes, which can be all there are. */
static uint64_t ordered_bytes(const struct reader_part *part)
{
	return part->order.known ? part->ordered_bytes : 0;
}

/* The sum of times, or the farthest there is. */
static int64_t later_by(int64_t time_ns, uint64_t ns)
{
	return ns > (uint64_t)INT64_MAX - (uint64_t)time_ns && time_ns >= 0
		       ? INT64_MAX
		       : (int64_t)((uint64_t)time_ns + ns);
}

static int64_t earlier_by(int64_t time_ns, uint64_t ns)
{
	return ns > (uint64_t)time_ns - (uint64_t)INT64_MIN ? INT64_MIN
							    : (int64_t)((uint64_t)time_ns - ns);
}

/* Whether a segment can have packets of the time asked for. */
static bool is_wanted(const struct reader_stream *stream, const struct reader_part *part)
{
	if (ordered_bytes(part) < part->bytes)
		return true;
	return earlier_by(part->order.least_ns, ROUNDED_NS) < stream->to_ns &&
	       part->order.most_ns >= stream->from_ns;
}

/* What a manifest does not tell, the file may. */
static void look_at_order(const struct reader_stream *stream, struct reader_part *part)
{
	int fd;

	if (part->order.known || part->live)
		return;
	fd = reader_access_open(&stream->access, part->name);
	if (fd < 0)
		return;
	part->ordered_bytes = UINT64_MAX;
	(void)segment_order_read(fd, part->bytes, &part->order);
	close(fd);
}

/* Forgets the segments that are not needed. */
static void pick_parts(struct reader_stream *stream)
{
	struct reader_part *parts = stream->parts.list;
	uint32_t kept = 0;

	stream->parts.bytes = 0;
	for (uint32_t i = 0; i < stream->parts.count; i++) {
		look_at_order(stream, &parts[i]);
		if (is_wanted(stream, &parts[i])) {
			stream->parts.bytes += parts[i].bytes;
			parts[kept++] = parts[i];
		} else {
			free(parts[i].name);
		}
	}
	stream->parts.count = kept;
}

int reader_directory_list(struct reader_stream *stream, struct error *err)
{
	const char *path = stream->access.path;
	int rc = reader_listing_fill(&stream->access, &stream->parts);

	if (rc < 0)
		return error_system(err, -rc, "cannot read directory %s", path);
	if (stream->parts.count == 0)
		return error_set(err, ENOENT, "%s: no recording is in this directory", path);
	if (is_bounded(stream))
		pick_parts(stream);
	return 0;
}

/* A segment that was being written may have got its name by now, or one that had its name
 * may have been packed. */
static int find_published(struct reader_stream *stream, struct reader_part *part)
{
	char *name;
	int rc = reader_listing_name(&stream->access, part->sequence, &name);

	if (rc < 0)
		return rc;
	free(part->name);
	part->name = name;
	return 0;
}

/* The first record of a started file to be read. */
static uint64_t find_start(const struct reader_stream *stream, const struct reader_part *part)
{
	const struct reader_file *file = &stream->file;
	const struct time_order *order = &part->order;
	const int64_t from = earlier_by(stream->from_ns, order->fall_ns + ROUNDED_NS);
	struct reader_stretch stretch = {.start = reader_input_offset(&file->input),
					 .end = file->input.bytes,
					 .start_ns = (uint64_t)order->least_ns,
					 .end_ns = (uint64_t)order->most_ns};

	if (file->input.packed)
		return stretch.start;
	if (file->format != &reader_format_pcap && file->format != &reader_format_pcapng)
		return stretch.start;
	if (part->ordered_bytes < stretch.end)
		stretch.end = part->ordered_bytes;
	return stretch.end > stretch.start && from > 0 && order->least_ns < from
		       ? reader_search_time(file, &stretch, (uint64_t)from)
		       : stretch.start;
}

static int start_file(struct reader_stream *stream, struct reader_input *input,
		      const struct reader_part *part, struct error *err)
{
	const bool sought = is_bounded(stream) && ordered_bytes(part) > 0;
	const bool indexed = reader_index_helps(stream, part, input);
	struct reader_file *file = &stream->file;
	uint64_t offset;
	int rc;

	stream->sure = 0;
	if (sought)
		reader_input_seek(input, 0);
	if (indexed)
		reader_input_pieces(input, READER_HEADERS_BYTES, false);
	else if (!sought)
		reader_input_use(input, stream->ahead);
	rc = reader_file_start(file, input, stream->table, part->live, err);
	if (rc == 0 && indexed)
		reader_index_plan(stream, part);
	/* An index knows the times of all. */
	if (rc < 0 || !sought || stream->plan.active)
		return rc;
	offset = find_start(stream, part);
	if (offset == reader_input_offset(&file->input))
		return 0;
	reader_input_seek(&file->input, offset);
	stream->sure = offset + READER_LEAD_BYTES;
	/* Until then, what makes no sense is not the end but a place that was none. */
	file->live = false;
	return 0;
}

int reader_directory_start(struct reader_stream *stream, struct reader_part *part,
			   struct error *err)
{
	struct reader_input input;
	const uint32_t number = (uint32_t)(part - stream->parts.list);
	int rc = reader_ready_take(stream, number, &input)
			 ? 0
			 : reader_ready_open(stream, part, &input, err);

	if (rc == -ENOENT && (part->live || part->sequence) && find_published(stream, part) == 0)
		rc = reader_ready_open(stream, part, &input, err);
	if (rc == -ENOENT)
		return 0;
	reader_ready_ask(stream);
	if (rc == 0)
		rc = start_file(stream, &input, part, err);
	if (stream->ready_index >= 0)
		close(stream->ready_index);
	stream->ready_index = -1;
	return rc < 0 ? rc : 1;
}

int reader_directory_restart(struct reader_stream *stream, struct error *err)
{
	struct reader_part part = stream->parts.list[stream->next - 1];
	struct reader_input input;
	int rc = reader_ready_open(stream, &part, &input, err);

	reader_beside_forget(&stream->table->beside, stream->file.section);
	reader_file_close(&stream->file);
	part.order.known = false;
	return rc < 0 ? rc : start_file(stream, &input, &part, err);
}

bool reader_directory_done(struct reader_stream *stream, const struct frame *frames, uint32_t count)
{
	const struct reader_part *part = &stream->parts.list[stream->next - 1];
	const int64_t past = later_by(stream->to_ns, part->order.fall_ns + ROUNDED_NS);

	/* What is behind that can be of any time. */
	if (stream->to_ns == INT64_MAX || stream->plan.active ||
	    ordered_bytes(part) < stream->file.input.bytes)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (frames[i].time_ns >= past)
			return true;
	return false;
}
