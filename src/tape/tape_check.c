/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index held against the disk: a program that packs segments as they are finished,
 * or somebody with a broom, takes files out of a tape's hands, and what is gone must
 * not have those that are there deleted in its place. Looking costs a call for each, so
 * it has a bound; what is passed over for once is looked at a little later.
 */
#include <errno.h>

#include "tape_state.h"

#define LOOK_NS NS_PER_SECOND

/* So many at a time, in turn; before one is deleted; and for no longer than this. */
#define SOME_MOST 256u
#define ALL_MOST  4096u
#define MOST_NS   (50 * NS_PER_MS)

int tape_check(struct tape *tape, size_t i, bool sure)
{
	const struct tape_entry *e = tape_index_at(&tape->index, i);
	struct file_state now = {0};
	int rc;

	if (sure)
		rc = file_prove(tape->dir, e->name, &e->identity, &e->mark, &now);
	else if ((rc = file_look(tape->dir, e->name, &now)) == 0)
		rc = file_is_like(&now, &e->identity, &e->mark);
	if (rc > 0) {
		tape_index_resize(&tape->index, i, now.disk_bytes);
		/* One can be made later, too. */
		tape_index_resize_index(&tape->index, i, tape_index_file_bytes(tape, e->name));
	}
	if (rc > 0 || (rc < 0 && rc != -ENOENT))
		return rc;
	if (!now.identity.inode)
		tape_note(tape, NOTE_DETAIL, "%s: moved or deleted by others, does not count",
			  e->name);
	else if (file_identity_equal(&now.identity, &e->identity))
		tape_note(tape, NOTE_DISK, "%s: changed by others, left alone", e->name);
	else
		tape_note(tape, NOTE_DISK, "%s: replaced by another file, which is left alone",
			  e->name);
	(void)tape_pack_forget(tape, e->sequence);
	/* It is of no file that is there. */
	if (e->index_disk_bytes > 0)
		tape_remove_index(tape, e->name);
	tape_index_drop(&tape->index, i);
	return 0;
}

/* Looks at so many, in turn. */
static void check(struct tape *tape, size_t most)
{
	const uint64_t now = clock_boot(tape->config.clock);

	tape->some_ns = now;
	if (most >= tape->index.count) {
		most = tape->index.count;
		tape->all_ns = now;
	}
	for (; most > 0 && clock_boot(tape->config.clock) - now < MOST_NS; most--) {
		if (tape->checked >= tape->index.count)
			tape->checked = 0;
		/* One that is out of reach is there. */
		tape->checked += tape_check(tape, tape->checked, false) != 0;
	}
}

void tape_check_some(struct tape *tape)
{
	if (clock_boot(tape->config.clock) - tape->some_ns < LOOK_NS)
		return;
	tape_check_manifest(tape);
	check(tape, SOME_MOST);
}

void tape_look_again(struct tape *tape)
{
	if (tape->manifest && !tape_is_deleted(tape))
		check(tape, tape->index.count);
}

void tape_check_all(struct tape *tape)
{
	if (clock_boot(tape->config.clock) - tape->all_ns < LOOK_NS)
		return;
	check(tape, ALL_MOST);
	tape->all_ns = tape->some_ns;
}
