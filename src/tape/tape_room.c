/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept: disk space is set aside for open segments, and the oldest of the
 * finished ones are deleted for it, for their number, their age, or the free space
 * that has to stay.
 */
#include "tape.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lesser.h"
#include "tape_state.h"

/* How often free space is looked at where some is to be kept. */
#define RESERVE_LOOK_NS NS_PER_SECOND

/* After how long one that could not be deleted is tried again. */
#define STUCK_NS (10 * NS_PER_SECOND)

/* The oldest one, from the i-th oldest on, that deleting is worth a try, and its
 * place; null: there is none. */
static const struct tape_entry *find_deletable(const struct tape *tape, size_t *i)
{
	const uint64_t now = clock_boot(tape->config.clock);
	const struct tape_entry *e;

	while ((e = tape_index_at(&tape->index, *i)) && (e->retry_ns > now || e->pinned))
		++*i;
	return e;
}

/* Each of them, for who asked for details; for others that it is done at all. */
static void tape_note_deleted(struct tape *tape, const char *name, const char *why)
{
	tape_note(tape, NOTE_DETAIL, "%s: deleted %s", name, why);
	tape_note(tape, NOTE_PRUNE, "%s: deleted %s", name, why);
}

/* Deletes a segment, if it still is the file we made. It stays ours, and counts, where
 * that fails: one that is immutable, or has a mount on it. 0 or -errno. */
static int delete (struct tape *tape, size_t i, const char *why)
{
	struct tape_entry *e;
	bool waited;
	int rc = tape_check(tape, i, true);

	if (rc == 0)
		return 0;
	e = tape_index_at(&tape->index, i);
	if (rc > 0)
		rc = tape_remove(tape, e);
	if (rc < 0 && rc != -ENOENT) {
		e->retry_ns = clock_boot(tape->config.clock) + STUCK_NS;
		tape_note(tape, NOTE_DISK,
			  "delete %s: %s; it is kept, and the next oldest goes instead", e->name,
			  strerror(-rc));
		return rc;
	}
	waited = tape_pack_forget(tape, e->sequence);
	if (tape->config.busy(tape->config.context, e->sequence, true) || waited)
		tape_note(tape, NOTE_FORCED, "%s: deleted before its hook had ended: %s", e->name,
			  why);
	else
		tape_note_deleted(tape, e->name, why);
	tape_index_drop(&tape->index, i);
	return 0;
}

int tape_delete_oldest(struct tape *tape, const char *why)
{
	int rc = -ENOENT;

	tape_check_all(tape);
	tape_mark_pinned(tape);
	for (size_t i = 0; rc < 0 && find_deletable(tape, &i); i++)
		rc = delete (tape, i, why);
	return rc < 0 ? -ENOENT : 0;
}

/* Bytes free for us beyond those to be kept free; negative where too little is. */
static int64_t free_bytes(const struct tape *tape)
{
	struct statvfs fs;

	if (fstatvfs(tape->dir, &fs) < 0)
		return INT64_MAX;
	return (int64_t)(fs.f_bavail * fs.f_frsize) - (int64_t)tape->config.rotation->reserve_bytes;
}

uint64_t tape_free_bytes(const struct tape *tape)
{
	int64_t bytes = free_bytes(tape);

	return bytes > 0 ? (uint64_t)bytes : 0;
}

/* Whether so much more may be set aside: 0, or what is in the way. */
static int fits(const struct tape *tape, uint64_t bytes)
{
	const struct rotation *r = tape->config.rotation;
	const uint64_t coming = tape_coming_bytes(tape);
	const uint64_t then = tape_settled_bytes(tape) + bytes;

	if (r->budget_bytes && then + coming > r->budget_bytes)
		return then > r->budget_bytes ? TAPE_SHORT : TAPE_LATER;
	if (r->reserve_bytes && free_bytes(tape) < (int64_t)bytes)
		return free_bytes(tape) + (int64_t)coming < (int64_t)bytes ? -ENOSPC : TAPE_LATER;
	return 0;
}

static bool is_busy(struct tape *tape, const struct tape_entry *e)
{
	return tape->config.busy(tape->config.context, e->sequence, false);
}

static bool too_many(const struct tape *tape, bool more)
{
	const struct rotation *r = tape->config.rotation;

	return r->files && tape_files(tape) + more > r->files;
}

/* Deletes down to the number of files, with so many more. A hook may finish its
 * work first: the number is not that important. */
static void keep_number(struct tape *tape, bool more)
{
	const struct tape_entry *e;
	size_t i = 0;

	if (too_many(tape, more))
		tape_check_all(tape);
	tape_mark_pinned(tape);
	while (too_many(tape, more) && (e = find_deletable(tape, &i)) && !is_busy(tape, e))
		i += delete (tape, i, "by the number of files") < 0;
}

int tape_grant(struct tape *tape, struct tape_segment *segment, uint64_t bytes, bool count)
{
	bool more = count && !segment->counted;
	int rc;

	keep_number(tape, more);
	if (fits(tape, bytes) != 0)
		tape_check_all(tape);
	while ((rc = fits(tape, bytes)) != 0) {
		if (rc == TAPE_LATER ||
		    tape_delete_oldest(tape,
				       rc == TAPE_SHORT ? "by the budget" : "for the reserve") < 0)
			return rc;
		/* What was said of many small ones can be large, too. */
		tape_tidy_manifest(tape);
	}
	segment->held += bytes;
	tape->held += bytes;
	if (more) {
		segment->counted = true;
		tape->open_files++;
	}
	return 0;
}

int tape_room_for_packing(struct tape *tape, uint64_t bytes, uint64_t sequence)
{
	const struct tape_entry *oldest;
	int rc;

	while ((rc = fits(tape, bytes)) != 0) {
		oldest = tape_index_at(&tape->index, 0);
		/* Not itself, and nothing younger. */
		if (rc == TAPE_LATER || !oldest || oldest->sequence >= sequence ||
		    tape_delete_oldest(tape, "by the budget, to pack another one") < 0)
			break;
	}
	return rc;
}

void tape_ungrant(struct tape *tape, struct tape_segment *segment, uint64_t bytes)
{
	segment->held -= bytes;
	tape->held -= bytes;
}

/* Deletes what is too old. Nanoseconds until that should be looked at again. */
static uint64_t expire_old(struct tape *tape)
{
	const uint64_t age_ns = tape->config.rotation->age_ns;
	const int64_t now = (int64_t)clock_boot(tape->config.clock);
	const struct tape_entry *e;
	uint64_t wait = UINT64_MAX;

	tape_mark_pinned(tape);
	for (size_t i = 0; (e = tape_index_at(&tape->index, i));) {
		int64_t age = now - e->boot_ns;

		/* None is older than the one before it. */
		if (age < (int64_t)age_ns)
			return lesser(wait, age_ns - (uint64_t)(age > 0 ? age : 0));
		if (e->pinned) {
			i++;
			continue;
		}
		if (e->retry_ns <= (uint64_t)now && is_busy(tape, e))
			return lesser(wait, NS_PER_SECOND);
		if (e->retry_ns <= (uint64_t)now && delete (tape, i, "by its age") == 0)
			continue;
		wait = lesser(wait, tape_index_at(&tape->index, i++)->retry_ns - (uint64_t)now);
	}
	return wait;
}

uint64_t tape_expire(struct tape *tape)
{
	const struct rotation *r = tape->config.rotation;
	uint64_t wait;

	tape_collect(tape);
	tape_check_some(tape);
	/* What a hook was waited for. */
	keep_number(tape, false);
	wait = r->age_ns ? expire_old(tape) : UINT64_MAX;
	if (r->reserve_bytes) {
		while (free_bytes(tape) + (int64_t)tape_coming_bytes(tape) < 0 &&
		       tape_delete_oldest(tape, "for the reserve") == 0)
			;
		wait = lesser(wait, RESERVE_LOOK_NS);
	}
	if (tape_has_stuck(tape))
		wait = lesser(wait, NS_PER_SECOND);
	return wait;
}
