/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a segment's file is deleted. A large one at once can hold up every other call on
 * that file system for a tenth of a second and more (ext4 with discard). So it gets a
 * hidden name, from which on nobody takes it for a segment, and is cut off from its end,
 * slice after slice, on a thread of its own.
 *
 * Not where that would do harm: what somebody reads is still there for them after
 * unlink(), and so it is under another name.
 */
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

/* After how long it is tried again. */
#define RETRY_NS NS_PER_SECOND

static uint64_t slice_bytes(const struct tape *tape)
{
	return tape->config.slice_bytes ? tape->config.slice_bytes : TAPE_SLICE_BYTES;
}

/* Whether the file behind fd has no other name and nobody else has it open: only then
 * it can be leased (fcntl(2)). Where a file system knows no leases it is not known. */
static bool is_ours_alone(int fd, const struct stat *st)
{
	if (st->st_nlink != 1)
		return false;
	/* Who opens it in this very moment would have us told by SIGIO, which kills. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return false;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* Cuts it off, down to a slice. What cannot be cut is left to unlink(). */
static void cut_slices(struct helper *helper, struct tape_removal *r, int fd)
{
	const uint64_t slice = slice_bytes(r->tape);
	struct file_identity identity;
	struct stat st;
	uint64_t bytes;

	if (file_identify(fd, "", &identity, NULL) < 0 ||
	    !file_identity_equal(&identity, &r->identity) || fstat(fd, &st) < 0 ||
	    !is_ours_alone(fd, &st))
		return;
	/* After a power failure it may not be there, shortened, under its old name. */
	if (r->tape->config.sync && fsync(r->tape->dir) < 0)
		return;
	for (bytes = (uint64_t)st.st_size; bytes > slice;) {
		bytes -= slice;
		if (ftruncate(fd, (off_t)bytes) < 0 || fstat(fd, &st) < 0)
			return;
		atomic_store(&r->left, (uint64_t)st.st_blocks * 512);
		helper_tell(helper);
		helper_nap(helper);
	}
}

static void run(struct helper *helper, struct helper_job *job)
{
	struct tape_removal *r = (struct tape_removal *)job;
	char name[MANIFEST_GONE_ROOM];
	struct file_identity identity;
	int fd;

	manifest_gone_name(r->sequence, name);
	fd = openat(r->tape->dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		cut_slices(helper, r, fd);
		close(fd);
	}
	r->rc = file_identify(r->tape->dir, name, &identity, NULL);
	/* Another file of that name is not ours. */
	if (r->rc == 0 && file_identity_equal(&identity, &r->identity) &&
	    unlinkat(r->tape->dir, name, 0) < 0)
		r->rc = -errno;
	if (r->rc == -ENOENT)
		r->rc = 0;
	if (r->rc == 0)
		atomic_store(&r->left, 0);
}

static struct tape_removal *new_removal(struct tape *tape, uint64_t sequence,
					const struct file_identity *identity, uint64_t disk_bytes)
{
	struct tape_removal *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->job.run = run;
	r->tape = tape;
	r->sequence = sequence;
	r->identity = *identity;
	atomic_store(&r->left, disk_bytes);
	return r;
}

static void add_removal(struct tape *tape, struct tape_removal *r)
{
	r->next = tape->removals;
	tape->removals = r;
	helper_add(tape->remover, &r->job);
	tape_collect(tape);
}

/* Gives it the hidden name, and it to the thread. Whether that went well. */
static bool remove_in_slices(struct tape *tape, const struct tape_entry *entry)
{
	struct manifest_line line = {
		.kind = MANIFEST_GONE,
		.sequence = entry->sequence,
		.identity = entry->identity,
	};
	struct tape_removal *r =
		new_removal(tape, entry->sequence, &entry->identity, entry->disk_bytes);
	char name[MANIFEST_GONE_ROOM];

	if (!r)
		return false;
	/* The line on the segment proves it just as well, as long as that is there. */
	(void)manifest_add(tape->manifest, &line);
	manifest_gone_name(entry->sequence, name);
	if (tape_rename(tape->dir, entry->name, name) < 0) {
		free(r);
		return false;
	}
	add_removal(tape, r);
	return true;
}

int tape_remove(struct tape *tape, const struct tape_entry *entry)
{
	if ((entry->disk_bytes <= slice_bytes(tape) || !remove_in_slices(tape, entry)) &&
	    unlinkat(tape->dir, entry->name, 0) < 0)
		return -errno;
	if (entry->index_disk_bytes > 0)
		tape_remove_index(tape, entry->name);
	return 0;
}

int tape_remove_gone(struct tape *tape, const struct tape_segment *segment)
{
	struct tape_removal *r =
		new_removal(tape, segment->sequence, &segment->identity, segment->held);

	if (!r)
		return -ENOMEM;
	add_removal(tape, r);
	return 0;
}

void tape_collect(struct tape *tape)
{
	const uint64_t now = clock_boot(tape->config.clock);
	struct tape_removal **at, *r;

	for (r = tape->removals; r && !tape->ending; r = r->next) {
		if (r->retry_ns == 0 || now < r->retry_ns)
			continue;
		r->retry_ns = 0;
		helper_add(tape->remover, &r->job);
	}
	while ((r = (struct tape_removal *)helper_take(tape->remover))) {
		if (r->rc < 0) {
			tape_note(tape, NOTE_DISK, "%s: delete a segment: %s", tape->path,
				  strerror(-r->rc));
			r->retry_ns = now + RETRY_NS;
			continue;
		}
		for (at = &tape->removals; *at != r; at = &(*at)->next)
			;
		*at = r->next;
		free(r);
	}
}

bool tape_has_stuck(const struct tape *tape)
{
	for (const struct tape_removal *r = tape->removals; r && !tape->ending; r = r->next)
		if (r->retry_ns)
			return true;
	return false;
}

bool tape_is_removing(const struct tape *tape)
{
	return helper_is_busy(tape->remover);
}

void tape_start_removing(struct tape *tape)
{
	helper_start(tape->remover);
}

void tape_pace(struct tape *tape, uint64_t nap_ns)
{
	helper_pace(tape->remover, nap_ns);
}

void tape_end(struct tape *tape)
{
	tape->ending = true;
	helper_pace(tape->remover, 0);
}

void tape_drop_removals(struct tape *tape)
{
	struct tape_removal *r;

	helper_drain(tape->remover);
	while (helper_take(tape->remover))
		;
	while ((r = tape->removals)) {
		tape->removals = r->next;
		free(r);
	}
}
