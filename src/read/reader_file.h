/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file of any format, read front to back. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_FILE_H
#define WIRETAPE_READER_FILE_H

#include "reader_format.h"

/* Takes an open input, which is closed with the file, also after a failure.
 * Reads the header: 0, or -errno. Where that is one of reader_must_wait the file is
 * open, and reader_file_go_on is next. */
int reader_file_start(struct reader_file *file, struct reader_input *input,
		      struct reader_table *table, bool live, struct error *err);
int reader_file_go_on(struct reader_file *file, struct error *err);

/* reader_fill for this file; the error names the file. */
int reader_file_fill(struct reader_file *file, struct frame *frames, uint32_t most,
		     struct error *err);

void reader_file_close(struct reader_file *file);

#endif
