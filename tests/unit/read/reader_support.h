/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files made by hand, byte by byte and in either byte order, and what the
 * reader makes of them. It knows nothing of the program's own writers.
 */
#ifndef READER_SUPPORT_H
#define READER_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read/reader.h"

#define MADE_MOST (16u * 1024 * 1024)

struct made {
	uint8_t *bytes; /* of MADE_MOST */
	size_t used;
	bool swapped; /* not this machine's order */
	size_t block; /* where the open block begins */
};

void made_new(struct made *made, bool swapped);
void made_drop(struct made *made);

void made_put16(struct made *made, uint16_t value);
void made_put32(struct made *made, uint32_t value);
void made_put64(struct made *made, uint64_t value);
/* bytes of a pattern that seed begins. */
void made_put_data(struct made *made, size_t bytes, uint8_t seed);

void made_pcap(struct made *made, uint32_t magic, uint32_t linktype);
/* Data as of made_put_data, by the number of the record. */
void made_record(struct made *made, uint32_t seconds, uint32_t fraction, uint32_t caplen,
		 uint32_t len);

void made_block(struct made *made, uint32_t type);
void made_option(struct made *made, uint16_t code, const void *value, uint16_t bytes);
void made_end(struct made *made); /* of the block: both lengths */
void made_shb(struct made *made);
/* In nanoseconds if name is not null. */
void made_idb(struct made *made, uint16_t linktype, const char *name);
void made_epb_open(struct made *made, uint32_t interface, uint64_t time, uint32_t caplen,
		   uint32_t len);
void made_epb(struct made *made, uint32_t interface, uint64_t time, uint32_t caplen);

/* Into a file of the working directory. */
void made_write(const struct made *made, const char *path);

/* What was read, with a copy of all data. */
#define READ_MOST 4096u
struct got {
	uint32_t count, interfaces;
	int end; /* 0, or the first error */
	struct error err;
	struct frame frames[READ_MOST]; /* data: into bytes, or null */
	uint8_t *bytes;
};

/* Reads up to its end or first error. The table of interfaces is gone then. */
void got_memory(struct got *got, const void *bytes, size_t count, bool live);
/* The same of a reader, in batches of most. */
void got_reader(struct got *got, struct reader *reader, uint32_t most);
/* reader_open and reader_start. */
int started_reader(const struct reader_config *config, struct reader **reader, struct error *err);
/* Of one opened for this. */
void got_paths(struct got *got, const struct reader_config *config);
void got_drop(struct got *got);

/* Its data is the pattern that seed begins. */
bool is_data(const struct frame *frame, uint8_t seed);

#endif
