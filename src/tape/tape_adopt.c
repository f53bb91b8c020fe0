/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a tape begins: the manifest is read and held against the files that are
 * there, and what a crash has left unfinished is finished.
 */
#include "tape.h"

#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames/pcapng.h"
#include "tape_found.h"
#include "tape_state.h"

#define UNREADABLE "wiretape-%08" PRIu64 ".unreadable"

static int by_sequence(const void *a, const void *b)
{
	const struct tape_entry *one = a, *other = b;

	return (one->sequence > other->sequence) - (one->sequence < other->sequence);
}

static void sort_index(struct tape *tape)
{
	if (tape->index.count > 0)
		qsort(tape_index_at(&tape->index, 0), tape->index.count, sizeof(struct tape_entry),
		      by_sequence);
}

/* --- what a crash has left ------------------------------------------------------ */

static bool is_held(const struct tape *tape, const struct tape_segment *segment)
{
	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++)
		if (tape->open[i].sequence == segment->sequence && !tape->open[i].left)
			return true;
	return false;
}

/* Counts it among the open segments. 0 or -errno. */
static int count_unfinished(struct tape *tape, struct tape_segment *segment)
{
	int rc = tape_hold(tape, segment);

	if (rc < 0)
		return rc;
	segment->counted = true;
	if (segment->sequence > tape->sequence)
		tape->sequence = segment->sequence;
	tape->held += segment->held;
	tape->open_files++;
	return 0;
}

/* One that cannot be finished now, for what may be so for good: it counts, as an open
 * one. 0, or rc for what passes by. */
static int leave_unfinished(struct tape *tape, const struct tape_segment *segment, int rc)
{
	if (rc == 0 || error_is_full(rc) || rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE)
		return rc;
	tape_note(tape, NOTE_ADOPT,
		  "%s: " MANIFEST_HIDDEN "%08" PRIu64
		  ": an unfinished segment cannot be finished (%s); it is kept, and tried again "
		  "at the next start",
		  tape->path, segment->sequence, strerror(-rc));
	return 0;
}

/* Opens the file of an unfinished segment, if it is that. 0 or -errno. */
static int open_unfinished(const struct tape *tape, struct tape_segment *segment,
			   const char *hidden)
{
	struct file_identity identity;
	int rc, fd;

	fd = openat(tape->dir, hidden, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = file_identify(fd, "", &identity, NULL);
	if (rc == 0 && !file_identity_equal(&identity, &segment->identity))
		rc = -EBUSY; /* replaced just now, or a mount is on it */
	if (rc < 0) {
		close(fd);
		return rc;
	}
	segment->fd = fd;
	return 0;
}

/* Opens an unfinished segment's file, unless it is open or has its name. 0 or
 * -errno. */
static int take_unfinished(struct tape *tape, struct tape_segment *segment)
{
	char hidden[MANIFEST_HIDDEN_ROOM];
	int rc;

	if (is_held(tape, segment))
		return 0;
	manifest_hidden_name(segment->sequence, hidden);
	/* Where a name was given by a link (tape_rename), this one was still to go. */
	if (tape_index_has(&tape->index, &segment->identity)) {
		(void)!unlinkat(tape->dir, hidden, 0);
		return 0;
	}
	rc = count_unfinished(tape, segment);
	if (rc == 0)
		rc = open_unfinished(tape, segment, hidden);
	if (rc != -ENOENT)
		rc = leave_unfinished(tape, segment, rc);
	if (rc < 0)
		tape_release(tape, segment);
	return rc == -ENOENT ? 0 : rc;
}

/* 0 or -errno. */
static int find_format(int fd, enum trim_format *format)
{
	uint32_t magic = 0;
	ssize_t n;

	do
		n = pread(fd, &magic, sizeof(magic), 0);
	while (n < 0 && errno == EINTR);
	*format = magic == PCAPNG_BLOCK_SHB ? TRIM_PCAPNG : TRIM_PCAP;
	return n < 0 ? -errno : 0;
}

/* Gives it a name that says that it could not be read. */
static int set_aside(struct tape *tape, struct tape_segment *segment, int rc)
{
	const struct tape_closed closed = {0};
	char name[64];
	struct segment_naming naming = {.style = NAME_TEMPLATE, .path = name, .base = name};

	snprintf(name, sizeof(name), UNREADABLE, segment->sequence);
	tape_note(tape, NOTE_ADOPT,
		  "%s: an unfinished segment cannot be read (%s), set aside as %s", tape->path,
		  strerror(-rc), name);
	return tape_publish_as(tape, segment, &naming, 0, &closed);
}

/* Cuts it to its whole records and publishes it. 0 or -errno. */
static int cut_and_publish(struct tape *tape, struct tape_segment *segment)
{
	struct segment_naming naming = *tape->config.naming;
	enum trim_format format = tape->config.format;
	struct trim_result found = {0};
	struct tape_closed closed = {0};
	struct stat st;
	int rc = fstat(segment->fd, &st) < 0 ? -errno : 0;

	if (rc == 0)
		rc = find_format(segment->fd, &format);
	if (rc == 0)
		rc = trim_scan(segment->fd, format, 0, (uint64_t)st.st_size, &found);
	if (rc < 0)
		return set_aside(tape, segment, rc);
	if (found.packets == 0) {
		tape_note(tape, NOTE_DETAIL, "%s: removed an unfinished segment without packets",
			  tape->path);
		tape_discard(tape, segment);
		return 0;
	}
	/* Gives back space reserved beyond, too. */
	if (ftruncate(segment->fd, (off_t)found.end) < 0 ||
	    (tape->config.sync && fsync(segment->fd) < 0))
		return set_aside(tape, segment, -errno);
	naming.extension = format == TRIM_PCAP ? "pcap" : "pcapng";
	closed.packets = found.packets;
	closed.first_ns = found.first_ns;
	closed.last_ns = found.last_ns;
	closed.order = found.order;
	rc = tape_publish_as(tape, segment, &naming, found.first_ns, &closed);
	if (rc == 0)
		tape_note(tape, NOTE_ADOPT,
			  "%s: published an unfinished segment, %" PRIu64
			  " packet%s, after cutting off %" PRIu64 " byte%s",
			  tape->path, found.packets, PLURAL(found.packets),
			  (uint64_t)st.st_size - found.end,
			  PLURAL((uint64_t)st.st_size - found.end));
	return rc;
}

/* Finishes an unfinished segment that is open. 0 or -errno. */
static int finish_unfinished(struct tape *tape, struct tape_segment *segment)
{
	int rc = leave_unfinished(tape, segment, cut_and_publish(tape, segment));

	if (rc == 0 && segment->fd >= 0) {
		close(segment->fd);
		segment->fd = -1;
	}
	return rc;
}

int tape_adopt(struct tape *tape, struct error *err)
{
	char size[FORMAT_SIZE_ROOM];
	struct tape_found found;
	int rc;

	tape_drop_removals(tape);
	tape_pack_drop(tape);
	tape_index_clear(&tape->index);
	rc = tape_find(tape, &found);
	tape->index = found.index;
	if (found.sequence > tape->sequence)
		tape->sequence = found.sequence;
	for (size_t i = 0; rc == 0 && i < found.count; i++)
		rc = take_unfinished(tape, &found.unfinished[i]);
	for (size_t i = 0; rc == 0 && i < found.gone_count; i++)
		rc = tape_remove_gone(tape, &found.gone[i]);
	/* A crash came between its packed file's name and its end. */
	for (size_t i = 0; rc == 0 && i < found.packed.count; i++)
		(void)tape_remove(tape, tape_index_at(&found.packed, i));
	if (rc == 0) {
		sort_index(tape);
		tape_set_ages(tape);
		tape_load_pins(tape);
		do
			rc = tape_write_manifest(tape);
		while (error_is_full(rc) && tape->config.prune &&
		       tape_delete_oldest(tape, "because the disk is full") == 0);
	}
	for (size_t i = 0; rc == 0 && i < found.count; i++)
		if (found.unfinished[i].fd >= 0)
			rc = finish_unfinished(tape, &found.unfinished[i]);
	if (rc < 0) {
		for (size_t i = 0; i < found.count; i++)
			if (found.unfinished[i].fd >= 0)
				tape_release(tape, &found.unfinished[i]);
		manifest_close(tape->manifest);
		tape->manifest = NULL;
	}
	found.index = (struct tape_index){0};
	if (rc == 0) {
		sort_index(tape);
		tape_pack_look(tape);
		/* One that was much longer than it had to be is not worth keeping. */
		tape_tidy_manifest(tape);
		tape_tell_orphans(tape, &found.orphans);
		tape_tell_strangers(tape, &found.orphans);
	}
	tape_found_clear(&found);
	if (rc < 0)
		return error_system(err, -rc, "%s: take in the segments that are there",
				    tape->path);
	if (tape->index.count > 0)
		tape_note(tape, NOTE_DETAIL, "%s: there already: %zu segment%s, %s", tape->path,
			  tape->index.count, PLURAL(tape->index.count),
			  format_size(size, tape->index.disk_bytes));
	return 0;
}
