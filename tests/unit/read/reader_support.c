/* SPDX-License-Identifier: BSD-2-Clause */
#include "reader_support.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/reader_file.h"

#define GOT_BYTES (8u * 1024 * 1024)

void made_new(struct made *made, bool swapped)
{
	*made = (struct made){.bytes = calloc(1, MADE_MOST), .swapped = swapped};
	assert_non_null(made->bytes);
}

void made_drop(struct made *made)
{
	free(made->bytes);
	made->bytes = NULL;
}

static void put(struct made *made, const void *value, size_t bytes)
{
	assert_true(bytes <= MADE_MOST - made->used);
	memcpy(made->bytes + made->used, value, bytes);
	made->used += bytes;
}

void made_put16(struct made *made, uint16_t value)
{
	value = made->swapped ? __builtin_bswap16(value) : value;
	put(made, &value, sizeof(value));
}

void made_put32(struct made *made, uint32_t value)
{
	value = made->swapped ? __builtin_bswap32(value) : value;
	put(made, &value, sizeof(value));
}

void made_put64(struct made *made, uint64_t value)
{
	value = made->swapped ? __builtin_bswap64(value) : value;
	put(made, &value, sizeof(value));
}

void made_put_data(struct made *made, size_t bytes, uint8_t seed)
{
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)(seed + i * 7);

		put(made, &byte, 1);
	}
}

bool is_data(const struct frame *frame, uint8_t seed)
{
	for (size_t i = 0; i < frame->caplen; i++)
		if (frame->data[i] != (uint8_t)(seed + i * 7))
			return false;
	return true;
}

void made_pcap(struct made *made, uint32_t magic, uint32_t linktype)
{
	made_put32(made, magic);
	made_put16(made, 2);
	made_put16(made, 4);
	made_put64(made, 0);
	made_put32(made, 262144);
	made_put32(made, linktype);
}

void made_record(struct made *made, uint32_t seconds, uint32_t fraction, uint32_t caplen,
		 uint32_t len)
{
	made_put32(made, seconds);
	made_put32(made, fraction);
	made_put32(made, caplen);
	made_put32(made, len);
	made_put_data(made, caplen, (uint8_t)caplen);
}

void made_block(struct made *made, uint32_t type)
{
	made->block = made->used;
	made_put32(made, type);
	made_put32(made, 0);
}

void made_option(struct made *made, uint16_t code, const void *value, uint16_t bytes)
{
	made_put16(made, code);
	made_put16(made, bytes);
	put(made, value, bytes);
	put(made, "\0\0", -bytes & 3);
}

void made_end(struct made *made)
{
	uint32_t bytes = (uint32_t)(made->used - made->block) + 4;
	size_t end;

	made_put32(made, bytes);
	end = made->used;
	made->used = made->block + 4;
	made_put32(made, bytes);
	made->used = end;
}

void made_shb(struct made *made)
{
	made_block(made, 0x0a0d0d0a);
	made_put32(made, 0x1a2b3c4d);
	made_put16(made, 1);
	made_put16(made, 0);
	made_put64(made, UINT64_MAX);
	made_end(made);
}

void made_idb(struct made *made, uint16_t linktype, const char *name)
{
	made_block(made, 1);
	made_put16(made, linktype);
	made_put16(made, 0);
	made_put32(made, 262144);
	if (name) {
		made_option(made, 2, name, (uint16_t)strlen(name));
		made_option(made, 9, "\x09", 1);
	}
	made_end(made);
}

void made_epb_open(struct made *made, uint32_t interface, uint64_t time, uint32_t caplen,
		   uint32_t len)
{
	made_block(made, 6);
	made_put32(made, interface);
	made_put32(made, (uint32_t)(time >> 32));
	made_put32(made, (uint32_t)time);
	made_put32(made, caplen);
	made_put32(made, len);
	made_put_data(made, caplen, (uint8_t)caplen);
	put(made, "\0\0", -caplen & 3);
}

void made_epb(struct made *made, uint32_t interface, uint64_t time, uint32_t caplen)
{
	made_epb_open(made, interface, time, caplen, caplen);
	made_end(made);
}

void made_write(const struct made *made, const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(made->bytes, 1, made->used, file), made->used);
	assert_int_equal(fclose(file), 0);
}

static void got_new(struct got *got)
{
	memset(got, 0, sizeof(*got));
	got->bytes = malloc(GOT_BYTES);
	assert_non_null(got->bytes);
}

/* Takes in a batch whose frames lie at the end of got->frames. */
static void got_batch(struct got *got, int count, size_t *used)
{
	while (count-- > 0) {
		struct frame *frame = &got->frames[got->count++];

		assert_true(frame->caplen <= frame->len && frame->caplen <= GOT_BYTES - *used);
		frame->data = memcpy(got->bytes + *used, frame->data, frame->caplen);
		*used += frame->caplen;
	}
}

void got_memory(struct got *got, const void *bytes, size_t count, bool live)
{
	struct reader_table table = {0};
	struct reader_input input;
	struct reader_file file;
	size_t used = 0;

	got_new(got);
	assert_int_equal(reader_input_open_memory(&input, bytes, count, "memory", &got->err), 0);
	got->end = reader_file_start(&file, &input, &table, live, &got->err);
	if (got->end == 0) {
		while ((got->end = reader_file_fill(&file, got->frames + got->count, 3,
						    &got->err)) > 0)
			got_batch(got, got->end, &used);
		reader_file_close(&file);
	}
	got->interfaces = table.count;
	reader_table_clear(&table);
}

void got_reader(struct got *got, struct reader *reader, uint32_t most)
{
	size_t used = 0;

	got_new(got);
	do {
		if (most > READ_MOST - got->count)
			most = READ_MOST - got->count;
		got->end = reader_fill(reader, got->frames + got->count, most, &got->err);
		if (got->end > 0)
			got_batch(got, got->end, &used);
	} while (got->end > 0);
	got->interfaces = reader_interface_count(reader);
}

int started_reader(const struct reader_config *config, struct reader **reader, struct error *err)
{
	int rc = reader_open(config, reader, err);

	if (rc == 0)
		rc = reader_start(*reader, UINT64_MAX, err);
	else
		*reader = NULL;
	if (rc < 0)
		reader_close(*reader);
	return rc;
}

void got_paths(struct got *got, const struct reader_config *config)
{
	struct reader *reader = NULL;
	struct error err;

	if (started_reader(config, &reader, &err) < 0)
		fail_msg("%s", err.text);
	got_reader(got, reader, 16);
	reader_close(reader);
}

void got_drop(struct got *got)
{
	free(got->bytes);
	got->bytes = NULL;
}
