/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one path of a reader stands for: a file, a pipe, or the segments of a
 * directory one after the other. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_STREAM_H
#define WIRETAPE_READER_STREAM_H

#include "reader_access.h"
#include "reader_file.h"
#include "reader_parts.h"
#include "reader_plan.h"

/* A segment that is opened before its turn, so that the disk does not wait in between. */
struct reader_ready {
	uint32_t part; /* its number */
	struct reader_input input;
	int index_fd; /* its index's, where that is going to be asked; or -1 */
};
#define READER_READY_MOST 16u

struct reader_stream {
	struct reader_access access;
	struct reader_table *table;
	int64_t from_ns, to_ns; /* INT64_MIN, INT64_MAX: no limit */
	bool pipe;              /* read once, from fd */
	int fd;                 /* of a pipe, until it is read; of a file that is kept open; -1 */
	int index_fd;           /* of a file that is kept open: its index's; -1 */
	struct reader_wish *wish;
	struct reader_ahead *ahead; /* or null */
	struct reader_ready ready[READER_READY_MOST];
	uint32_t ready_count;
	int ready_index;         /* of the part that is started, where it was opened before; -1 */
	struct reader_plan plan; /* of the open file */
	struct reader_owed owed;
	struct reader_parts parts;
	uint32_t next; /* part to be opened */
	bool open;     /* file is the part before next */
	bool starting; /* it is going to be, once its header has come */
	struct reader_file file;
	bool has_interface;
	uint32_t interface;  /* the first one of the path */
	uint64_t file_start; /* where in it reading began */
	uint64_t sure;       /* up to here what was read may have been no packets */
	uint64_t done_bytes; /* of the parts before */
};

/* What all streams of a reader share, which outlives them. */
struct reader_shared {
	struct reader_table *table;
	struct reader_wish *wish;
	struct reader_ahead *ahead; /* or null */
};

/* Opens a path, the one of that number, and reads nothing of it. Afterwards, also after
 * a failure, the stream has to be closed. 0 or -errno. */
int reader_stream_open(struct reader_stream *stream, const struct reader_config *config,
		       uint32_t number, const struct reader_shared *shared, struct error *err);

/* Looks what there is to be read in a directory. Once, before what follows. 0 or
 * -errno. */
int reader_stream_list(struct reader_stream *stream, struct error *err);

/* Opens the next part if none is open, so that its interfaces are known. 1, 0
 * where there is none, or -errno; that part is then done with, but after -EAGAIN and
 * -EINTR. */
int reader_stream_start(struct reader_stream *stream, struct error *err);

/* As reader_fill. */
int reader_stream_fill(struct reader_stream *stream, struct frame *frames, uint32_t most,
		       struct error *err);

/* Bytes read of the stream. */
uint64_t reader_stream_done(const struct reader_stream *stream);

/* 0 or -ESPIPE. */
int reader_stream_rewind(struct reader_stream *stream, struct error *err);

void reader_stream_close(struct reader_stream *stream);

#endif
