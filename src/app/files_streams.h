/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What streams send of files: the interfaces are described as they are met.
 *
 * Threads: the control thread; met is the ring thread's once that runs.
 */
#ifndef WIRETAPE_FILES_STREAMS_H
#define WIRETAPE_FILES_STREAMS_H

#include "read/reader.h"
#include "streams.h"

/* Finds and opens what -w names. streams_close also after an error. 0 or -errno. */
int files_streams_open(struct streams *streams, const struct options *options, struct log *log,
		       struct error *err);

/* An interface is met: packets of it may come from now on. 0 or -errno. */
int files_streams_met(struct streams *streams, const struct reader_interface *interface,
		      struct error *err);

#endif
