/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tape's manifest: it grows by a line or two with every segment, what it is about
 * does not, so from time to time it is written anew.
 */
#include <stdio.h>
#include <string.h>

#include "tape_state.h"

/* A manifest is written anew when most of it is about segments that are gone. */
#define MANIFEST_SLACK_BYTES 32768u
#define MANIFEST_LINE_BYTES  512u

/* Others have had their hands in it. */
static void mend_manifest(struct tape *tape)
{
	int rc = tape_write_manifest(tape);

	if (rc == 0)
		tape_note(tape, NOTE_DISK,
			  "%s/%s: deleted, replaced or changed by others, written anew", tape->path,
			  tape->manifest_name);
	else
		tape_note(tape, NOTE_DISK,
			  "%s/%s: %s; it was deleted, replaced or changed by others", tape->path,
			  tape->manifest_name, strerror(-rc));
}

void tape_check_manifest(struct tape *tape)
{
	if (tape->manifest && !tape_is_deleted(tape) && !manifest_is_intact(tape->manifest))
		mend_manifest(tape);
}

void tape_end_manifest(struct tape *tape)
{
	/* What is replaced is kept: then both of them tell of all there is. */
	if (tape->manifest && !tape_is_deleted(tape))
		(void)tape_write_manifest(tape);
}

int tape_put_line(struct tape *tape, const struct manifest_line *line)
{
	tape_check_manifest(tape);
	return manifest_add(tape->manifest, line);
}

int tape_sync(struct tape *tape)
{
	return tape->config.sync ? manifest_sync(tape->manifest) : 0;
}

int tape_add_line(struct tape *tape, const struct manifest_line *line)
{
	int rc = tape_put_line(tape, line);

	return rc == 0 ? tape_sync(tape) : rc;
}

void tape_tell_order(struct tape *tape, const struct tape_segment *segment, uint64_t bytes,
		     const struct time_order *order)
{
	const struct manifest_line line = {
		.kind = MANIFEST_OPEN,
		.sequence = segment->sequence,
		.identity = segment->identity,
		.ordered_bytes = bytes,
		.order = *order,
	};

	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++) {
		if (tape->open[i].sequence != segment->sequence)
			continue;
		tape->open[i].ordered_bytes = bytes;
		tape->open[i].order = *order;
		/* It may be lost with the power: what is left is true as well. */
		tape_check_manifest(tape);
		(void)!manifest_add(tape->manifest, &line);
	}
}

int tape_write_manifest(struct tape *tape)
{
	struct manifest_line line = {.kind = MANIFEST_NEXT, .sequence = tape->sequence + 1};
	struct manifest *manifest;
	int rc = manifest_create(tape->dir, tape->manifest_name, tape->config.file_mode, &manifest);

	if (rc < 0)
		return rc;
	rc = manifest_add(manifest, &line);
	for (size_t i = 0; rc == 0 && i < tape->index.count; i++) {
		const struct tape_entry *e = tape_index_at(&tape->index, i);

		line = (struct manifest_line){.kind = MANIFEST_SEGMENT,
					      .sequence = e->sequence,
					      .identity = e->identity,
					      .mark = e->mark,
					      .order = e->order,
					      .wall_ns = e->wall_ns,
					      .boot_ns = e->boot_ns > 0 ? (uint64_t)e->boot_ns : 0};
		/* Times on an earlier boot's clock are gone. */
		memset(line.boot_id, '-', MANIFEST_BOOT_ID);
		if (strcmp(e->boot_id, tape->boot_id) == 0)
			memcpy(line.boot_id, e->boot_id, sizeof(line.boot_id));
		snprintf(line.name, sizeof(line.name), "%s", e->name);
		rc = manifest_add(manifest, &line);
	}
	line.kind = MANIFEST_OPEN;
	for (unsigned i = 0; rc == 0 && i < TAPE_OPEN_MOST; i++) {
		line.sequence = tape->open[i].sequence;
		line.identity = tape->open[i].identity;
		line.ordered_bytes = tape->open[i].ordered_bytes;
		line.order = tape->open[i].order;
		if (line.sequence != 0)
			rc = manifest_add(manifest, &line);
	}
	line.kind = MANIFEST_GONE;
	for (const struct tape_removal *r = tape->removals; rc == 0 && r; r = r->next) {
		line.sequence = r->sequence;
		line.identity = r->identity;
		rc = manifest_add(manifest, &line);
	}
	if (rc == 0 && tape_pack_line(tape, &line))
		rc = manifest_add(manifest, &line);
	if (rc == 0)
		rc = manifest_commit(manifest, tape->config.sync);
	if (rc < 0) {
		manifest_close(manifest);
		return rc;
	}
	manifest_close(tape->manifest);
	tape->manifest = manifest;
	return 0;
}

static bool is_worth_tidying(const struct tape *tape)
{
	const uint64_t most = MANIFEST_SLACK_BYTES + 2 * tape->index.count * MANIFEST_LINE_BYTES;

	return manifest_bytes(tape->manifest) > most || manifest_kept_bytes(tape->manifest) > most;
}

void tape_tidy_manifest(struct tape *tape)
{
	int rc = 0;

	/* A long one that was replaced is kept, until the next time. */
	for (int i = 0; i < 2 && rc == 0 && is_worth_tidying(tape); i++)
		rc = tape_write_manifest(tape);
	if (rc < 0)
		tape_note(tape, NOTE_DISK, "%s/%s: %s", tape->path, tape->manifest_name,
			  strerror(-rc));
}
