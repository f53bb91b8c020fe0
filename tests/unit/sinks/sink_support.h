/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What any sink that writes a file has to get right, for the tests of each:
 * frames come back as they went in, limits hold to the byte, and after a
 * write error the file is whole and every missing frame is counted.
 */
#ifndef WIRETAPE_SINK_SUPPORT_H
#define WIRETAPE_SINK_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/diskio.h"
#include "frames/sink.h"

/* One file format, written in one way, as the checks need to know it. */
struct sink_kind {
	int (*open)(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		    struct sink **sink, struct error *err);
	size_t (*record_bytes)(const struct frame *frame);
	size_t header_bytes;       /* of the file */
	size_t closing_bytes;      /* written by finish */
	uint32_t tick_ns;          /* what stamps are rounded down to */
	struct diskio_config disk; /* but for the file */
};

/* A test's fixture: a directory, for scratch_tear_down, and no signals of limits. */
int sink_dir_new(void **state);

/* Whether files in it can be written in this mode. */
bool sink_dir_takes(enum diskio_mode mode);

/* Fills frames with random ones of up to max_bytes, from data that stays. */
void sink_frames_make(struct frame *frames, size_t count, uint32_t max_bytes, unsigned seed);

/* Opens a sink on a path, published; both have to succeed. */
struct sink *sink_open(const struct sink_kind *kind, const char *path, bool unbuffered,
		       uint64_t max_bytes);

/* Hands over one frame; returns what the sink said. */
int sink_give(struct sink *sink, const struct frame *frame);

/* Finishes and closes; returns finish's result. */
int sink_end(struct sink *sink, uint64_t *unwritten, struct error *err);

/* The file's size. */
uint64_t sink_file_bytes(const char *path);

/* Reads the file with libpcap: exactly these frames, in this order. */
void sink_expect_frames(const char *path, const struct frame *frames, size_t count,
			uint32_t tick_ns);

void sink_check_random_frames(const struct sink_kind *kind);
void sink_check_size_limits(const struct sink_kind *kind);
void sink_check_packet_limits(const struct sink_kind *kind);
void sink_check_reserve(const struct sink_kind *kind);
void sink_check_write_errors(const struct sink_kind *kind);
void sink_check_full_device(const struct sink_kind *kind);
void sink_check_buffering(const struct sink_kind *kind);
void sink_check_pipe(const struct sink_kind *kind);

#endif
