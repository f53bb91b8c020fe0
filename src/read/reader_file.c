/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds out what a file is by its first bytes, and has that format's parser read it.
 */
#include "reader_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng.h"

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du
/* libpcap's list of others: Kuznetzov's patch, Navtel's, and as IXIA has them. */
#define MAGIC_PATCHED    0xa1b2cd34u
#define MAGIC_NAVTEL     0xa12b3c4du
#define MAGIC_IXIA       0x1c0001acu
#define MAGIC_IXIA_TWICE 0x1c0001abu

#define PCAP_START_BYTES 8u /* magic and version */

static const struct reader_format *find_format(const uint8_t *start)
{
	uint32_t magic = load32(start, false);
	bool swapped = false;

	for (unsigned i = 0; i < 2; i++, swapped = true, magic = __builtin_bswap32(magic)) {
		switch (magic) {
		case PCAPNG_BLOCK_SHB: /* the same in both orders */
			return &reader_format_pcapng;
		case MAGIC_MICRO:
		case MAGIC_NANO:
			/* Older versions and a few programs have lengths the other way round. */
			return load16(start + 4, swapped) == 2 && load16(start + 6, swapped) == 4
				       ? &reader_format_pcap
				       : &reader_format_odd;
		case MAGIC_PATCHED:
		case MAGIC_NAVTEL:
		case MAGIC_IXIA:
		case MAGIC_IXIA_TWICE:
			return &reader_format_odd;
		default:
			break;
		}
	}
	return NULL;
}

/* What packs files, is not unpacked here, and has them begin like that. */
static const struct packer {
	const char *program;
	uint8_t bytes;
	uint8_t start[6];
} packers[] = {
	{"xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
	{"bzip2", 3, {'B', 'Z', 'h'}},
};

/* The error for a file that is none of ours: one that is packed can be read all the same. */
static int refuse_file(const struct reader_input *input, struct error *err)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-_.,/:+@%";
	const char *quote = input->name[strspn(input->name, plain)] ? "'" : "";

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		const struct packer *packer = &packers[i];

		if (reader_input_have(input) < packer->bytes ||
		    memcmp(reader_input_at(input), packer->start, packer->bytes) != 0)
			continue;
		if (!input->regular)
			return error_set(err, EBADMSG,
					 "%s: packed by %s: put '%s -dc |' in front of it",
					 input->name, packer->program, packer->program);
		return error_set(err, EBADMSG,
				 "%s: packed by %s: type %s -dc %s%s%s | wiretape -r -",
				 input->name, packer->program, packer->program, quote, input->name,
				 quote);
	}
	return error_set(err, EBADMSG,
			 "%s: not a capture file: it begins like neither pcap nor pcapng",
			 input->name);
}

/* The first bytes of what is a packed file, or not, unpacked. As reader_input_need. */
static int need_start(struct reader_input *input, struct error *err)
{
	int rc = reader_input_need(input, PCAP_START_BYTES, err);

	if (rc <= 0 || input->packed ||
	    !reader_packed_program(reader_input_at(input), reader_input_have(input)))
		return rc;
	rc = reader_input_unpack(input, err);
	return rc < 0 ? rc : reader_input_need(input, PCAP_START_BYTES, err);
}

static int start_file(struct reader_file *file, struct error *err)
{
	int rc;

	rc = need_start(&file->input, err);
	if (rc < 0)
		return rc;
	file->format = rc > 0 ? find_format(reader_input_at(&file->input)) : NULL;
	if (!file->format && file->live) {
		file->format = &reader_format_empty;
		return 0;
	}
	if (rc == 0 && reader_input_have(&file->input) == 0)
		return error_set(err, ENODATA, "%s: empty, not a capture file", file->input.name);
	if (!file->format)
		return refuse_file(&file->input, err);
	return file->format->start(file, err);
}

int reader_file_go_on(struct reader_file *file, struct error *err)
{
	int rc = start_file(file, err);

	if (rc < 0 && !reader_must_wait(rc))
		reader_file_close(file);
	return rc;
}

int reader_file_start(struct reader_file *file, struct reader_input *input,
		      struct reader_table *table, bool live, struct error *err)
{
	*file = (struct reader_file){.input = *input, .table = table, .live = live};
	return reader_file_go_on(file, err);
}

int reader_file_fill(struct reader_file *file, struct frame *frames, uint32_t most,
		     struct error *err)
{
	return most > 0 ? file->format->fill(file, frames, most, err) : 0;
}

void reader_file_close(struct reader_file *file)
{
	reader_odd_close(file->odd);
	free(file->interfaces);
	reader_input_close(&file->input);
	*file = (struct reader_file){.input.fd = -1};
}
