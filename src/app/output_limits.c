/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of the process that an output runs into: found at the start, and not when the
 * second segment is to be made, or the first file is to grow.
 */
#include <stdio.h>

#include "base/parse.h"
#include "output_parts.h"
#include "system/limits.h"

/* What every run opens after this: to wait for signals, time and packets, to watch interfaces,
 * to write statistics. */
#define FILES_RUN 14u

/* A file, twice. */
#define FILES_SINGLE 2u

/* The manifests and the directory, and twelve segments, each twice: one that is written to,
 * eight ahead, three that are being finished. */
#define FILES_RECORDER 30u

/* A socket that is asked, and what waits there; four who ask at a time. */
#define FILES_CONTROL 8u

/* A segment, what it is packed into, and their indexes. */
#define FILES_PACKING 6u

/* A hook, and all of them. */
#define FILES_HOOK  2u
#define FILES_HOOKS 2u

int output_want_files(const struct output *o, struct error *err)
{
	const struct sink_tape_config *tape = &o->tape;
	const unsigned hooks = tape->hook ? FILES_HOOKS + FILES_HOOK * tape->hook_jobs : 0;

	const unsigned segments = FILES_RECORDER + (tape->pack_level ? FILES_PACKING : 0) + hooks;

	return limits_want_files(FILES_RUN + FILES_CONTROL +
					 (o->segments ? segments : FILES_SINGLE),
				 err);
}

int output_heed_file_size(struct output *o, struct error *err)
{
	const struct options *options = o->config.options;
	const uint64_t most = limits_file_bytes();
	const uint64_t wanted = o->segments ? o->rotation.segment_bytes : options->max_bytes;
	char text[256], size[FORMAT_SIZE_ROOM];

	/* A copy of files shows soon enough what it comes to. */
	if (most == UINT64_MAX || (wanted && wanted <= most) || (!o->segments && o->config.copy))
		return 0;
	format_size(size, most);
	if (o->segments && most < ROTATION_SEGMENT_LEAST)
		return error_usage(err, "%s: no file may be larger than %s (ulimit -f)",
				   options->write, size);
	if (o->segments)
		o->rotation.segment_bytes = most;
	snprintf(text, sizeof(text), "%s: no %s may be larger than %s (ulimit -f)%s",
		 options->write, o->segments ? "segment" : "file", size,
		 o->segments ? "" : ": the recording ends there");
	o->config.note(o->config.context, NOTE_CHECK, text, 0);
	return 0;
}
