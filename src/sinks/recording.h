/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sinks that write files share: an outfile, the diskio that fills it,
 * and the knowledge of how many frames are safe in it, so that after a failed
 * write the file can be cut to whole records and every frame that is missing
 * is counted.
 *
 * Threads: open, finish and close on the control thread, the rest on the ring
 * thread.
 */
#ifndef WIRETAPE_RECORDING_H
#define WIRETAPE_RECORDING_H

#include <stdint.h>

#include "base/error.h"
#include "disk/diskio.h"
#include "disk/trim.h"
#include "frames/sink.h"

struct recording {
	struct sink *sink;    /* error and bytes are kept here */
	struct outfile *file; /* null once finished */
	struct diskio *io;
	enum trim_format format;
	uint64_t taken; /* frames */
	struct write_mark safe, next;
	struct passed passed; /* what is no file has taken */
	struct recording_amendment *amendments;
	uint32_t amendment_count;
	int failed; /* 0, or the -errno every call returns from now on */
};

/* Owns config->file from a successful open on. */
int recording_open(struct recording *recording, struct sink *sink,
		   const struct diskio_config *config, enum trim_format format, struct error *err);

/* Passes rc through; a first failure is kept, with its text. */
int recording_check(struct recording *recording, int rc);

/* Remembers a record boundary: so many bytes given and frames taken. */
void recording_note(struct recording *recording, uint64_t bytes);

/* diskio_push, with the end of it all noted: it must be a record's. */
int recording_push(struct recording *recording);

/* diskio_settle, in the same way: the file's headers are there. */
int recording_settle(struct recording *recording);

/* A number of the header that is another one by now: it is written into a regular file when
 * that is finished whole. Control thread. */
void recording_amend(struct recording *recording, uint64_t at, uint32_t value);

/* Finishes the file, cut to whole records after a failure, and closes it.
 * *unwritten is the number of frames taken that are not in it. */
int recording_finish(struct recording *recording, uint64_t *unwritten);

/* Frees what is left, the outfile too: set file to null to keep that. */
void recording_close(struct recording *recording);

#endif
