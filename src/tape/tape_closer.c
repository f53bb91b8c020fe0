/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper's own helper, the closer: a thread for what takes as long as the disk does.
 * It writes what closes a segment's file, and has it on the disk; and flushes the segment
 * that is written to part by part, so that at its end little is left to be flushed. The
 * keeper goes on meanwhile: the next segment and its room come in time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tape_keeper.h"

/* Flushed in one go. A disk that has to write for a flush stands still for others
 * meanwhile. */
#define FLUSH_BYTES (UINT64_C(64) << 20)

/* --- on its thread ------------------------------------------------------------------- */

/* The first failure counts: the kernel tells each one once. */
static void note_sync(struct segment *segment, int rc)
{
	if (rc < 0 && segment->sync_rc == 0)
		segment->sync_rc = -errno;
}

static void close_file(struct helper *helper, struct helper_job *job)
{
	struct segment *segment = (struct segment *)job;
	const struct time_order order = segment_times(segment);

	(void)helper;
	segment->sink->order = &order;
	segment->finish_rc =
		segment->sink->ops->finish(segment->sink, segment->to, segment->config->interfaces,
					   &segment->unwritten);
	segment->sink->order = NULL;
	if (segment->finish_rc == 0 && segment->config->sync)
		note_sync(segment, fsync(segment->file.fd));
}

static void flush_part(struct helper *helper, struct helper_job *job)
{
	struct segment *segment = ((struct keeper_flush *)job)->segment;

	(void)helper;
	note_sync(segment, fdatasync(segment->file.fd));
}

/* --- on the keeper's ------------------------------------------------------------------ */

void keeper_close_file(struct keeper *k, struct segment *segment)
{
	const struct sink_tape_config *c = k->config.sink;

	for (uint32_t i = 0; i < c->interfaces; i++) {
		stats_subtract(&segment->to[i], &segment->from[i]);
		segment->to[i].start_ns = segment->from[i].start_ns;
	}
	segment->config = c;
	segment->job.run = close_file;
	helper_add(k->closer, &segment->job);
}

uint64_t keeper_flush_at(const struct keeper *k, const struct segment *current)
{
	return k->config.sink->sync && !k->flush.segment ? current->flushed + FLUSH_BYTES
							 : UINT64_MAX;
}

void keeper_flush_current(struct keeper *k, struct segment *current)
{
	const uint64_t bytes = atomic_load(&current->sink->bytes);

	if (bytes < keeper_flush_at(k, current))
		return;
	/* It is closed after this, and freed after that: jobs are done in turn. */
	current->flushed = bytes;
	k->flush.segment = current;
	k->flush.job.run = flush_part;
	helper_add(k->closer, &k->flush.job);
}

static void take_file(struct keeper *k, struct segment *segment)
{
	const int rc = segment->finish_rc, sync_rc = segment->sync_rc;

	if (rc < 0)
		keeper_complain(k, error_is_full(rc) ? NOTE_FULL : NOTE_DISK, -rc, "%s",
				segment->sink->error.text);
	/* On a file system that cannot reserve, this is where a full disk shows. */
	if (rc < 0 && keeper_make_room(k, rc) >= 0)
		k->retry_ns = 0;
	if (sync_rc < 0)
		keeper_complain(k, NOTE_DISK, -sync_rc, "%s: sync a segment: %s",
				k->config.sink->directory, strerror(-sync_rc));
	segment->finished = true;
	segment->broken = rc < 0;
	if (!segment->broken)
		keeper_count_packets(k, segment,
				     atomic_load(&segment->packets) - segment->unwritten);
}

void keeper_take_closed(struct keeper *k)
{
	struct helper_job *job;

	while ((job = helper_take(k->closer))) {
		if (job == &k->flush.job)
			k->flush.segment = NULL;
		else
			take_file(k, (struct segment *)job);
	}
}
