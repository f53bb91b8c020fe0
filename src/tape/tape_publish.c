/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A finished segment gets its name, never in place of another file. What must survive a
 * crash is written before it is done: the name, before the segment gets it.
 */
#include "tape.h"

#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

#define NAME_ATTEMPTS 10000u

/* Its hidden name. 0 where it still has that; -ENOENT where it has not, or, in a
 * directory that is there again, another file does; or -errno. */
static int find_hidden(const struct tape *tape, const struct tape_segment *segment,
		       char name[static MANIFEST_HIDDEN_ROOM])
{
	struct file_identity now;
	int rc;

	manifest_hidden_name(segment->sequence, name);
	rc = file_identify(tape->dir, name, &now, NULL);
	if (rc == 0 && !file_identity_equal(&now, &segment->identity))
		rc = -ENOENT;
	return rc;
}

struct naming_of {
	const struct segment_naming *naming;
	uint64_t begin_wall_ns;
	bool force;
};

/* The first name that is free. */
static int give_name(struct tape *tape, const struct tape_segment *segment,
		     const struct naming_of *how, struct manifest_line *line)
{
	char hidden[MANIFEST_HIDDEN_ROOM];
	int rc = find_hidden(tape, segment, hidden);

	if (rc < 0)
		return rc;
	rc = -EEXIST;
	for (unsigned attempt = 0; rc == -EEXIST && attempt < NAME_ATTEMPTS; attempt++) {
		rc = segment_name_make(how->naming, how->begin_wall_ns, segment->sequence, attempt,
				       line->name);
		if (rc < 0)
			return rc;
		/* Mostly this tells, without a line written for nothing. */
		if (faccessat(tape->dir, line->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			rc = -EEXIST;
			continue;
		}
		rc = tape_add_line(tape, line);
		if (rc == 0 || how->force)
			rc = tape_rename(tape->dir, hidden, line->name);
	}
	return rc;
}

static void tell(struct tape *tape, const struct tape_closed *closed, const char *name)
{
	char directory[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	struct tape_closed copy = *closed;

	/* It may have been renamed. */
	snprintf(path, sizeof(path), "%s/%s",
		 tape_find_path(tape->dir, directory) == 0 ? directory : tape->path, name);
	copy.path = path;
	tape_note(tape, NOTE_DETAIL, "%s: %" PRIu64 " packet%s, %" PRIu64 " byte%s", path,
		  copy.packets, PLURAL(copy.packets), copy.bytes, PLURAL(copy.bytes));
	if (!tape_pack_add(tape, &copy))
		tape->config.closed(tape->config.context, &copy);
}

static int publish(struct tape *tape, struct tape_segment *segment, const struct naming_of *how,
		   const struct tape_closed *closed)
{
	struct manifest_line line = {
		.kind = MANIFEST_SEGMENT,
		.sequence = segment->sequence,
		.identity = segment->identity,
		.order = closed->order,
		.wall_ns = clock_wall(tape->config.clock),
		.boot_ns = clock_boot(tape->config.clock),
	};
	struct tape_entry entry = {
		.sequence = segment->sequence,
		.identity = segment->identity,
		.order = closed->order,
		.wall_ns = line.wall_ns,
		.boot_ns = (int64_t)line.boot_ns,
	};
	struct tape_closed told = *closed;
	struct file_state state;
	int rc;

	memcpy(line.boot_id, tape->boot_id, sizeof(line.boot_id));
	memcpy(entry.boot_id, tape->boot_id, sizeof(entry.boot_id));
	/* Not before: after a crash one its owner may not write could not be opened.
	 * Some file systems keep no bits, or not these. */
	if (fchmod(segment->fd, tape->config.file_mode) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		return -errno;
	/* Without it, it is proven ours where that goes by the time of birth alone. */
	(void)file_mark_take(segment->fd, &line.mark);
	entry.mark = line.mark;
	rc = give_name(tape, segment, how, &line);
	if (rc < 0)
		return rc;
	tape_put_index(tape, segment, line.name, &entry.index_disk_bytes);
	if (tape->config.sync && fsync(tape->dir) < 0)
		tape_note(tape, NOTE_DISK, "sync %s: %s", tape->path, strerror(errno));
	if (file_look(segment->fd, "", &state) < 0)
		state = (struct file_state){.disk_bytes = segment->held};
	entry.disk_bytes = state.disk_bytes;
	told.sequence = segment->sequence;
	told.bytes = state.bytes;
	tape_release(tape, segment);
	if (tape_index_add(&tape->index, &entry, line.name) < 0)
		tape_note(tape, NOTE_DISK, "%s: not kept track of: %s", line.name,
			  strerror(ENOMEM));
	tell(tape, &told, line.name);
	return 0;
}

int tape_publish(struct tape *tape, struct tape_segment *segment, uint64_t begin_wall_ns,
		 const struct tape_closed *closed, bool force)
{
	const struct naming_of how = {tape->config.naming, begin_wall_ns, force};

	return publish(tape, segment, &how, closed);
}

int tape_publish_as(struct tape *tape, struct tape_segment *segment,
		    const struct segment_naming *naming, uint64_t begin_wall_ns,
		    const struct tape_closed *closed)
{
	const struct naming_of how = {naming, begin_wall_ns, false};

	return publish(tape, segment, &how, closed);
}
