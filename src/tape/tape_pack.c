/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segment is packed next, and what becomes of it.
 */
#include "tape_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "tape_pack_queue.h"

/* After how long it is tried again where there was no room just now. */
#define LATER_NS (NS_PER_SECOND / 4)

/* --- one that is packed --------------------------------------------------------------- */

static size_t find_entry(const struct tape *tape, uint64_t sequence)
{
	size_t low = 0, high = tape->index.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (tape_index_at(&tape->index, middle)->sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tape->index.count && tape_index_at(&tape->index, low)->sequence == sequence
		       ? low
		       : tape->index.count;
}

/* Makes the file it is packed into. 0 or -errno. */
static int make_file(struct tape *tape, struct tape_packing *p, uint64_t sequence)
{
	struct tape_pack *k = tape->pack;
	struct manifest_line line;
	char hidden[MANIFEST_GONE_ROOM];
	int rc;

	manifest_gone_name(sequence, hidden);
	p->to = openat(tape->dir, hidden, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->to < 0)
		return -errno;
	rc = file_identify(p->to, "", &k->made, NULL);
	if (rc == 0 && tape_pack_line(tape, &line))
		rc = tape_add_line(tape, &line);
	if (rc < 0)
		(void)unlinkat(tape->dir, hidden, 0);
	return rc;
}

/* Whether the segment's packed file is begun: else -errno, or TAPE_LATER. */
static int begin(struct tape *tape, struct waiting *w)
{
	struct tape_pack *k = tape->pack;
	struct tape_packing *p = &k->packing;
	const struct tape_entry *e;
	size_t i = find_entry(tape, w->closed.sequence);
	int rc;

	if (i == tape->index.count)
		return -ENOENT;
	tape->pack_held = tape_index_at(&tape->index, i)->disk_bytes + TAPE_SEGMENT_EXTRA;
	rc = tape_room_for_packing(tape, tape->pack_held, w->closed.sequence);
	if (rc == 0 && (i = find_entry(tape, w->closed.sequence)) == tape->index.count)
		rc = -ENOENT;
	if (rc != 0) {
		tape->pack_held = 0;
		return rc == TAPE_SHORT ? -ENOSPC : rc;
	}
	e = tape_index_at(&tape->index, i);
	*p = (struct tape_packing){
		.job.run = tape_packing_run,
		.dir = fcntl(tape->dir, F_DUPFD_CLOEXEC, 3),
		.identity = e->identity,
		.level = tape->config.pack_level,
		.to = -1,
	};
	snprintf(p->name, sizeof(p->name), "%s", e->name);
	k->running = w;
	rc = p->dir < 0 ? -errno : make_file(tape, p, w->closed.sequence);
	if (rc < 0) {
		tape_packing_clear(p);
		k->running = NULL;
		tape->pack_held = 0;
		return rc;
	}
	helper_add(k->helper, &p->job);
	return 0;
}

/* Gives the packed file its name. 0 or -errno: then it is as before. */
static int publish(struct tape *tape, size_t i, struct manifest_line *line)
{
	struct tape_pack *k = tape->pack;
	struct tape_packing *p = &k->packing;
	const struct tape_entry *e = tape_index_at(&tape->index, i);
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{(time_t)(p->mtime_ns / NS_PER_SECOND), (long)(p->mtime_ns % NS_PER_SECOND)},
	};
	struct tape_segment made = {.index = p->index, .index_bytes = p->index_bytes};
	char hidden[MANIFEST_GONE_ROOM];
	uint64_t ignored;
	int rc;

	*line = (struct manifest_line){
		.kind = MANIFEST_SEGMENT,
		.sequence = e->sequence,
		.identity = k->made,
		.order = e->order,
		.wall_ns = e->wall_ns,
		.boot_ns = e->boot_ns > 0 ? (uint64_t)e->boot_ns : 0,
	};
	memset(line->boot_id, '-', MANIFEST_BOOT_ID);
	if (strcmp(e->boot_id, tape->boot_id) == 0)
		memcpy(line->boot_id, e->boot_id, sizeof(line->boot_id));
	if (snprintf(line->name, sizeof(line->name), "%s" PACK_ENDING, e->name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (faccessat(tape->dir, line->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (fchmod(p->to, tape->config.file_mode) < 0 && errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	(void)futimens(p->to, times);
	(void)file_mark_take(p->to, &line->mark);
	rc = tape_add_line(tape, line);
	if (rc < 0)
		return rc;
	/* Before it has its name: without it, it would be read through. */
	tape_put_index(tape, &made, line->name, &ignored);
	manifest_gone_name(e->sequence, hidden);
	rc = tape_rename(tape->dir, hidden, line->name);
	if (rc < 0)
		tape_remove_index(tape, line->name);
	else if (tape->config.sync && fsync(tape->dir) < 0)
		tape_note(tape, NOTE_DISK, "sync %s: %s", tape->path, strerror(errno));
	return rc;
}

/* It has its name: now it is the segment, and what it was goes. */
static void replace(struct tape *tape, size_t i, const struct manifest_line *line)
{
	struct tape_pack *k = tape->pack;
	struct tape_entry old = *tape_index_at(&tape->index, i), new = old;
	struct file_state state = {.disk_bytes = old.disk_bytes};
	char name[NAME_MAX + 1];
	int rc;

	snprintf(name, sizeof(name), "%s", old.name);
	old.name = name;
	(void)file_look(k->packing.to, "", &state);
	new.identity = k->made;
	new.mark = line->mark;
	new.disk_bytes = state.disk_bytes;
	new.index_disk_bytes = tape_index_file_bytes(tape, line->name);
	if (tape_index_replace(&tape->index, i, &new, line->name) < 0)
		tape_note(tape, NOTE_DISK, "%s: not kept track of: %s", line->name,
			  strerror(ENOMEM));
	rc = tape_remove(tape, &old);
	if (rc < 0 && rc != -ENOENT)
		tape_note(tape, NOTE_DISK, "%s: packed, but not deleted: %s", name, strerror(-rc));
	k->counts.segments++;
	k->counts.bytes += k->packing.result.bytes;
	k->counts.packed_bytes += k->packing.result.packed_bytes;
	tape_note(tape, NOTE_DETAIL, "%s: packed, %" PRIu64 " byte%s instead of %" PRIu64,
		  line->name, k->packing.result.packed_bytes,
		  PLURAL(k->packing.result.packed_bytes), k->packing.result.bytes);
}

/* Who is to be told gets the new name. */
static void tell_packed(struct tape *tape, struct waiting *w)
{
	const char *slash = w->closed.path ? strrchr(w->closed.path, '/') : NULL;
	char *path;

	if (!slash || asprintf(&path, "%s" PACK_ENDING, w->closed.path) < 0)
		return;
	free((char *)(uintptr_t)w->closed.path);
	w->closed.path = path;
	w->closed.bytes = tape->pack->packing.result.packed_bytes;
}

static bool is_smaller(const struct tape *tape, size_t i)
{
	struct file_state state;

	return file_look(tape->pack->packing.to, "", &state) == 0 &&
	       state.disk_bytes < tape_index_at(&tape->index, i)->disk_bytes;
}

/* What was packed takes the segment's place, or is thrown away. */
static void finish(struct tape *tape)
{
	struct tape_pack *k = tape->pack;
	struct tape_packing *p = &k->packing;
	struct waiting *w = k->running;
	const size_t i = find_entry(tape, w->closed.sequence);
	const bool there = i < tape->index.count && !atomic_load(&p->stop);
	struct manifest_line line;
	char hidden[MANIFEST_GONE_ROOM];
	int rc = p->rc;

	if (rc == 0 && (!there || tape_check(tape, i, true) <= 0))
		rc = -ECANCELED;
	if (rc == 0 && !is_smaller(tape, i))
		rc = -EFBIG;
	if (rc == 0)
		rc = publish(tape, i, &line);
	if (rc == 0) {
		replace(tape, i, &line);
		tell_packed(tape, w);
	} else {
		manifest_gone_name(w->closed.sequence, hidden);
		(void)unlinkat(tape->dir, hidden, 0);
	}
	if (rc == -EFBIG)
		tape_note(tape, NOTE_DETAIL, "%s: stays as it is: packed it is no smaller",
			  p->name);
	else if (rc < 0 && rc != -ECANCELED && there) {
		k->counts.failed++;
		tape_note(tape, NOTE_PACK, "%s: pack it: %s; it stays as it is", p->name,
			  strerror(-rc));
	}
	tape_packing_clear(p);
	k->running = NULL;
	tape->pack_held = 0;
	pack_queue_let_go(tape, w);
}

/* --- all of them ------------------------------------------------------------------------ */

/* The oldest that was there at the start and is not packed; null: there is none. */
static struct waiting *find_earlier(struct tape *tape)
{
	struct tape_pack *k = tape->pack;
	const struct tape_entry *e;

	for (size_t i = 0; k->after < k->counts.there && (e = tape_index_at(&tape->index, i));
	     i++) {
		if (e->sequence <= k->after || e->sequence > k->counts.there)
			continue;
		k->after = e->sequence;
		if (!e->packed && !tape->config.busy(tape->config.context, e->sequence, false))
			return pack_queue_new(e->sequence, NULL);
	}
	k->after = k->counts.there;
	return NULL;
}

/* Begins the next one. Nanoseconds until that can be tried. */
static uint64_t begin_next(struct tape *tape)
{
	struct tape_pack *k = tape->pack;
	const uint64_t now = clock_boot(tape->config.clock);
	struct waiting *w;
	int rc;

	if (k->later_ns > now)
		return k->later_ns - now;
	while (!k->running) {
		w = k->first ? pack_queue_take(k) : k->ending ? NULL : find_earlier(tape);
		if (!w)
			return UINT64_MAX;
		rc = begin(tape, w);
		if (rc == TAPE_LATER) {
			w->next = k->first;
			k->first = w;
			if (!w->next)
				k->last = &w->next;
			k->waiting++;
			k->later_ns = now + LATER_NS;
			return LATER_NS;
		}
		if (rc < 0 && rc != -ENOENT) {
			k->counts.failed++;
			tape_note(tape, NOTE_PACK, "%s: pack a segment: %s; it stays as it is",
				  tape->path, strerror(-rc));
		}
		if (rc < 0)
			pack_queue_let_go(tape, w);
	}
	return UINT64_MAX;
}

uint64_t tape_pack(struct tape *tape)
{
	struct tape_pack *k = tape->pack;

	if (!k)
		return UINT64_MAX;
	if (k->running && helper_take(k->helper))
		finish(tape);
	return begin_next(tape);
}

void tape_pack_start(struct tape *tape)
{
	if (tape->pack)
		helper_start(tape->pack->helper);
}

void tape_pack_end(struct tape *tape, bool now)
{
	struct tape_pack *k = tape->pack;
	struct waiting *w;

	if (!k)
		return;
	k->ending = true;
	if (!now)
		return;
	if (k->running)
		atomic_store(&k->packing.stop, true);
	while ((w = pack_queue_take(k)))
		pack_queue_let_go(tape, w);
}

bool tape_is_packing(const struct tape *tape)
{
	return tape->pack && (tape->pack->running || tape->pack->first);
}

void tape_pack_count(const struct tape *tape, struct tape_pack_counts *counts)
{
	*counts = (struct tape_pack_counts){0};
	if (!tape->pack)
		return;
	*counts = tape->pack->counts;
	counts->waiting = tape->pack->waiting + (tape->pack->running != NULL);
	counts->kept = tape->index.packed;
	counts->kept_bytes = tape->index.packed_bytes;
}
