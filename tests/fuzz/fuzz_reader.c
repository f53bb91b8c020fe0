/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile capture files: pcap, pcapng and libpcap's variants, from memory of just
 * their size. Every frame has to lie in it, and its interface to be known;
 * reading has to end; and a file cut short anywhere gives the same frames up
 * to there.
 *
 * Input: a byte of choices, one of where to cut, then the file. Without the
 * choice of a raw one it begins with a header that is right.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "read/reader_file.h"

#define BATCH 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

static uint64_t sum_bytes(const uint8_t *bytes, size_t count)
{
	uint64_t sum = 0;

	while (count--)
		sum = sum * 31 + *bytes++;
	return sum;
}

/* What was read, and how it ended. */
struct seen {
	uint64_t frames, most, sum;
	int end;
};

/* As a copy writes it: never more than was said before. */
static void add_copy(const struct frame *frame)
{
	const size_t most = pcapng_copy_tail_most(frame);
	const struct pcapng_ticks ticks = pcapng_ticks_make(6, 0);
	uint8_t *tail = calloc(1, most), head[PCAPNG_EPB_HEADER_BYTES];
	unsigned left = 0;
	size_t bytes;

	require(tail != NULL);
	bytes = pcapng_copy_tail(tail, frame, &left);
	require(bytes <= most && (bytes + frame->caplen) % 4 == 0);
	pcapng_copy_head(head, frame, &ticks, bytes);
	free(tail);
}

static void add_frame(struct seen *seen, const struct frame *frame, const struct reader_file *file)
{
	require(frame->caplen <= frame->len);
	require(frame->interface < file->table->count);
	require(frame->packet_type <= 4 && frame->headroom == 0);
	add_copy(frame);
	if (file->format != &reader_format_odd) {
		require(frame->data >= file->input.buffer);
		require(frame->data + frame->caplen <= file->input.buffer + file->input.end);
	}
	if (seen->frames == seen->most)
		return;
	seen->frames++;
	seen->sum = seen->sum * 31 + sum_bytes(frame->data, frame->caplen) + frame->time_ns +
		    frame->interface + frame->id + frame->lost + frame->len;
}

/* Reads up to most frames. */
static struct seen read_all(const uint8_t *data, size_t size, bool live, uint64_t most)
{
	struct seen seen = {.most = most};
	struct reader_table table = {.beside.wanted = true};
	struct frame frames[BATCH];
	struct reader_input input;
	struct reader_file file;
	struct error err = {0};

	require(reader_input_open_memory(&input, data, size, "memory", &err) == 0);
	seen.end = reader_file_start(&file, &input, &table, live, &err);
	if (seen.end == 0) {
		while ((seen.end = reader_file_fill(&file, frames, BATCH, &err)) > 0) {
			require((uint32_t)seen.end <= BATCH);
			for (int i = 0; i < seen.end; i++)
				add_frame(&seen, &frames[i], &file);
		}
		reader_file_close(&file);
	}
	require(seen.end == 0 || *err.text);
	for (const struct pcapng_block *block; (block = reader_beside_next(&table.beside));)
		require(block->count >= 12 && block->count % 4 == 0);
	for (uint32_t i = 0; i < table.count; i++)
		require(table.entries[i]->interface.name == NULL ||
			*table.entries[i]->interface.name != '\0');
	reader_table_clear(&table);
	return seen;
}

static const uint8_t starts[][52] = {
	{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0},
	{0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1},
	{0x0a, 0x0d, 0x0d, 0x0a, 28,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,  0, 0, 0,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28,   0,    0,    0,    1,  0, 0, 0,
	 20,   0,    0,    0,    1,    0,    0,    0,    0,    0,    4,    0,    20, 0, 0, 0},
	{0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0,    28,   0, 0, 0, 1,
	 0,    0,    0,    20,   0,    1,    0,    0,    0,    4,    0,    0,    0, 0, 0, 20},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choices, cut, *file;
	struct seen whole, part, again;
	size_t head = 0, bytes;

	if (size < 2)
		return 0;
	choices = data[0];
	cut = data[1];
	data += 2;
	size -= 2;
	if (!(choices & 4))
		head = (choices & 3) < 2 ? 24 : 48;
	file = malloc(head + size + 1);
	require(file != NULL);
	memcpy(file, starts[choices & 3], head);
	memcpy(file + head, data, size);
	bytes = head + size;
	whole = read_all(file, bytes, choices & 8, UINT64_MAX);
	require(!(choices & 8) || whole.end == 0 || whole.end == -E2BIG || whole.end == -EBADMSG);
	part = read_all(file, bytes * cut / 256, choices & 8, UINT64_MAX);
	require(part.frames <= whole.frames);
	again = read_all(file, bytes, choices & 8, part.frames);
	require(again.frames == part.frames && again.sum == part.sum);
	free(file);
	return 0;
}
