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

void keeper_count(struct keeper *k, struct segment *segment)
{
	if (!segment->file.counted)
		tape_grant(k->tape, &segment->file, 0, true);
}

void keeper_free_segment(struct keeper *k, struct segment *segment)
{
	if (segment->sink)
		segment->sink->ops->close(segment->sink);
	else if (segment->outfile)
		outfile_close(segment->outfile);
	tape_discard(k->tape, &segment->file);
	free(segment);
}
