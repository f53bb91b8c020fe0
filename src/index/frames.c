/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table is found from the end of the index, and its length by its own count.
 */
#include "index/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/crc32c.h"
#include "file_parts.h"
#include "layout.h"

#define FRAMES_MAGIC "wtframes"
#define MAGIC_BYTES  8u
#define FRAME_BYTES  16u
#define END_BYTES    32u
#define FRAMES_MOST  (1u << 24)

/* In the end of the table. */
#define COUNT_AT 12u
#define MAGIC_AT 16u
#define CRC_AT   28u

static void put_table(uint8_t *table, const struct index_frames *frames)
{
	const size_t list = (size_t)frames->count * FRAME_BYTES;
	uint8_t *end = table + list;

	for (uint32_t i = 0; i < frames->count; i++) {
		put_le64(table + (size_t)i * FRAME_BYTES, frames->list[i].offset);
		put_le64(table + (size_t)i * FRAME_BYTES + 8, frames->list[i].packed);
	}
	memset(end, 0, END_BYTES);
	put_le64(end, frames->bytes);
	put_le32(end + COUNT_AT, frames->count);
	memcpy(end + MAGIC_AT, FRAMES_MAGIC, MAGIC_BYTES);
	put_le32(end + CRC_AT, crc32c(table, list + CRC_AT));
}

int index_frames_add(int fd, const char *name, const struct index_subject *packed,
		     const struct index_frames *frames, uint8_t **image, size_t *bytes,
		     struct error *err)
{
	const size_t table = (size_t)frames->count * FRAME_BYTES + END_BYTES;
	struct index *x;
	uint8_t *made;
	int rc = index_open(fd, name, NULL, &x, err);

	if (rc < 0)
		return rc;
	made = malloc(x->bytes + table);
	rc = made ? index_read(x, 0, made, x->bytes, err) : error_system(err, ENOMEM, "%s", name);
	if (rc == 0) {
		put_table(made + x->bytes, frames);
		put_le64(made + 16, x->bytes + table);
		put_le64(made + 24, packed->bytes);
		put_le32(made + 32, packed->head_crc);
		put_le32(made + LAYOUT_CRC_AT, crc32c(made, LAYOUT_CRC_AT));
		*image = made;
		*bytes = x->bytes + table;
	} else {
		free(made);
	}
	index_close(x);
	return rc;
}

/* Frames follow each other, the first from the beginning. */
static bool is_sound(const struct index_frames *frames)
{
	for (uint32_t i = 0; i < frames->count; i++) {
		const struct index_frame *f = &frames->list[i];

		if (i == 0 ? f->offset != 0 || f->packed != 0
			   : f->offset <= f[-1].offset || f->packed <= f[-1].packed)
			return false;
	}
	return frames->count > 0 && frames->list[frames->count - 1].offset < frames->bytes;
}

int index_frames_read(const struct index *x, struct index_frames *frames, struct error *err)
{
	uint8_t end[END_BYTES], *table;
	size_t list;
	int rc = index_read(x, x->bytes - END_BYTES, end, END_BYTES, err);

	*frames = (struct index_frames){.count = get_le32(end + COUNT_AT), .bytes = get_le64(end)};
	if (rc < 0)
		return rc;
	list = (size_t)frames->count * FRAME_BYTES;
	if (memcmp(end + MAGIC_AT, FRAMES_MAGIC, MAGIC_BYTES) != 0)
		return error_set(err, ENOENT, "%s: the index has no frames", x->name);
	if (frames->count > FRAMES_MOST || list + END_BYTES > x->bytes)
		return index_damaged(x, "its frames", err);
	table = malloc(list + END_BYTES);
	frames->list = calloc(frames->count ? frames->count : 1, sizeof(*frames->list));
	rc = table && frames->list
		     ? index_read(x, x->bytes - END_BYTES - list, table, list + END_BYTES, err)
		     : error_system(err, ENOMEM, "%s", x->name);
	for (uint32_t i = 0; i < frames->count && rc == 0; i++)
		frames->list[i] = (struct index_frame){
			get_le64(table + (size_t)i * FRAME_BYTES),
			get_le64(table + (size_t)i * FRAME_BYTES + 8),
		};
	if (rc == 0 &&
	    (crc32c(table, list + CRC_AT) != get_le32(end + CRC_AT) || !is_sound(frames)))
		rc = index_damaged(x, "its frames", err);
	free(table);
	if (rc < 0) {
		free(frames->list);
		*frames = (struct index_frames){0};
	}
	return rc;
}
