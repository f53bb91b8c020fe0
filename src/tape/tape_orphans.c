/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are named and begin like this tape's segments, and that no manifest proves:
 * somebody has deleted or emptied it, or has moved the files here. That is no proof, so
 * they are told of, and neither counted nor deleted; unless somebody has said that they
 * are to be taken in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "disk/segment_head.h"
#include "pack/pack.h"
#include "tape_found.h"

/* Numbers go on behind what is found. Nobody has had so many segments; somebody may have
 * such a name. */
#define NUMBER_MOST UINT64_C(999999999999)

/* What is being looked for, and in what. */
struct search {
	const struct tape *tape;
	struct tape_found *found;
	uint64_t *inodes; /* of the segments in the index, sorted */
	size_t proven;
};

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_inode(const void *a, const void *b)
{
	return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* 0 or -ENOMEM. */
static int list_proven(struct search *s)
{
	const struct tape_index *index = &s->found->index;

	s->proven = index->count;
	s->inodes = calloc(index->count + 1, sizeof(*s->inodes));
	if (!s->inodes)
		return -ENOMEM;
	for (size_t i = 0; i < index->count; i++)
		s->inodes[i] = tape_index_at(index, i)->identity.inode;
	qsort(s->inodes, s->proven, sizeof(*s->inodes), by_inode);
	return 0;
}

static bool is_proven(const struct search *s, const struct file_identity *identity)
{
	/* Hardly ever by another file's number. */
	if (bsearch(&identity->inode, s->inodes, s->proven, sizeof(*s->inodes), by_inode) &&
	    tape_index_has(&s->found->index, identity))
		return true;
	for (size_t i = 0; i < s->found->count; i++)
		if (file_identity_equal(&s->found->unfinished[i].identity, identity))
			return true;
	return false;
}

/* The number of a file that begins like a segment of this tape's; 0: it is none. */
static uint64_t number_of(const struct search *s, int fd, const char *name)
{
	const struct segment_naming *naming = s->tape->config.naming;
	const uint64_t named = *name == '.' ? tape_hidden_number(name) : segment_number_in(name);
	struct segment_head head;

	if (segment_head_read(fd, &head) < 0 || !head.capture)
		return 0;
	/* A file of pcap does not tell its number; names in a directory alone do. */
	if (!head.sequence && naming->style == NAME_DIRECTORY)
		head.sequence = named;
	if (head.sequence > NUMBER_MOST)
		return 0;
	if (*name == '.' ? head.sequence != named : !segment_name_fits(naming, name, head.sequence))
		return 0;
	return head.sequence;
}

/* Whether it is a file that has this name alone. */
static bool is_plain(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

/* Notes an open file, if it is an orphan. 0 or -ENOMEM. */
static int note_orphan(struct search *s, int fd, const char *name)
{
	struct tape_entry entry = {0};
	struct file_state state;

	if (!is_plain(fd) || file_look(fd, "", &state) < 0)
		return 0;
	entry.sequence = number_of(s, fd, name);
	if (!entry.sequence || file_mark_take(fd, &entry.mark) < 0)
		return 0;
	entry.identity = state.identity;
	entry.disk_bytes = state.disk_bytes;
	entry.index_disk_bytes = tape_index_file_bytes(s->tape, name);
	entry.wall_ns = state.mtime_ns;
	(void)segment_order_read(fd, state.bytes, &entry.order);
	memset(entry.boot_id, '-', sizeof(entry.boot_id) - 1);
	if (entry.sequence > s->found->sequence)
		s->found->sequence = entry.sequence;
	return tape_index_add(&s->found->orphans, &entry, name);
}

/* Its head cannot be read, so nothing proves it ours. */
static bool is_packed(const char *name)
{
	const char *last = strrchr(name, '.');

	return last && strcmp(last, PACK_ENDING) == 0;
}

/* Whether a name can be an orphan's. Several recordings in a directory have the same hidden
 * names, so there it cannot be known. */
static bool can_be(const struct search *s, const char *name)
{
	const struct segment_naming *naming = s->tape->config.naming;
	struct file_state state;

	if (*name == '.' ? naming->style != NAME_DIRECTORY || !tape_hidden_number(name)
			 : is_packed(name) || !segment_name_fits(naming, name, 0))
		return false;
	return file_look(s->tape->dir, name, &state) == 0 && !is_proven(s, &state.identity);
}

/* 0 or -errno. */
static int search_directory(struct search *s)
{
	int fd = openat(s->tape->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(dir))) {
		if (!can_be(s, entry->d_name))
			continue;
		fd = openat(s->tape->dir, entry->d_name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			continue;
		rc = note_orphan(s, fd, entry->d_name);
		close(fd);
	}
	closedir(dir);
	return rc;
}

/* --- taking them in -------------------------------------------------------------- */

static int by_sequence(const void *a, const void *b)
{
	const struct tape_entry *one = a, *other = b;

	return compare(one->sequence, other->sequence);
}

static int by_time(const void *a, const void *b)
{
	const struct tape_entry *one = a, *other = b;
	int order = compare(one->wall_ns, other->wall_ns);

	return order ? order : by_sequence(a, b);
}

/* Several recordings have used the same numbers: then all get new ones, in the order in
 * which they were closed. Names stay. */
static void part_numbers(struct tape_found *found)
{
	struct tape_index *index = &found->index;
	bool twice = false;

	if (index->count == 0)
		return;
	qsort(tape_index_at(index, 0), index->count, sizeof(struct tape_entry), by_sequence);
	for (size_t i = 1; i < index->count; i++)
		twice |= tape_index_at(index, i)->sequence == tape_index_at(index, i - 1)->sequence;
	if (!twice)
		return;
	qsort(tape_index_at(index, 0), index->count, sizeof(struct tape_entry), by_time);
	for (size_t i = 0; i < index->count; i++)
		tape_index_at(index, i)->sequence = ++found->sequence;
}

/* 0 or -ENOMEM. */
static int take_in(struct tape_found *found)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < found->orphans.count; i++) {
		const struct tape_entry *e = tape_index_at(&found->orphans, i);
		const struct tape_segment unfinished = {
			.sequence = e->sequence,
			.identity = e->identity,
			.held = e->disk_bytes,
			.fd = -1,
		};

		rc = *e->name == '.' ? tape_found_add(found, &unfinished)
				     : tape_index_add(&found->index, e, e->name);
	}
	part_numbers(found);
	return rc;
}

/* 0 or -ENOMEM. */
static int find_orphans(const struct tape *tape, struct tape_found *found)
{
	struct search s = {.tape = tape, .found = found};
	int rc = list_proven(&s);

	if (rc == 0)
		rc = search_directory(&s);
	free(s.inodes);
	/* What cannot be read is not told of. */
	if (rc < 0 && rc != -ENOMEM)
		rc = 0;
	if (rc == 0 && tape->config.adopt)
		rc = take_in(found);
	return rc;
}

int tape_find(const struct tape *tape, struct tape_found *found)
{
	int rc = tape_find_proven(tape, found);

	return rc < 0 ? rc : find_orphans(tape, found);
}

uint64_t tape_kept_bytes(const struct tape *tape)
{
	struct tape_found found;
	uint64_t bytes = 0;

	if (tape_find(tape, &found) == 0) {
		bytes = found.index.disk_bytes;
		for (size_t i = 0; i < found.count; i++)
			if (!tape_index_has(&found.index, &found.unfinished[i].identity))
				bytes += found.unfinished[i].held;
		for (size_t i = 0; i < found.gone_count; i++)
			bytes += found.gone[i].held;
	}
	tape_found_clear(&found);
	return bytes;
}

void tape_tell_orphans(struct tape *tape, const struct tape_index *orphans)
{
	char size[FORMAT_SIZE_ROOM];

	if (orphans->count == 0)
		return;
	format_size(size, orphans->disk_bytes);
	if (tape->config.adopt)
		tape_note(tape, NOTE_ADOPT,
			  "%s: took in %zu segment%s, %s, that no manifest proved ours (--adopt)",
			  tape->path, orphans->count, PLURAL(orphans->count), size);
	else
		tape_note(tape, NOTE_ADOPT,
			  "%s: %zu file%s, %s, look like segments of this recording, but no "
			  "manifest proves them: they take that beside what is to be kept, and "
			  "are never deleted; --adopt takes them in",
			  tape->path, orphans->count, PLURAL(orphans->count), size);
}
