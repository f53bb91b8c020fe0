/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the keeper needs both ahead of the writer and behind it: says and remembers
 * what went wrong, makes room on a full disk, and counts and frees segments.
 */
#include "tape_keeper.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/outfile.h"
#include "index/build.h"

struct segment *keeper_first_armed(const struct keeper *k)
{
	struct segment *armed;

	pthread_mutex_lock(&k->config.desk->lock);
	armed = k->config.desk->armed;
	pthread_mutex_unlock(&k->config.desk->lock);
	return armed;
}

bool keeper_is_last(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return r->max_files && k->armed >= r->max_files;
}

void keeper_say(void *context, enum note_cause cause, const char *text)
{
	struct keeper *k = context;
	const struct sink_tape_config *c = k->config.sink;
	uint64_t left_out;

	if (note_pass(&k->limit, cause, clock_boot(c->clock), &left_out))
		c->note(c->context, cause, text, left_out);
}

void keeper_complain(struct keeper *k, enum note_cause cause, int code, const char *format, ...)
{
	char text[sizeof(k->error_text)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (k->error_code == 0) {
		k->error_code = code;
		memcpy(k->error_text, text, sizeof(text));
	}
	keeper_say(k, cause, text);
}

int keeper_error(const struct keeper *k, struct error *err)
{
	if (k->error_code == 0)
		return 0;
	return error_set(err, k->error_code, "%s", k->error_text);
}

void keeper_tell_ring(struct keeper *k)
{
	atomic_store(&k->config.desk->news, true);
	desk_wake(k->config.desk->ring_fd);
}

int keeper_make_room(struct keeper *k, int rc)
{
	if (!error_is_full(rc) || k->config.sink->on_full != ON_FULL_PRUNE)
		return rc;
	if (!tape_is_removing(k->tape) &&
	    tape_delete_oldest(k->tape, "because the disk is full") < 0)
		return rc;
	if (!tape_is_removing(k->tape))
		return 0;
	tape_pace(k->tape, 0);
	return TAPE_LATER;
}

void keeper_give_in(struct keeper *k, int code, const char *text)
{
	const struct sink_tape_config *c = k->config.sink;
	struct tape_desk *d = k->config.desk;
	char more[sizeof(k->error_text)];

	k->retry_ns = clock_boot(c->clock) + KEEPER_RETRY_NS;
	if (error_is_full(-code) && c->on_full == ON_FULL_STOP) {
		pthread_mutex_lock(&d->lock);
		error_set(&d->stop_error, code, "%s", text);
		pthread_mutex_unlock(&d->lock);
		atomic_store(&d->stop, true);
		keeper_tell_ring(k);
		return;
	}
	/* What there is room for is not lost. */
	if (atomic_load(&d->current) && !atomic_load(&d->waiting)) {
		snprintf(more, sizeof(more), "%s; tried again every second", text);
		keeper_say(k, error_is_full(-code) ? NOTE_FULL : NOTE_DISK, more);
		return;
	}
	keeper_complain(k, error_is_full(-code) ? NOTE_FULL : NOTE_DISK, code,
			"%s; packets are dropped meanwhile", text);
	if (!atomic_exchange(&d->dropping, true))
		keeper_tell_ring(k);
}

void keeper_recover(struct keeper *k)
{
	/* Unless it is the next segment that could not be made. */
	if ((keeper_first_armed(k) || keeper_is_last(k)) &&
	    atomic_exchange(&k->config.desk->dropping, false))
		keeper_say(k, NOTE_FULL, "there is room again, recording goes on");
}

void keeper_count(struct keeper *k, struct segment *segment)
{
	if (!segment->file.counted)
		tape_grant(k->tape, &segment->file, 0, true);
}

void keeper_count_packets(struct keeper *k, struct segment *segment, uint64_t packets)
{
	uint64_t taken = atomic_load(&segment->packets);

	segment->finished_packets = packets;
	if (packets >= taken)
		return;
	stats_add(&k->config.sink->shared->unwritten, taken - packets);
	atomic_fetch_add(&k->config.desk->gap, taken - packets);
}

void keeper_free_segment(struct keeper *k, struct segment *segment)
{
	struct segment **at = &k->made;

	while (*at && *at != segment)
		at = &(*at)->later;
	if (*at)
		*at = segment->later;
	if (k->made_end == &segment->later)
		k->made_end = at;
	if (segment->sink)
		segment->sink->ops->close(segment->sink);
	else if (segment->outfile)
		outfile_close(segment->outfile);
	tape_discard(k->tape, &segment->file);
	index_build_close(segment->index);
	free(segment->file.index);
	free(segment);
}
