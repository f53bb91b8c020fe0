/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of all paths, one after the other or merged by time: there a
 * heap has the stream with the earliest frame on top, and each stream a batch
 * of its own, which is filled anew only when the caller has done with all
 * frames that point into its window.
 */
#include "read/reader.h"

#include <errno.h>
#include <stdlib.h>

#include "reader_stream.h"

#define BATCH 64u

/* A stream of a merge: what it has given that is not handed on yet. */
struct head {
	uint32_t stream;
	uint32_t at, count;
	struct frame batch[BATCH];
};

struct reader {
	struct reader_table table;
	struct reader_stream *streams;
	uint32_t count;
	bool merge;
	uint32_t listed;
	uint32_t current;   /* without merge */
	struct head *heads; /* of a merge, one a stream; else null */
	struct head **heap; /* those that have a frame, the earliest on top */
	uint32_t heap_count;
	uint32_t empty;        /* heads to be filled before anything is given */
	struct head **waiting; /* those */
};

/* --- merging -------------------------------------------------------------------- */

static bool comes_before(const struct head *a, const struct head *b)
{
	uint64_t one = a->batch[a->at].time_ns, other = b->batch[b->at].time_ns;

	return one < other || (one == other && a->stream < b->stream);
}

static void sink_down(struct reader *r)
{
	struct head *moving = r->heap[0];
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < r->heap_count) {
		if (child + 1 < r->heap_count && comes_before(r->heap[child + 1], r->heap[child]))
			child++;
		if (!comes_before(r->heap[child], moving))
			break;
		r->heap[at] = r->heap[child];
		at = child;
	}
	r->heap[at] = moving;
}

static void push(struct reader *r, struct head *head)
{
	uint32_t at = r->heap_count++;

	for (; at > 0 && comes_before(head, r->heap[(at - 1) / 2]); at = (at - 1) / 2)
		r->heap[at] = r->heap[(at - 1) / 2];
	r->heap[at] = head;
}

/* Every stream but those that have ended has a frame in the heap then. 0 or
 * -errno, after which it can go on. */
static int fill_waiting(struct reader *r, struct error *err)
{
	while (r->empty > 0) {
		struct head *head = r->waiting[r->empty - 1];
		int rc = reader_stream_fill(&r->streams[head->stream], head->batch, BATCH, err);

		if (rc < 0)
			return rc;
		r->empty--;
		head->at = 0;
		head->count = (uint32_t)rc;
		if (rc > 0)
			push(r, head);
	}
	return 0;
}

static int fill_merged(struct reader *r, struct frame *frames, uint32_t most, struct error *err)
{
	uint32_t count = 0;
	int rc = fill_waiting(r, err);

	if (rc < 0)
		return rc;
	while (count < most && r->heap_count > 0 && r->empty == 0) {
		struct head *first = r->heap[0];

		frames[count++] = first->batch[first->at++];
		if (first->at == first->count) {
			r->waiting[r->empty++] = first;
			r->heap[0] = r->heap[--r->heap_count];
		}
		if (r->heap_count > 0)
			sink_down(r);
	}
	return (int)count;
}

static void reset_merge(struct reader *r)
{
	r->heap_count = 0;
	r->empty = 0;
	/* The first one is filled first. */
	for (uint32_t i = r->count; r->heads && i-- > 0;) {
		r->heads[i].stream = i;
		r->waiting[r->empty++] = &r->heads[i];
	}
}

static int make_merge(struct reader *r)
{
	r->heads = calloc(r->count, sizeof(*r->heads));
	r->heap = calloc(r->count, sizeof(*r->heap));
	r->waiting = calloc(r->count, sizeof(*r->waiting));
	if (!r->heads || !r->heap || !r->waiting)
		return -ENOMEM;
	reset_merge(r);
	return 0;
}

/* --- all of them ------------------------------------------------------------------ */

static int fd_of(const struct reader_stream *stream)
{
	if (!stream->pipe)
		return -1;
	return stream->open || stream->starting ? stream->file.input.fd : stream->fd;
}

int reader_open(const struct reader_config *config, struct reader **reader, struct error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (r)
		r->streams = calloc(config->count, sizeof(*r->streams));
	if (!r || (!r->streams && config->count > 0)) {
		free(r);
		return error_system(err, ENOMEM, "read files");
	}
	r->merge = config->merge;
	while (r->count < config->count && rc == 0) {
		const uint32_t number = r->count++;

		rc = reader_stream_open(&r->streams[number], config, number, &r->table, err);
	}
	if (rc == 0 && config->merge && config->count > 1 && make_merge(r) < 0)
		rc = error_system(err, ENOMEM, "read files");
	if (rc < 0) {
		reader_close(r);
		return rc;
	}
	*reader = r;
	return 0;
}

bool reader_opens_later(const struct reader *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->streams[i].access.dir >= 0 || r->streams[i].fd < 0)
			return true;
	return false;
}

int reader_directories(const struct reader *r, int **fds, size_t *count)
{
	*count = 0;
	*fds = calloc(r->count ? r->count : 1, sizeof(**fds));
	if (!*fds)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->count; i++)
		if (r->streams[i].access.dir >= 0)
			(*fds)[(*count)++] = r->streams[i].access.dir;
	return 0;
}

int reader_lend(const struct reader *r, uint32_t path, const char *name)
{
	return path < r->count ? reader_access_lend(&r->streams[path].access, name) : -EINVAL;
}

/* What the directories have, once. */
static int list(struct reader *r, struct error *err)
{
	int rc = 0;

	for (; r->listed < r->count && rc == 0; r->listed++)
		rc = reader_stream_list(&r->streams[r->listed], err);
	return rc;
}

int reader_start(struct reader *r, uint64_t until_ns, struct error *err)
{
	int rc = list(r, err);

	for (uint32_t i = 0; i < r->count && rc >= 0 && (i == 0 || r->merge); i++) {
		struct reader_stream *stream = &r->streams[i];

		while (reader_must_wait(rc = reader_stream_start(stream, err)))
			if (reader_input_await(fd_of(stream), until_ns) < 0)
				return error_set(err, ETIMEDOUT, "%s: no capture has come in time",
						 stream->file.input.name);
	}
	return rc < 0 ? rc : 0;
}

int reader_await(const struct reader *r, uint64_t until_ns)
{
	return reader_input_await(reader_poll_fd(r), until_ns);
}

int reader_fill(struct reader *r, struct frame *frames, uint32_t most, struct error *err)
{
	int rc = 0;

	if (r->heads)
		return fill_merged(r, frames, most, err);
	for (; r->current < r->count; r->current++) {
		rc = reader_stream_fill(&r->streams[r->current], frames, most, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

uint32_t reader_interface_count(const struct reader *r)
{
	return r->table.count;
}

const struct reader_interface *reader_interface(const struct reader *r, uint32_t number)
{
	return number < r->table.count ? &r->table.entries[number]->interface : NULL;
}

void reader_path(const struct reader *r, uint32_t path, struct reader_path *about)
{
	const struct reader_stream *stream = &r->streams[path];

	*about = (struct reader_path){.directory = stream->access.dir >= 0};
	if (stream->has_interface)
		about->interface = reader_interface(r, stream->interface);
}

void reader_progress(const struct reader *r, uint64_t *done_bytes, uint64_t *all_bytes)
{
	*done_bytes = *all_bytes = 0;
	for (uint32_t i = 0; i < r->count; i++) {
		if (r->streams[i].pipe) {
			*done_bytes = *all_bytes = 0;
			return;
		}
		*done_bytes += reader_stream_done(&r->streams[i]);
		*all_bytes += r->streams[i].parts.bytes;
	}
}

int reader_poll_fd(const struct reader *r)
{
	const struct reader_stream *stream = NULL;

	if (r->heads && r->empty > 0)
		stream = &r->streams[r->waiting[r->empty - 1]->stream];
	else if (!r->heads && r->current < r->count)
		stream = &r->streams[r->current];
	return stream ? fd_of(stream) : -1;
}

int reader_rewind(struct reader *r, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < r->count && rc == 0; i++)
		rc = reader_stream_rewind(&r->streams[i], err);
	r->current = 0;
	reset_merge(r);
	return rc;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->count; i++)
		reader_stream_close(&r->streams[i]);
	free(r->streams);
	free(r->heads);
	free(r->heap);
	free(r->waiting);
	reader_table_clear(&r->table);
	free(r);
}
