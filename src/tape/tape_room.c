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

#include "tape_state.h"

/* How often free space is looked at where some is to be kept. */
#define RESERVE_LOOK_NS NS_PER_SECOND

/* Deletes the oldest segment, if it still is the file we made. It stays ours
 * where that fails. 0 or -errno. */
static int delete_oldest(struct tape *tape, const char *why)
{
	struct tape_entry *oldest = tape_index_at(&tape->index, 0);
	struct file_identity now;
	int rc = file_identify(tape->dir, oldest->name, &now, NULL);

	if (rc == 0 && !file_identity_equal(&now, &oldest->identity))
		tape_note(tape, NOTE_DISK, "%s: replaced by another file, which is left alone",
			  oldest->name);
	else if (rc == 0)
		rc = tape_remove(tape, oldest);
	if (rc < 0 && rc != -ENOENT) {
		tape_note(tape, NOTE_DISK, "delete %s: %s", oldest->name, strerror(-rc));
		return rc;
	}
	if (tape->config.busy(tape->config.context, oldest->sequence, true))
		tape_note(tape, NOTE_FORCED, "%s: deleted before its hook had ended: %s",
			  oldest->name, why);
	else
		tape_note(tape, NOTE_DETAIL, "%s: deleted %s", oldest->name, why);
	tape_index_drop(&tape->index);
	return 0;
}

int tape_delete_oldest(struct tape *tape, const char *why)
{
	return tape->index.count > 0 ? delete_oldest(tape, why) : -ENOENT;
}

static bool oldest_is_busy(struct tape *tape)
{
	const struct tape_entry *oldest = tape_index_at(&tape->index, 0);

	return tape->config.busy(tape->config.context, oldest->sequence, false);
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

/* Deletes down to the number of files, with so many more. A hook may finish its
 * work first: the number is not that important. 0 or -errno. */
static int keep_number(struct tape *tape, bool more)
{
	const struct rotation *r = tape->config.rotation;
	int rc = 0;

	while (rc == 0 && r->files && tape_files(tape) + more > r->files && tape->index.count > 0 &&
	       !oldest_is_busy(tape))
		rc = delete_oldest(tape, "by the number of files");
	return rc;
}

int tape_grant(struct tape *tape, struct tape_segment *segment, uint64_t bytes, bool count)
{
	bool more = count && !segment->counted;
	int rc = keep_number(tape, more);

	if (rc < 0)
		return rc;
	while ((rc = fits(tape, bytes)) != 0) {
		if (rc == TAPE_LATER || tape->index.count == 0)
			return rc;
		rc = delete_oldest(tape, rc == TAPE_SHORT ? "by the budget" : "for the reserve");
		if (rc < 0)
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

void tape_ungrant(struct tape *tape, struct tape_segment *segment, uint64_t bytes)
{
	segment->held -= bytes;
	tape->held -= bytes;
}

uint64_t tape_expire(struct tape *tape)
{
	const struct rotation *r = tape->config.rotation;
	const int64_t now = (int64_t)clock_boot(tape->config.clock);
	uint64_t wait = UINT64_MAX;
	struct tape_entry *oldest;

	tape_collect(tape);
	/* What a hook was waited for. */
	keep_number(tape, false);
	while (r->age_ns && (oldest = tape_index_at(&tape->index, 0))) {
		int64_t age = now - oldest->boot_ns;

		if (age < (int64_t)r->age_ns) {
			wait = r->age_ns - (uint64_t)(age > 0 ? age : 0);
			break;
		}
		if (oldest_is_busy(tape) || delete_oldest(tape, "by its age") < 0) {
			wait = NS_PER_SECOND;
			break;
		}
	}
	if (r->reserve_bytes) {
		while (tape->index.count > 0 &&
		       free_bytes(tape) + (int64_t)tape_coming_bytes(tape) < 0 &&
		       delete_oldest(tape, "for the reserve") == 0)
			;
		wait = wait < RESERVE_LOOK_NS ? wait : RESERVE_LOOK_NS;
	}
	if (tape_has_stuck(tape))
		wait = wait < NS_PER_SECOND ? wait : NS_PER_SECOND;
	return wait;
}
