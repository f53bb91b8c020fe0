/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interface Description Blocks: names for people, and how time is counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "reader_pcapng.h"
#include "reader_swap.h"

#define IDB_MIN (PCAPNG_IDB_HEADER_BYTES + 4)

#define IF_NAME        2u
#define IF_DESCRIPTION 3u
#define IF_MACADDR     6u
#define IF_SPEED       8u
#define IF_FILTER      11u
#define IF_OS          12u
#define IF_FCSLEN      13u

#define FCS_MOST 15u /* as in epb_flags */

#define TSRESOL_DEFAULT 6u

/* An IDB as it is read: texts are copies, which end. */
struct description {
	struct reader_interface interface;
	char *texts[4];
	unsigned text_count;
	uint8_t resolution;
	int64_t offset_s;
	uint8_t *options;
};

/* An option's text, or a null pointer for an empty one; false without memory. */
static bool take_text(struct description *d, const char **text, const uint8_t *at, uint32_t bytes)
{
	char *copy;

	if (*text || bytes == 0 || *at == '\0')
		return true;
	copy = strndup((const char *)at, bytes);
	*text = d->texts[d->text_count++] = copy;
	return copy;
}

/* A filter begins with what kind of text it is: 0 for an expression. */
static bool take_filter(struct description *d, const uint8_t *at, uint32_t bytes)
{
	if (bytes < 1 || *at != 0)
		return true;
	return take_text(d, &d->interface.filter, at + 1, bytes - 1);
}

static bool take_option(struct description *d, uint32_t code, const uint8_t *at, uint32_t bytes,
			bool swapped)
{
	switch (code) {
	case IF_NAME:
		return take_text(d, &d->interface.name, at, bytes);
	case IF_DESCRIPTION:
		return take_text(d, &d->interface.description, at, bytes);
	case IF_FILTER:
		return take_filter(d, at, bytes);
	case IF_OS:
		return take_text(d, &d->interface.os, at, bytes);
	case IF_MACADDR:
		if (bytes == sizeof(d->interface.mac)) {
			d->interface.has_mac = true;
			memcpy(d->interface.mac, at, bytes);
		}
		return true;
	case IF_SPEED:
		if (bytes == 8)
			d->interface.speed_bps = load64(at, swapped);
		return true;
	case IF_FCSLEN:
		if (bytes == 1 && *at <= FCS_MOST)
			d->interface.fcs_bytes = *at;
		return true;
	case PCAPNG_IF_TSRESOL:
		if (bytes == 1)
			d->resolution = *at;
		return true;
	case PCAPNG_IF_TSOFFSET:
		if (bytes == 8)
			d->offset_s = (int64_t)load64(at, swapped);
		return true;
	default:
		return true;
	}
}

/* False without memory. */
static bool take_options(struct description *d, const uint8_t *at, const uint8_t *end, bool swapped)
{
	while (end - at >= 4) {
		uint32_t code = load16(at, swapped), bytes = load16(at + 2, swapped);
		uint32_t padded = (bytes + 3) & ~3u;

		at += 4;
		/* All is a multiple of four, so what does not fit padded does not at all. */
		if (code == PCAPNG_OPT_END || padded > (size_t)(end - at))
			return true;
		if (!take_option(d, code, at, bytes, swapped))
			return false;
		at += padded;
	}
	return true;
}

/* The next interface of the section. 0 or -errno. */
static int add_interface(struct reader_file *file, struct description *d)
{
	struct reader_section_interface *more;
	uint32_t room, number;
	int rc;

	if (file->interface_count == file->interface_room) {
		room = file->interface_room ? 2 * file->interface_room : 8;
		more = reallocarray(file->interfaces, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		file->interfaces = more;
		file->interface_room = room;
	}
	d->interface.ticks = pcapng_ticks_make(d->resolution, d->offset_s);
	rc = reader_table_add(file->table, file->section, &d->interface, &number);
	if (rc < 0)
		return rc;
	file->interfaces[file->interface_count++] = (struct reader_section_interface){
		.number = number,
		.snaplen = d->interface.snaplen,
		.ticks = d->interface.ticks,
		.swaps = file->swapped && reader_swap_is_needed(d->interface.dlt),
	};
	return 0;
}

/* All options, for a copy. False without memory. */
static bool keep_options(struct reader_file *file, struct description *d, const uint8_t *at,
			 const uint8_t *end)
{
	const struct pcapng_options options = {
		.at = at,
		.end = end,
		.swapped = file->swapped,
		.list = PCAPNG_OF_INTERFACE,
	};

	d->options = malloc((size_t)(end - at) + 1);
	if (!d->options)
		return false;
	d->interface.has_options = true;
	d->interface.options = d->options;
	d->interface.options_bytes =
		pcapng_copy_options(d->options, options, 0, &file->table->beside.left);
	return true;
}

int reader_read_idb(struct reader_file *file, const uint8_t *block, uint32_t bytes,
		    struct error *err)
{
	struct description d = {.resolution = TSRESOL_DEFAULT};
	int rc = -ENOMEM;

	if (bytes < IDB_MIN)
		return reader_file_bad(file, err, "an interface block of %u bytes", bytes);
	d.interface.dlt = reader_dlt(load16(block + 8, file->swapped));
	d.interface.snaplen = load32(block + 12, file->swapped);
	d.interface.has_ways = true;
	if (take_options(&d, block + PCAPNG_IDB_HEADER_BYTES, block + bytes - 4, file->swapped) &&
	    keep_options(file, &d, block + PCAPNG_IDB_HEADER_BYTES, block + bytes - 4))
		rc = add_interface(file, &d);
	free(d.options);
	while (d.text_count > 0)
		free(d.texts[--d.text_count]);
	if (rc == -E2BIG)
		return error_set(err, E2BIG, "%s: more than %u interfaces", file->input.name,
				 READER_INTERFACES_MOST);
	return rc < 0 ? error_system(err, -rc, "%s", file->input.name) : 1;
}
