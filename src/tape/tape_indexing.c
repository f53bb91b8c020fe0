/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What segments are found by: the runs that the ring thread has gathered, each put to its
 * segment, and a segment's index made of them. The budget goes before an index, which
 * can be made later.
 */
#include <stdlib.h>
#include <string.h>

#include "index/build.h"
#include "index/gather.h"
#include "tape_keeper.h"

/* The file system's own, for a small file. */
#define INDEX_EXTRA 8192u

void keeper_take_runs(struct keeper *k)
{
	const struct index_run *run;

	while (k->config.gather && (run = index_gather_take(k->config.gather))) {
		struct segment *s = k->made;

		while (s && s->file.sequence != run->file)
			s = s->later;
		if (s && (s->index || index_build_open(&s->index) == 0))
			index_build_add(s->index, run);
		index_gather_done(k->config.gather);
	}
}

void keeper_index(struct keeper *k, struct segment *segment)
{
	struct index_subject subject;
	uint8_t *image = NULL;
	size_t bytes;

	keeper_take_runs(k);
	if (!segment->index || segment->file.index)
		return;
	if (!segment->mended && index_subject_read(segment->file.fd, &subject) == 0 &&
	    index_build_image(segment->index, &subject, &image, &bytes) == 0) {
		segment->file.index = image;
		segment->file.index_bytes = bytes;
		if (tape_grant(k->tape, &segment->file, bytes + INDEX_EXTRA, false) != 0) {
			free(image);
			segment->file.index = NULL;
			keeper_say(k, NOTE_DETAIL,
				   "a segment goes without an index: there is no room for it");
		}
	}
	index_build_close(segment->index);
	segment->index = NULL;
}
