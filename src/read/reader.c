/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of all paths, one after the other or merged by time: there a
 * heap has the stream with the earliest frame on top, and each stream a batch
 * of its own, which is filled anew only when the caller has done with all
 * frames that point into its windows.
 */
#include "read/reader.h"

#include <errno.h>
#include <stdlib.h>

#include "reader_ahead.h"
#include "reader_heap.h"
#include "reader_sort.h"
#include "reader_stream.h"
#include "reader_streams.h"

#define BATCH 64u

/* A stream of a merge: what it has given that is not handed on yet. */
struct head {
	uint32_t at, count;
	struct frame batch[BATCH];
};

struct reader {
	struct reader_table table;
	struct reader_wish wish;
	struct reader_stream *streams;
	struct reader_sort *sorts; /* one a stream; null: each has its own order */
	struct reader_chunk_memory memory;
	struct reader_ahead *ahead; /* or null */
	uint32_t count;
	bool merge;
	uint32_t listed;
	uint32_t current;        /* without merge */
	struct head *heads;      /* of a merge, one a stream; else null */
	struct reader_heap heap; /* of those that have a frame */
	uint32_t empty;          /* streams to be asked before anything is given */
	uint32_t *waiting;       /* those */
};

static int fill_stream(struct reader *r, uint32_t number, struct frame *frames, uint32_t most,
		       struct error *err)
{
	return r->sorts ? reader_sort_fill(&r->sorts[number], frames, most, err)
			: reader_stream_fill(&r->streams[number], frames, most, err);
}

/* --- merging -------------------------------------------------------------------- */

/* On a tie the first path has its turn. */
static struct reader_rank rank_of(const struct reader *r, uint32_t stream)
{
	const struct head *head = &r->heads[stream];

	return (struct reader_rank){.time = reader_rank_time(head->batch[head->at].time_ns),
				    .order = stream,
				    .item = stream};
}

/* Every stream but those that have ended has a frame in the heap then. 0 or
 * -errno, after which it can go on. */
static int fill_waiting(struct reader *r, struct error *err)
{
	while (r->empty > 0) {
		const uint32_t stream = r->waiting[r->empty - 1];
		struct head *head = &r->heads[stream];
		int rc = fill_stream(r, stream, head->batch, BATCH, err);

		if (rc < 0)
			return rc;
		r->empty--;
		head->at = 0;
		head->count = (uint32_t)rc;
		if (rc > 0 && reader_heap_push(&r->heap, rank_of(r, stream)) < 0)
			return error_system(err, ENOMEM, "read files");
	}
	return 0;
}

static int fill_merged(struct reader *r, struct frame *frames, uint32_t most, struct error *err)
{
	uint32_t count = 0;
	int rc = fill_waiting(r, err);

	if (rc < 0)
		return rc;
	while (count < most && r->heap.count > 0 && r->empty == 0) {
		const uint32_t stream = r->heap.ranks[0].item;
		struct head *first = &r->heads[stream];

		frames[count++] = first->batch[first->at++];
		if (first->at == first->count) {
			r->waiting[r->empty++] = stream;
			reader_heap_pop(&r->heap);
		} else {
			reader_heap_replace(&r->heap, rank_of(r, stream));
		}
	}
	return (int)count;
}

static void reset_merge(struct reader *r)
{
	r->heap.count = 0;
	r->empty = 0;
	/* The first one is filled first. */
	for (uint32_t i = r->count; r->heads && i-- > 0;)
		r->waiting[r->empty++] = i;
}

static int make_merge(struct reader *r)
{
	r->heads = calloc(r->count, sizeof(*r->heads));
	r->waiting = calloc(r->count, sizeof(*r->waiting));
	if (!r->heads || !r->waiting)
		return -ENOMEM;
	reset_merge(r);
	return 0;
}

static int make_sorts(struct reader *r)
{
	r->sorts = calloc(r->count ? r->count : 1, sizeof(*r->sorts));
	for (uint32_t i = 0; r->sorts && i < r->count; i++)
		r->sorts[i] = (struct reader_sort){.stream = &r->streams[i], .memory = &r->memory};
	return r->sorts ? 0 : -ENOMEM;
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
	struct reader_shared shared;
	int rc = 0;

	if (r)
		r->streams = calloc(config->count, sizeof(*r->streams));
	if (!r || (!r->streams && config->count > 0)) {
		free(r);
		return error_system(err, ENOMEM, "read files");
	}
	r->merge = config->merge;
	r->table.beside.wanted = config->keeps_blocks;
	if (reader_ahead_open(config->io, &r->ahead) < 0)
		rc = error_system(err, ENOMEM, "read files");
	shared = (struct reader_shared){&r->table, &r->wish, r->ahead};
	if (rc == 0 && reader_wish_open(&r->wish, config) < 0)
		rc = error_system(err, ENOMEM, "read the filter");
	while (r->count < config->count && rc == 0) {
		const uint32_t number = r->count++;

		rc = reader_stream_open(&r->streams[number], config, number, &shared, err);
	}
	if (rc == 0 && ((config->merge && config->count > 1 && make_merge(r) < 0) ||
			(config->sort && make_sorts(r) < 0)))
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

struct reader_stream *reader_stream_of(struct reader *r, uint32_t path)
{
	return path < r->count ? &r->streams[path] : NULL;
}

int reader_list(struct reader *r, struct error *err)
{
	int rc = 0;

	for (; r->listed < r->count && rc == 0; r->listed++)
		rc = reader_stream_list(&r->streams[r->listed], err);
	return rc;
}

int reader_start(struct reader *r, uint64_t until_ns, struct error *err)
{
	int rc = reader_list(r, err);

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
		rc = fill_stream(r, r->current, frames, most, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

uint32_t reader_given_path(const struct reader *r)
{
	return r->current;
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

const struct pcapng_block *reader_next_block(struct reader *r)
{
	return reader_beside_next(&r->table.beside);
}

bool reader_section(const struct reader *r, const uint8_t **options, size_t *bytes)
{
	*options = r->table.beside.section;
	*bytes = r->table.beside.section_bytes;
	return r->table.beside.has_section;
}

unsigned reader_left(const struct reader *r)
{
	return r->table.beside.left;
}

bool reader_clipped(const struct reader *r)
{
	return r->table.clipped;
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

/* The stream that is read next; the count of them where none is. */
static uint32_t next_stream(const struct reader *r)
{
	if (!r->heads)
		return r->current;
	return r->empty > 0 ? r->waiting[r->empty - 1] : r->count;
}

int reader_poll_fd(const struct reader *r)
{
	const uint32_t next = next_stream(r);

	return next < r->count ? fd_of(&r->streams[next]) : -1;
}

bool reader_has_pipe(const struct reader *r, int fd)
{
	bool has = false;

	for (uint32_t i = 0; i < r->count; i++)
		has |= fd >= 0 && fd_of(&r->streams[i]) == fd;
	return has;
}

uint64_t reader_again_ns(const struct reader *r)
{
	const uint32_t next = next_stream(r);

	return r->sorts && next < r->count ? r->sorts[next].dry_due_ns : 0;
}

uint64_t reader_late(const struct reader *r)
{
	uint64_t late = 0;

	for (uint32_t i = 0; r->sorts && i < r->count; i++)
		late += r->sorts[i].late;
	return late;
}

void reader_saved(const struct reader *r, struct reader_saved *saved)
{
	*saved = r->wish.saved;
}

uint64_t reader_lost(const struct reader *r)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < r->count; i++)
		lost += r->streams[i].owed.total;
	return lost;
}

int reader_rewind(struct reader *r, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < r->count && rc == 0; i++) {
		rc = reader_stream_rewind(&r->streams[i], err);
		if (r->sorts)
			reader_sort_reset(&r->sorts[i]);
	}
	r->current = 0;
	reset_merge(r);
	return rc;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->count; i++) {
		reader_stream_close(&r->streams[i]);
		if (r->sorts)
			reader_sort_clear(&r->sorts[i]);
	}
	reader_chunk_memory_clear(&r->memory);
	reader_ahead_close(r->ahead);
	free(r->streams);
	free(r->sorts);
	free(r->heads);
	reader_heap_clear(&r->heap);
	free(r->waiting);
	reader_table_clear(&r->table);
	reader_wish_close(&r->wish);
	free(r);
}
