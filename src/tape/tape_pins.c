/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pins of a tape: segments whose packets are of a pinned time are not deleted, as long as all
 * of these together fit into the share of the budget that is for them. Where they do not,
 * pins that were made first, and of each the oldest segments, have it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "tape_state.h"

static void name_file(const struct tape *tape, char name[static NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, PINS_NAME "%.*s", NAME_MAX - (int)sizeof(PINS_NAME) - 8,
		 tape->manifest_name + strlen(MANIFEST_NAME));
}

static int store(struct tape *tape, const struct pins *pins)
{
	char name[NAME_MAX + 1];

	name_file(tape, name);
	return pins_write(tape->dir, name, pins, tape->config.file_mode, tape->config.sync);
}

/* When the packets of the i-th oldest segment are from, as far as that is known. */
static void find_times(const struct tape *tape, size_t i, int64_t *least_ns, int64_t *most_ns)
{
	const struct tape_entry *e = tape_index_at(&tape->index, i);
	const struct tape_entry *before = i > 0 ? tape_index_at(&tape->index, i - 1) : NULL;

	if (e->order.known) {
		*least_ns = e->order.least_ns;
		*most_ns = e->order.most_ns;
		return;
	}
	*most_ns = (int64_t)e->wall_ns;
	*least_ns = before ? (int64_t)before->wall_ns : 0;
}

/* Segments of these pins, in their order, as long as there is room. Bytes of them. */
static uint64_t mark(struct tape *tape, const struct pins *pins, bool *over)
{
	struct tape_entry *e;
	uint64_t bytes = 0;
	int64_t least, most;

	*over = false;
	for (size_t i = 0; (e = tape_index_at(&tape->index, i)); i++)
		e->pinned = false;
	for (unsigned p = 0; p < pins->count; p++)
		for (size_t i = 0; (e = tape_index_at(&tape->index, i)); i++) {
			const uint64_t each = e->disk_bytes + e->index_disk_bytes;

			find_times(tape, i, &least, &most);
			if (e->pinned || !pin_holds(&pins->list[p], least, most))
				continue;
			e->pinned = bytes + each <= pins->keep_bytes;
			bytes += e->pinned ? each : 0;
			*over |= !e->pinned;
		}
	return bytes;
}

void tape_mark_pinned(struct tape *tape)
{
	const size_t count = tape->index.count;
	const uint64_t youngest = count ? tape_index_at(&tape->index, count - 1)->sequence : 0;
	char size[FORMAT_SIZE_ROOM];
	bool over;

	if (!tape->pins_changed && count == tape->pins_count && youngest == tape->pins_youngest)
		return;
	tape->pins_changed = false;
	tape->pins_count = count;
	tape->pins_youngest = youngest;
	mark(tape, &tape->pins, &over);
	if (over && !tape->pins_over)
		tape_note(tape, NOTE_DISK,
			  "%s: what is pinned is more than keep:%s: segments beyond that go as "
			  "ever",
			  tape->path, format_size(size, tape->pins.keep_bytes));
	tape->pins_over = over;
}

void tape_load_pins(struct tape *tape)
{
	const uint64_t keep = tape->config.rotation->keep_bytes;
	char name[NAME_MAX + 1];
	bool differs;
	int rc;

	name_file(tape, name);
	rc = pins_read(tape->dir, name, &tape->pins);
	if (rc < 0)
		tape_note(tape, NOTE_DISK, "%s/%s: %s: nothing is pinned", tape->path, name,
			  strerror(-rc));
	differs = tape->pins.keep_bytes != keep;
	tape->pins.keep_bytes = keep;
	tape->pins_changed = true;
	if (tape->pins.count > 0 && keep == 0)
		tape_note(tape, NOTE_ADOPT,
			  "%s: %u pin%s, but no -b keep: what is pinned goes as ever", tape->path,
			  tape->pins.count, PLURAL(tape->pins.count));
	/* For who pins while there is no recorder. */
	if (rc == 0 && differs && (rc = store(tape, &tape->pins)) < 0)
		tape_note(tape, NOTE_DISK, "%s/%s: %s", tape->path, name, strerror(-rc));
}

/* From now on it is so, if it can be kept. */
static int change(struct tape *tape, const struct pins *pins, struct error *err)
{
	int rc = store(tape, pins);

	if (rc < 0)
		return error_system(err, -rc, "%s: keep a list of pins", tape->path);
	tape->pins = *pins;
	tape->pins_changed = true;
	return 0;
}

int tape_pin(struct tape *tape, const struct pin *pin, struct error *err)
{
	char size[FORMAT_SIZE_ROOM];
	struct pins pins = tape->pins;
	bool over;
	int rc = pins_add(&pins, pin, err);

	if (rc < 0)
		return rc;
	if (pins.keep_bytes == 0)
		return error_set(err, EINVAL,
				 "there is no share of the budget for pins: record with -b "
				 "keep:SIZE");
	tape_check_all(tape);
	mark(tape, &pins, &over);
	tape->pins_changed = true;
	if (over) {
		tape_mark_pinned(tape);
		return error_set(err, ENOSPC,
				 "%s for pins are not enough: let another go, or pin less",
				 format_size(size, pins.keep_bytes));
	}
	return change(tape, &pins, err);
}

int tape_unpin(struct tape *tape, const char *name, struct error *err)
{
	struct pins pins = tape->pins;
	int rc = pins_remove(&pins, name, err);

	return rc < 0 ? rc : change(tape, &pins, err);
}

const struct pins *tape_pins(const struct tape *tape)
{
	return &tape->pins;
}
