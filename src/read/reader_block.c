/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of pcapng, whatever they hold: where each ends, and in which byte order its
 * section is. One that nobody has to look at may be larger than any window.
 */
#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "reader_pcapng.h"

#define BLOCK_HEAD 8u /* type and length */

/* The byte order of the section that begins at the window's beginning. */
static int read_order(struct reader_file *file, struct error *err)
{
	uint32_t magic;
	int rc = reader_input_need(&file->input, PCAPNG_BLOCK_MIN, err);

	if (rc <= 0)
		return rc < 0 ? rc
			      : reader_file_cut(file,
						PCAPNG_BLOCK_MIN - reader_input_have(&file->input),
						err);
	magic = load32(reader_input_at(&file->input) + BLOCK_HEAD, false);
	if (magic != PCAPNG_MAGIC && __builtin_bswap32(magic) != PCAPNG_MAGIC)
		return reader_file_bad(file, err, "a section without byte order");
	file->swapped = magic != PCAPNG_MAGIC;
	return 1;
}

bool reader_pcapng_is_beside(uint32_t type)
{
	return type != PCAPNG_BLOCK_SHB && type != PCAPNG_BLOCK_IDB && type != PCAPNG_BLOCK_EPB &&
	       type != PCAPNG_BLOCK_SPB && type != PCAPNG_BLOCK_OLD;
}

/* Passes over a large block that was begun, as what there is of it comes. 1, 0 at the
 * file's end, or -errno. */
static int pass_block(struct reader_file *file, struct error *err)
{
	struct reader_input *input = &file->input;
	size_t part;
	int rc;

	while (file->skip > 4) {
		rc = reader_input_need(input, 1, err);
		if (rc <= 0)
			return rc < 0 ? rc : reader_file_cut(file, file->skip, err);
		part = reader_input_have(input) < file->skip - 4 ? reader_input_have(input)
								 : file->skip - 4;
		input->at += part;
		file->skip -= (uint32_t)part;
	}
	rc = reader_input_need(input, 4, err);
	if (rc <= 0)
		return rc < 0 ? rc : reader_file_cut(file, 4 - reader_input_have(input), err);
	if (load32(reader_input_at(input), file->swapped) != file->skipped)
		return reader_file_bad(file, err, "a block of %u bytes that ends as another",
				       file->skipped);
	input->at += 4;
	file->skip = 0;
	return 1;
}

/* The head of the next block in the window, with its bytes, where there is one: else as
 * reader_pcapng_need. */
static int need_head(struct reader_file *file, uint32_t *bytes, struct error *err)
{
	struct reader_input *input = &file->input;
	int rc = file->skip > 0 ? pass_block(file, err) : 1;

	if (rc <= 0)
		return rc;
	rc = reader_input_need(input, BLOCK_HEAD, err);
	if (rc < 0 || (rc == 0 && reader_input_have(input) == 0))
		return rc;
	if (rc == 0)
		return reader_file_cut(file, PCAPNG_BLOCK_MIN - reader_input_have(input), err);
	if (load32(reader_input_at(input), false) == PCAPNG_BLOCK_SHB) {
		rc = read_order(file, err);
		if (rc <= 0)
			return rc;
	}
	*bytes = load32(reader_input_at(input) + 4, file->swapped);
	return 1;
}

int reader_pcapng_need(struct reader_file *file, uint32_t *bytes, struct error *err)
{
	struct reader_input *input = &file->input;
	uint32_t again;
	int rc;

	while ((rc = need_head(file, bytes, err)) > 0 && *bytes > READER_RECORD_MOST &&
	       *bytes % 4 == 0 &&
	       reader_pcapng_is_beside(load32(reader_input_at(input), file->swapped))) {
		file->skip = file->skipped = *bytes;
		file->table->beside.left |= PCAPNG_LEFT_LARGE;
	}
	if (rc <= 0)
		return rc;
	if (*bytes < PCAPNG_BLOCK_MIN || *bytes % 4 != 0 || *bytes > READER_RECORD_MOST)
		return reader_file_bad(file, err, "a block of %u bytes", *bytes);
	rc = reader_input_need(input, *bytes, err);
	if (rc <= 0)
		return rc < 0 ? rc : reader_file_cut(file, *bytes - reader_input_have(input), err);
	again = load32(reader_input_at(input) + *bytes - 4, file->swapped);
	if (again != *bytes)
		return reader_file_bad(file, err, "a block of %u bytes that ends as one of %u",
				       *bytes, again);
	return 1;
}
