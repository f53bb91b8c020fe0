/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running tape: making segments, making room for them, publishing and
 * deleting them. What must survive a crash is written before it is done: a
 * segment's identity before its first byte counts, its name before it gets it.
 */
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tape_state.h"

/* A manifest is written anew when most of it is about segments that are gone. */
#define MANIFEST_SLACK_BYTES 65536u
#define MANIFEST_LINE_BYTES  512u

/* How often free space is looked at where some is to be kept. */
#define RESERVE_LOOK_NS NS_PER_SECOND

#define NAME_ATTEMPTS 10000u

void tape_note(struct tape *tape, enum note_cause cause, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	tape->config.note(tape->config.context, cause, text);
}

void tape_hidden_name(uint64_t sequence, char name[static TAPE_HIDDEN_ROOM])
{
	snprintf(name, TAPE_HIDDEN_ROOM, TAPE_HIDDEN "%08" PRIu64, sequence);
}

uint64_t tape_used_bytes(const struct tape *tape)
{
	/* While it is replaced, there are two. */
	return tape->index.disk_bytes + tape->held + 2 * manifest_disk_bytes(tape->manifest);
}

uint64_t tape_files(const struct tape *tape)
{
	return tape->index.count + tape->open_files;
}

/* The manifest grows with every segment, what it is about does not. */
static void tidy_manifest(struct tape *tape)
{
	int rc;

	if (manifest_bytes(tape->manifest) <
	    MANIFEST_SLACK_BYTES + 2 * tape->index.count * MANIFEST_LINE_BYTES)
		return;
	rc = tape_write_manifest(tape);
	if (rc < 0)
		tape_note(tape, NOTE_DISK, "%s/" MANIFEST_NAME ": %s", tape->path, strerror(-rc));
}

/* --- making room ------------------------------------------------------------ */

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
	else if (rc == 0 && unlinkat(tape->dir, oldest->name, 0) < 0)
		rc = -errno;
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

	if (r->budget_bytes && tape_used_bytes(tape) + bytes > r->budget_bytes)
		return -EDQUOT;
	if (r->reserve_bytes && free_bytes(tape) < (int64_t)bytes)
		return -ENOSPC;
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
	while ((rc = fits(tape, bytes)) < 0) {
		if (tape->index.count == 0)
			return rc;
		rc = delete_oldest(tape, rc == -EDQUOT ? "by the budget" : "for the reserve");
		if (rc < 0)
			return rc;
		/* What was said of many small ones can be large, too. */
		tidy_manifest(tape);
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

int tape_hold(struct tape *tape, const struct tape_segment *segment)
{
	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++) {
		if (tape->open[i].sequence != 0)
			continue;
		tape->open[i].sequence = segment->sequence;
		tape->open[i].identity = segment->identity;
		return 0;
	}
	return -EMFILE;
}

static void release(struct tape *tape, struct tape_segment *segment)
{
	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++)
		if (tape->open[i].sequence == segment->sequence)
			tape->open[i].sequence = 0;
	tape_ungrant(tape, segment, segment->held);
	tape->open_files -= segment->counted;
	segment->counted = false;
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

uint64_t tape_expire(struct tape *tape)
{
	const struct rotation *r = tape->config.rotation;
	const int64_t now = (int64_t)clock_boot(tape->config.clock);
	uint64_t wait = UINT64_MAX;
	struct tape_entry *oldest;

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
		while (tape->index.count > 0 && free_bytes(tape) < 0 &&
		       delete_oldest(tape, "for the reserve") == 0)
			;
		wait = wait < RESERVE_LOOK_NS ? wait : RESERVE_LOOK_NS;
	}
	return wait;
}

/* --- segments ---------------------------------------------------------------- */

static int add_line(struct tape *tape, const struct manifest_line *line)
{
	int rc = manifest_add(tape->manifest, line);

	return rc == 0 && tape->config.sync ? manifest_sync(tape->manifest) : rc;
}

/* Makes the file of the next number. A file that is there already is not ours,
 * or it would have been adopted: the number after that one, then. 0 or -errno. */
static int create_file(struct tape *tape, struct tape_segment *segment)
{
	char hidden[TAPE_HIDDEN_ROOM];

	do {
		segment->sequence = ++tape->sequence;
		tape_hidden_name(segment->sequence, hidden);
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
	rc = create_file(tape, segment);
	if (rc < 0) {
		release(tape, segment);
		return error_system(err, -rc, "%s: create a segment", tape->path);
	}
	rc = file_identify(segment->fd, "", &segment->identity, NULL);
	line.sequence = segment->sequence;
	line.identity = segment->identity;
	if (rc == 0)
		rc = tape_hold(tape, segment);
	if (rc == 0)
		rc = add_line(tape, &line);
	if (rc < 0) {
		tape_discard(tape, segment);
		return error_system(err, -rc, "%s: create a segment", tape->path);
	}
	tidy_manifest(tape);
	return 0;
}

/* Its hidden name. 0 where it still has that; -ENOENT where it has not, or, in a
 * directory that is there again, another file does; or -errno. */
static int find_hidden(const struct tape *tape, const struct tape_segment *segment,
		       char name[static TAPE_HIDDEN_ROOM])
{
	struct file_identity now;
	int rc;

	tape_hidden_name(segment->sequence, name);
	rc = file_identify(tape->dir, name, &now, NULL);
	if (rc == 0 && !file_identity_equal(&now, &segment->identity))
		rc = -ENOENT;
	return rc;
}

void tape_discard(struct tape *tape, struct tape_segment *segment)
{
	struct file_identity ours, there;
	char hidden[TAPE_HIDDEN_ROOM];

	if (segment->fd < 0)
		return;
	/* Not a file of that name in a directory that is there anew. */
	tape_hidden_name(segment->sequence, hidden);
	if (file_identify(segment->fd, "", &ours, NULL) == 0 &&
	    file_identify(tape->dir, hidden, &there, NULL) == 0 &&
	    file_identity_equal(&ours, &there) && unlinkat(tape->dir, hidden, 0) < 0) {
		/* At least its space is free again; the next start tries to. */
		tape_note(tape, NOTE_DISK, "%s: remove a segment: %s", tape->path, strerror(errno));
		(void)!ftruncate(segment->fd, 0);
	}
	/* Nobody has seen the number, and a gap would look like a loss. */
	if (segment->sequence == tape->sequence)
		tape->sequence--;
	release(tape, segment);
}

void tape_abandon(struct tape *tape, struct tape_segment *segment)
{
	if (segment->fd >= 0)
		release(tape, segment);
}

int tape_rename(int dir, const char *from, const char *to)
{
	int rc;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A file system without that flag: a link does not replace either. */
	if (linkat(dir, from, dir, to, 0) < 0)
		return -errno;
	if (unlinkat(dir, from, 0) == 0)
		return 0;
	rc = -errno;
	unlinkat(dir, to, 0);
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
	char hidden[TAPE_HIDDEN_ROOM];
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
		rc = add_line(tape, line);
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
	tape_note(tape, NOTE_DETAIL, "%s: %" PRIu64 " packets, %" PRIu64 " bytes", path,
		  copy.packets, copy.bytes);
	tape->config.closed(tape->config.context, &copy);
}

static int publish(struct tape *tape, struct tape_segment *segment, const struct naming_of *how,
		   const struct tape_closed *closed)
{
	struct manifest_line line = {
		.kind = MANIFEST_SEGMENT,
		.sequence = segment->sequence,
		.identity = segment->identity,
		.wall_ns = clock_wall(tape->config.clock),
		.boot_ns = clock_boot(tape->config.clock),
	};
	struct tape_entry entry = {
		.sequence = segment->sequence,
		.identity = segment->identity,
		.wall_ns = line.wall_ns,
		.boot_ns = (int64_t)line.boot_ns,
	};
	struct tape_closed told = *closed;
	struct file_identity identity;
	struct stat st;
	int rc;

	memcpy(line.boot_id, tape->boot_id, sizeof(line.boot_id));
	memcpy(entry.boot_id, tape->boot_id, sizeof(entry.boot_id));
	/* Not before: after a crash one its owner may not write could not be opened.
	 * Some file systems keep no bits, or not these. */
	if (fchmod(segment->fd, tape->config.file_mode) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		return -errno;
	rc = give_name(tape, segment, how, &line);
	if (rc < 0)
		return rc;
	if (tape->config.sync && fsync(tape->dir) < 0)
		tape_note(tape, NOTE_DISK, "sync %s: %s", tape->path, strerror(errno));
	if (file_identify(segment->fd, "", &identity, &entry.disk_bytes) < 0)
		entry.disk_bytes = segment->held;
	told.sequence = segment->sequence;
	told.bytes = fstat(segment->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	release(tape, segment);
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
