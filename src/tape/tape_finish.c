/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper behind the writer: takes what the ring thread has done with, has it closed
 * and synced, and names it.
 */
#include "tape_keeper.h"

#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the disk may fail the next one, too: not where this one was as large as a file
 * may get, and has packets. */
static bool is_disk_failing(const struct segment *segment)
{
	return segment->failed &&
	       (segment->sink->error.code != EFBIG || atomic_load(&segment->packets) == 0);
}

void keeper_take_done(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *segment;

	pthread_mutex_lock(&d->lock);
	segment = d->done;
	if (segment) {
		*k->done_end = segment;
		k->done_end = d->done_end;
		d->done = NULL;
		d->done_end = &d->done;
	}
	pthread_mutex_unlock(&d->lock);
	/* A disk that fails one segment after the other gets a pause between two. */
	for (; segment; segment = segment->next) {
		if (is_disk_failing(segment) && !atomic_load(&d->current))
			k->retry_ns = clock_boot(k->config.sink->clock) + KEEPER_RETRY_NS;
		keeper_close_file(k, segment);
	}
	if (k->retry_ns && k->done && k->done->failed && !atomic_exchange(&d->dropping, true))
		keeper_tell_ring(k);
}

/* Finds out what is in a file that could not be finished, and sees to it that
 * there is nothing else. 0 or -errno. */
static int mend_file(struct keeper *k, struct segment *segment)
{
	struct trim_result found;
	struct stat st;
	int rc = fstat(segment->file.fd, &st) < 0 ? -errno : 0;

	if (rc == 0)
		rc = trim_scan(segment->file.fd, k->config.sink->format, 0, (uint64_t)st.st_size,
			       &found);
	if (rc == 0)
		segment->readable_packets = found.packets;
	if (rc == 0 && found.end < (uint64_t)st.st_size &&
	    ftruncate(segment->file.fd, (off_t)found.end) < 0)
		rc = -errno;
	if (rc < 0)
		return rc;
	segment->broken = false;
	segment->mended = true;
	/* Without a packet in it it is not worth a name. */
	segment->failed = found.packets == 0;
	keeper_count_packets(k, segment, found.packets);
	return 0;
}

/* Its packets are gone with its file. */
static void lose_segment(struct keeper *k, struct segment *segment)
{
	keeper_complain(k, NOTE_DISK, ENOENT,
			"%s: a segment of %" PRIu64 " packet%s is gone: its file was deleted",
			k->config.sink->directory, segment->finished_packets,
			PLURAL(segment->finished_packets));
	stats_add(&k->config.sink->shared->unwritten, segment->finished_packets);
	atomic_fetch_add(&k->config.desk->gap, segment->finished_packets);
}

static int publish(struct keeper *k, struct segment *segment, bool force)
{
	struct tape_closed closed = {
		.packets = segment->finished_packets,
		.first_ns = segment->finished_packets ? segment->first_ns : 0,
		.last_ns = segment->finished_packets ? segment->last_ns : 0,
		.order = segment_times(segment),
	};

	/* Finished, it has counts of its own alone. */
	for (uint32_t i = 0; i < k->config.sink->interfaces; i++)
		closed.drops += stats_lost(&segment->to[i]);
	/* In a ring of names it takes that of the one that goes for it. */
	keeper_count(k, segment);
	keeper_index(k, segment);
	return tape_publish(k->tape, &segment->file, segment->begin.wall_ns, &closed, force);
}

/* The oldest of those that are done. false: there is none, or it has to wait. */
bool keeper_finish_one(struct keeper *k)
{
	struct segment *segment = k->done;
	bool last_try;
	int rc = 0;

	if (!segment)
		return false;
	last_try = atomic_load(&k->config.desk->ending);
	/* Trying again and again would put everything else off, too. */
	if (segment->unnamed && k->retry_ns && !last_try)
		return false;
	if (!segment->finished)
		return false;
	if (segment->broken)
		rc = mend_file(k, segment);
	/* Of one that could not be written at all nothing is worth a name. */
	if (rc == 0 && (segment->finished_packets > 0 || !segment->failed))
		rc = publish(k, segment, last_try && segment->unnamed);
	if (rc < 0) {
		int room = keeper_make_room(k, rc);

		if (room >= 0)
			return room == 0;
	}
	if (rc == -ENOENT) {
		lose_segment(k, segment);
	} else if (rc < 0) {
		keeper_complain(k, NOTE_DISK, -rc, "%s: name a segment: %s",
				k->config.sink->directory, strerror(-rc));
		k->retry_ns = clock_boot(k->config.sink->clock) + KEEPER_RETRY_NS;
		if (!last_try || !segment->unnamed) {
			segment->unnamed = true;
			return last_try;
		}
		/* It stays under its hidden name, for the next start. */
		tape_abandon(k->tape, &segment->file);
		if (segment->broken)
			keeper_count_packets(k, segment, segment->readable_packets);
	}
	k->done = segment->next;
	if (!k->done)
		k->done_end = &k->done;
	keeper_free_segment(k, segment);
	atomic_fetch_sub(&k->config.desk->behind, 1);
	return true;
}
