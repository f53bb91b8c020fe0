/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of a file, from its packets. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_GATHER_H
#define WIRETAPE_READER_GATHER_H

#include "index/build.h"
#include "reader_format.h"

/*
 * Reads a file that was just started to its end, or to where it makes no sense, and adds its
 * runs: of a pcapng file those of the first section. 0; -ENODATA, -EBADMSG as reader_fill, with
 * what was there added; or another -errno: -ENOTSUP for a file that cannot be read by
 * parts.
 */
int reader_gather_runs(struct reader_file *file, struct index_build *build, struct error *err);

#endif
