/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output, for its own sources: output.c, which is it to others; output_segments.c;
 * output_file.c and output_limits.c, below both.
 *
 * Threads: the control thread, but for output_open_file.
 */
#ifndef WIRETAPE_OUTPUT_PARTS_H
#define WIRETAPE_OUTPUT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/diskio.h"
#include "disk/outfile.h"
#include "frames/pcapng.h"
#include "origin.h"
#include "output.h"
#include "tape/rotation.h"
#include "tape/segment_name.h"
#include "tape/sink_tape.h"

struct output {
	struct output_config config;
	uint8_t *rings; /* memory of the sources' */
	size_t rings_bytes;
	struct output_maker maker;
	struct privilege_owner owner; /* that is asked for, of a single file */
	bool owned;                   /* there is a file or directory, of this user */
	uid_t uid;
	bool regular;         /* a file on a disk; known after the sink has closed it, too */
	struct outfile *file; /* the sink's once there is one; null for segments */
	struct sink *sink;
	struct write_queue *queue; /* shared by the segments */
	enum diskio_mode io;
	bool probed; /* whether direct writes are taken */
	bool segments;
	bool missing; /* the directory is yet to be made */
	char *directory;
	char interfaces[64]; /* what segments have in their names for them */
	struct sink_tape_config tape;
	struct segment_naming naming;
	struct rotation rotation;
	struct origin origin;
	char closed[512]; /* what output_tell_closed said */
};

/* How a file is written: file, or null for all that comes. */
struct diskio_config output_disk(const struct output *output, struct outfile *file);

/* Opens the queue that all files share, where they are to have one. */
int output_open_queue(struct output *output, struct error *err);

/* Opens the sink of one file, or of one segment; output is an output. Control thread,
 * or a recorder's keeper, one at a time. */
int output_open_file(void *output, const struct tape_file *to, struct sink **sink,
		     struct error *err);

/* Whether as many files as it takes can be open. 0 or a usage error. */
int output_want_files(const struct output *output, struct error *err);

/* Says where files may not get as large as they are to, and has segments end before. 0, or
 * a usage error where none is possible. */
int output_heed_file_size(struct output *output, struct error *err);

/* The parts of output_open, output_serve and output_prepare that are about segments.
 * directory: -w names one. */
int output_open_segments(struct output *output, bool directory, struct error *err);
int output_make_directory(struct output *output, const struct privilege_target *owner, int *fd,
			  struct error *err);
int output_prepare_segments(struct output *output, const struct privilege_target *owner,
			    struct error *err);

#endif
