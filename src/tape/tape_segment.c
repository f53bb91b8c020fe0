/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open segments: made under a hidden name, counted, and removed or left for the next
 * start. What must survive a crash is written before it is done: a segment's identity
 * before its first byte counts.
 */
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

/* The place for a segment: its own where it was left, else a free one, or that of one that
 * was left; TAPE_OPEN_MOST: there is none. */
static unsigned find_place(const struct tape *tape, uint64_t sequence)
{
	unsigned place = TAPE_OPEN_MOST;

	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++) {
		if (tape->open[i].left && tape->open[i].sequence == sequence)
			return i;
		if (tape->open[i].sequence == 0 || (tape->open[i].left && place == TAPE_OPEN_MOST))
			place = i;
	}
	return place;
}

int tape_hold(struct tape *tape, const struct tape_segment *segment)
{
	const unsigned i = find_place(tape, segment->sequence);

	if (i == TAPE_OPEN_MOST)
		return -EMFILE;
	tape->open[i].sequence = segment->sequence;
	tape->open[i].identity = segment->identity;
	tape->open[i].left = false;
	tape->open[i].ordered_bytes = 0;
	tape->open[i].order.known = false;
	return 0;
}

/* Its hidden file stays: what is written of it in the manifest has to, too. */
static void leave(struct tape *tape, const struct tape_segment *segment)
{
	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++)
		if (tape->open[i].sequence == segment->sequence)
			tape->open[i].left = true;
}

void tape_release(struct tape *tape, struct tape_segment *segment)
{
	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++)
		if (tape->open[i].sequence == segment->sequence && !tape->open[i].left)
			tape->open[i].sequence = 0;
	tape_ungrant(tape, segment, segment->held);
	tape->open_files -= segment->counted;
	segment->counted = false;
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

/* Makes the file of the next number. A file that is there already is not ours,
 * or it would have been adopted: the number after that one, then. 0 or -errno. */
static int create_file(struct tape *tape, struct tape_segment *segment)
{
	char hidden[MANIFEST_HIDDEN_ROOM];

	do {
		segment->sequence = ++tape->sequence;
		manifest_hidden_name(segment->sequence, hidden);
		segment->fd = openat(tape->dir, hidden,
				     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	} while (segment->fd < 0 && errno == EEXIST);
	if (segment->fd >= 0) {
		/* Not less by the umask: it is opened again, for direct writes. */
		(void)!fchmod(segment->fd, 0600);
		return 0;
	}
	tape->sequence--;
	return -errno;
}

int tape_create(struct tape *tape, struct tape_segment *segment, struct error *err)
{
	struct manifest_line line = {.kind = MANIFEST_OPEN};
	int rc;

	*segment = (struct tape_segment){.fd = -1};
	rc = tape_grant(tape, segment, TAPE_SEGMENT_EXTRA, false);
	if (rc < 0)
		return error_system(err, -rc, "%s: begin a segment", tape->path);
	if (rc != 0) {
		error_set(err, ENOSPC, "%s: begin a segment: the budget is used up", tape->path);
		return rc;
	}
	rc = create_file(tape, segment);
	if (rc < 0) {
		tape_release(tape, segment);
		return error_system(err, -rc, "%s: create a segment", tape->path);
	}
	rc = file_identify(segment->fd, "", &segment->identity, NULL);
	line.sequence = segment->sequence;
	line.identity = segment->identity;
	if (rc == 0)
		rc = tape_hold(tape, segment);
	if (rc == 0)
		rc = tape_put_line(tape, &line);
	if (rc < 0) {
		tape_discard(tape, segment);
		return error_system(err, -rc, "%s: create a segment", tape->path);
	}
	tape_tidy_manifest(tape);
	return 0;
}

void tape_discard(struct tape *tape, struct tape_segment *segment)
{
	struct file_identity ours, there;
	char hidden[MANIFEST_HIDDEN_ROOM];

	if (segment->fd < 0)
		return;
	/* Not a file of that name in a directory that is there anew. */
	manifest_hidden_name(segment->sequence, hidden);
	if (file_identify(segment->fd, "", &ours, NULL) == 0 &&
	    file_identify(tape->dir, hidden, &there, NULL) == 0 &&
	    file_identity_equal(&ours, &there) && unlinkat(tape->dir, hidden, 0) < 0) {
		/* At least its space is free again; the next start tries to. */
		tape_note(tape, NOTE_DISK, "%s: remove a segment: %s", tape->path, strerror(errno));
		(void)!ftruncate(segment->fd, 0);
		leave(tape, segment);
	}
	/* Nobody has seen the number, and a gap would look like a loss. */
	if (segment->sequence == tape->sequence)
		tape->sequence--;
	tape_release(tape, segment);
}

void tape_abandon(struct tape *tape, struct tape_segment *segment)
{
	if (segment->fd < 0)
		return;
	leave(tape, segment);
	tape_release(tape, segment);
}
