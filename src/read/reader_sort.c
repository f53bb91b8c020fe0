/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is read of one window is a chunk; what an interface has in a chunk, as far as it
 * rises, is a run; a heap has the runs by their next frames, but for those that go on
 * where another one ends.
 */
#include "reader_sort.h"

#include <string.h>

#include "base/clock.h"
#include "reader_swap.h"

/* So many frames are read before it is looked again what may be given. */
#define BATCH 64u

/* So long does a block of a recorder's ring keep frames back, and then some. */
#define HOLD_NS (250 * NS_PER_MS)

/* Beyond this what is read ahead is put aside, and is read again; who has been silent for
 * so long in the file's time is no longer waited for. */
#define EASY_BYTES (16u * 1024 * 1024)
#define SILENT_NS  (2 * NS_PER_SECOND)

#define NONE READER_RUN_NONE

struct sort_interface {
	uint32_t run;  /* the newest, which is not given to its end, or NONE; it is added to as
			  long as its chunk is at hand */
	uint64_t last; /* the time of the newest frame */
	uint64_t top;  /* the latest time */
};

/* What the call before gave is not needed any more. */
static void free_spent(struct reader_sort *s)
{
	while (s->spent) {
		struct reader_chunk *chunk = s->spent;

		s->spent = chunk->also;
		reader_chunk_put(s->memory, chunk);
	}
}

static void spend(struct reader_sort *s, struct reader_chunk *chunk)
{
	chunk->also = s->spent;
	s->spent = chunk;
}

/* No more is added to the chunk at hand. What is waited for is not far: its bytes can be
 * read again. */
static void end_chunk(struct reader_sort *s)
{
	struct reader_chunk *chunk = s->chunk;

	s->chunk = NULL;
	if (chunk && chunk->left == 0)
		spend(s, chunk);
	else if (chunk && chunk->left == chunk->count && s->memory->bytes >= EASY_BYTES)
		reader_chunk_unload(s->memory, chunk);
}

/* So many, which are more. 0 or -ENOMEM. */
static int know_interfaces(struct reader_sort *s, uint32_t count)
{
	struct sort_interface *more = reallocarray(s->interfaces, count, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->interfaces = more;
	for (; s->interface_count < count; s->interface_count++)
		more[s->interface_count] = (struct sort_interface){.run = NONE};
	return 0;
}

static void end_run(struct reader_sort *s, uint32_t number)
{
	struct sort_interface *interface = &s->interfaces[s->runs.list[number].interface];

	if (interface->run == number)
		interface->run = NONE;
	reader_runs_give_back(&s->runs, number);
}

static struct reader_rank rank_of(const struct reader_chunk *chunk, uint32_t at, uint32_t run)
{
	return (struct reader_rank){.time = reader_rank_time(chunk->frames[at].time_ns),
				    .order = chunk->order + at,
				    .item = run};
}

/* A frame of the chunk at hand, the only one yet in its run. One that goes on where the
 * last one of its interface ends takes the place of that then. 0 or -ENOMEM. */
static int begin_run(struct reader_sort *s, uint32_t at, bool goes_on)
{
	const struct frame *frame = &s->chunk->frames[at];
	struct sort_interface *interface = &s->interfaces[frame->interface];
	const uint32_t number = reader_runs_take(&s->runs);

	if (number == NONE)
		return -ENOMEM;
	s->runs.list[number] = (struct reader_run){.chunk = s->chunk,
						   .at = at,
						   .last = at,
						   .interface = frame->interface,
						   .then = NONE};
	if (goes_on && interface->run != NONE)
		s->runs.list[interface->run].then = number;
	else if (reader_heap_push(&s->heap, rank_of(s->chunk, at, number)) < 0)
		return -ENOMEM;
	interface->run = number;
	return 0;
}

/* One more frame of the chunk at hand. 0 or -ENOMEM. */
static int add_frame(struct reader_sort *s, struct sort_interface *interface, uint32_t at,
		     uint64_t time)
{
	struct reader_chunk *chunk = s->chunk;
	struct reader_run *run = interface->run != NONE ? &s->runs.list[interface->run] : NULL;
	const bool goes_on = run && time >= interface->last;

	interface->last = time;
	if (time > interface->top)
		interface->top = time;
	if (!goes_on || run->chunk != chunk)
		return begin_run(s, at, goes_on);
	chunk->next[run->last] = at;
	run->last = at;
	return 0;
}

/* Count more frames are in the chunk at hand. 0 or -ENOMEM. */
static int add_frames(struct reader_sort *s, uint32_t count)
{
	struct reader_chunk *chunk = s->chunk;
	const struct frame *frames = chunk->frames;
	const uint64_t forced = s->forced;
	uint64_t top = s->top, late = 0;
	int rc = 0;

	for (uint32_t at = chunk->count, end = at + count; at < end && rc == 0; at++) {
		const uint64_t time = reader_rank_time(frames[at].time_ns);
		const uint32_t number = frames[at].interface;

		if (number >= s->interface_count)
			rc = know_interfaces(s, number + 1);
		if (rc == 0)
			rc = add_frame(s, &s->interfaces[number], at, time);
		late += time < forced;
		top = time > top ? time : top;
	}
	chunk->count += count;
	chunk->left += count;
	s->late += late;
	s->top = top;
	s->order += count;
	return rc;
}

/* Works out what nothing is earlier than that is still to be read: the least of what
 * the interfaces of the section have come to, of all of them and of those that are not
 * silent. */
static void find_bound(struct reader_sort *s)
{
	const struct reader_file *file = &s->stream->file;
	const uint64_t recent = s->top > SILENT_NS ? s->top - SILENT_NS : 0;
	uint64_t bound = UINT64_MAX, near = s->top;

	for (uint32_t i = 0; i < file->interface_count; i++) {
		const uint32_t number = file->interfaces[i].number;
		uint64_t top = number < s->interface_count ? s->interfaces[number].top : 0;

		if (file->interfaces[i].passed &&
		    reader_rank_time(file->interfaces[i].passed_ns) > top)
			top = reader_rank_time(file->interfaces[i].passed_ns);
		if (number < s->interface_count)
			s->interfaces[number].top = top;
		bound = top < bound ? top : bound;
		if (top >= recent && top < near)
			near = top;
	}
	s->bound = bound;
	s->near = near;
}

/* Frames that the stream has just given, into the chunk of their window. */
static int take_frames(struct reader_sort *s, const struct frame *frames, uint32_t count)
{
	int rc;

	if (!s->chunk || s->chunk->window != s->stream->file.input.window) {
		end_chunk(s);
		s->chunk = reader_chunk_new(s->memory, s->stream->file.input.window, s->order);
		if (!s->chunk)
			return -ENOMEM;
	}
	rc = reader_chunk_reserve(s->memory, s->chunk, count, 2 * BATCH);
	if (rc < 0)
		return rc;
	if (frames != s->chunk->frames + s->chunk->count)
		memcpy(s->chunk->frames + s->chunk->count, frames, count * sizeof(*frames));
	rc = add_frames(s, count);
	find_bound(s);
	return rc;
}

/* The end of the stream, or of a file that is damaged: when all is given. */
static void keep_end(struct reader_sort *s, int end)
{
	s->ended = true;
	s->end = end;
	s->bound = UINT64_MAX;
	end_chunk(s);
}

/* A pipe has nothing to read. What had been read when that was found first may go by
 * now, or it is waited for: rc. */
static int run_dry(struct reader_sort *s, int rc)
{
	const uint64_t now = clock_monotonic();

	if (s->heap.count == 0) {
		s->dry_due_ns = 0;
		return rc;
	}
	if (s->dry_due_ns != 0 && now >= s->dry_due_ns) {
		if (s->dry_top > s->bound)
			s->bound = s->forced = s->dry_top;
		s->dry_due_ns = 0;
		rc = 1;
	}
	if (s->dry_due_ns == 0) {
		s->dry_due_ns = now + HOLD_NS;
		s->dry_top = s->top;
	}
	return rc;
}

/* Reads on: 1; what must be waited for, or an error of our own. */
static int read_more(struct reader_sort *s, struct error *err)
{
	struct frame few[BATCH], *frames = few;
	uint32_t most = BATCH;
	int rc;

	s->stream->file.input.pool = &s->memory->pool;
	if (s->chunk && s->chunk->room - s->chunk->count >= BATCH) {
		frames = s->chunk->frames + s->chunk->count;
		most = s->chunk->room - s->chunk->count;
	}
	rc = reader_stream_fill(s->stream, frames, most < BATCH ? most : BATCH, &s->error);
	if (reader_must_wait(rc)) {
		*err = s->error;
		return run_dry(s, rc);
	}
	if (rc <= 0) {
		keep_end(s, rc);
		return 1;
	}
	rc = take_frames(s, frames, (uint32_t)rc);
	return rc < 0 ? error_system(err, -rc, "read files") : 1;
}

/* The first run of the heap is given to its end: the one that follows it has its place. */
static void give_place(struct reader_sort *s, uint32_t number)
{
	const uint32_t then = s->runs.list[number].then;

	if (then == NONE)
		reader_heap_pop(&s->heap);
	else
		reader_heap_replace(&s->heap,
				    rank_of(s->runs.list[then].chunk, s->runs.list[then].at, then));
	end_run(s, number);
}

/* What was put aside comes back as it was read, but for the order of its numbers. */
static int load_chunk(struct reader_sort *s, struct reader_chunk *chunk)
{
	const int rc = reader_chunk_load(s->memory, chunk);

	if (rc == 0)
		reader_swap_again(s->stream->table, chunk->frames, chunk->count);
	return rc;
}

/* Up to most frames that are not later than that; or, with none, -errno. */
static int give(struct reader_sort *s, uint64_t bound, struct frame *frames, uint32_t most)
{
	struct reader_heap *heap = &s->heap;
	uint32_t count = 0;

	while (count < most && heap->count > 0 && heap->ranks[0].time <= bound) {
		const uint32_t number = heap->ranks[0].item;
		struct reader_run *run = &s->runs.list[number];
		struct reader_chunk *chunk = run->chunk;
		int rc = chunk->window ? 0 : load_chunk(s, chunk);

		if (rc < 0)
			return count > 0 ? (int)count : rc;
		frames[count++] = chunk->frames[run->at];
		if (run->at != run->last) {
			run->at = chunk->next[run->at];
			reader_heap_replace(heap, rank_of(chunk, run->at, number));
		} else {
			give_place(s, number);
		}
		if (--chunk->left == 0 && chunk != s->chunk)
			spend(s, chunk);
	}
	return (int)count;
}

/* There is no room to wait: first, for those that have been silent for long. */
static int give_forced(struct reader_sort *s, struct frame *frames, uint32_t most)
{
	int count = 0;

	if (s->memory->bytes >= EASY_BYTES)
		count = give(s, s->near, frames, most);
	if (count == 0 && s->memory->bytes >= READER_SORT_MOST)
		count = give(s, UINT64_MAX, frames, most);
	if (count > 0 && reader_rank_time(frames[count - 1].time_ns) > s->forced)
		s->forced = reader_rank_time(frames[count - 1].time_ns);
	return count;
}

int reader_sort_fill(struct reader_sort *s, struct frame *frames, uint32_t most, struct error *err)
{
	int rc, count;

	free_spent(s);
	for (;;) {
		count = give(s, s->bound, frames, most);
		if (count == 0)
			count = give_forced(s, frames, most);
		if (count < 0)
			return error_system(err, -count, "%s: read again", s->stream->access.path);
		if (count > 0)
			return count;
		if (s->ended) {
			s->ended = false;
			s->bound = 0;
			if (s->end < 0)
				*err = s->error;
			return s->end;
		}
		if (s->heap.count == 0 && s->stream->file.interface_count <= 1) {
			end_chunk(s);
			rc = reader_stream_fill(s->stream, frames, most, err);
			if (rc <= 0 || s->stream->file.interface_count <= 1)
				return rc;
			rc = take_frames(s, frames, (uint32_t)rc);
			if (rc < 0)
				return error_system(err, -rc, "read files");
		}
		rc = read_more(s, err);
		if (rc < 0)
			return rc;
	}
}

void reader_sort_reset(struct reader_sort *s)
{
	for (uint32_t i = 0; i < s->heap.count; i++) {
		for (uint32_t run = s->heap.ranks[i].item; run != NONE;
		     run = s->runs.list[run].then) {
			struct reader_chunk *chunk = s->runs.list[run].chunk;

			/* Of a chunk all runs are met. */
			if (chunk != s->chunk && chunk->left > 0) {
				chunk->left = 0;
				spend(s, chunk);
			}
		}
	}
	if (s->chunk)
		reader_chunk_put(s->memory, s->chunk);
	free_spent(s);
	free(s->interfaces);
	s->heap.count = 0;
	*s = (struct reader_sort){
		.stream = s->stream,
		.memory = s->memory,
		.heap = s->heap,
		.runs = {.list = s->runs.list, .room = s->runs.room},
		.late = s->late,
	};
}

void reader_sort_clear(struct reader_sort *s)
{
	reader_sort_reset(s);
	reader_heap_clear(&s->heap);
	reader_runs_clear(&s->runs);
}
